"""Who may see and do what: the one place that says so.

Pure functions on staff members. The roles are those of the database at this moment.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from baobei.store.api_key_models import ApiKey, KeyScope
from baobei.store.approvals import ApprovalScope
from baobei.store.models import Role, Staff, UnitKind
from baobei.store.orders import OrderScope
from baobei.store.registrations import Scope

SEE_THE_ALLIANCE: Final = frozenset(
    {Role.OPERATIONS_MANAGER, Role.MARKETING_MANAGER, Role.DEPARTMENT_HEAD, Role.ADMINISTRATOR}
)
MANAGE_WEBHOOKS: Final = frozenset({Role.ADMINISTRATOR, Role.OPERATIONS_MANAGER})
_MANAGER_OF: Final = {UnitKind.STORE: Role.STORE_MANAGER, UnitKind.FIELD_DEPARTMENT: Role.SUPERVISOR}

MANAGERS: Final = frozenset(_MANAGER_OF.values())
# Without somebody of these nobody could rule, or let anybody in: the last one does not leave.
NEVER_WITHOUT: Final = frozenset({Role.ADMINISTRATOR, Role.DEPARTMENT_HEAD})
_READ_LEAVERS: Final = frozenset({Role.ADMINISTRATOR, Role.DEPARTMENT_HEAD, Role.OPERATIONS_MANAGER})


def manages(viewer: Staff, person: Staff) -> bool:
    """Whether the viewer is the store manager or supervisor of the person's unit."""
    role = _MANAGER_OF.get(viewer.unit_kind)
    return role in viewer.roles and viewer.unit_id == person.unit_id


def sees_alliance(viewer: Staff) -> bool:
    """Whether the viewer sees every unit of the alliance."""
    return not SEE_THE_ALLIANCE.isdisjoint(viewer.roles)


def is_department_head(viewer: Staff) -> bool:
    """Whether the viewer decides extensions, transfers and rulings."""
    return Role.DEPARTMENT_HEAD in viewer.roles


def may_see_registration(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer may see a registration of this owner at all."""
    return viewer.id == owner.id or manages(viewer, owner) or sees_alliance(viewer)


def sees_contact(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer sees the customer's phone and address in full."""
    return viewer.id == owner.id or manages(viewer, owner) or is_department_head(viewer)


def may_act_on(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer may record on a registration: its owner, or the owner's manager for the owner."""
    return viewer.id == owner.id or manages(viewer, owner)


def may_register_for(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer may register a customer that is then the person's."""
    return viewer.id == person.id or manages(viewer, person)


def may_settle_order(viewer: Staff, *, taker: Staff | None, placed_by_id: UUID) -> bool:
    """Whether the viewer may close and cancel an order of this taker (None: taken by nobody).

    An integration settles the orders that it placed itself, whoever took them.
    """
    if Role.OPERATIONS_MANAGER in viewer.roles or is_department_head(viewer):
        return True
    if _placed_as_integration(viewer, placed_by_id):
        return True
    return taker is not None and (viewer.id == taker.id or manages(viewer, taker))


def sees_order_contact(viewer: Staff, *, taker: Staff | None) -> bool:
    """Whether the viewer sees the phone and address of an order in full."""
    return is_department_head(viewer) or (taker is not None and sees_contact(viewer, owner=taker))


def reads_attribution(viewer: Staff, *, placed_by: Staff, parties: Collection[Staff]) -> bool:
    """Whether the viewer reads the whole decision: its parties (taker, credited, owners) and the managers.

    So does the integration that placed the order: it keeps the books that the credits go into.
    """
    if sees_alliance(viewer) or _placed_as_integration(viewer, placed_by.id):
        return True
    return any(viewer.id == party.id or manages(viewer, party) for party in parties)


def may_see_order(viewer: Staff, *, placed_by: Staff, parties: Collection[Staff]) -> bool:
    """Whether the viewer may see an order at all: who placed it, and who reads its decision."""
    return viewer.id == placed_by.id or reads_attribution(viewer, placed_by=placed_by, parties=parties)


def may_see_quota(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer may see the person's quota."""
    return viewer.id == person.id or manages(viewer, person) or sees_alliance(viewer)


def may_manage_webhooks(viewer: Staff) -> bool:
    """Whether the viewer says who outside the alliance is told of events, and reads how that went."""
    return not MANAGE_WEBHOOKS.isdisjoint(viewer.roles)


def may_administer(viewer: Staff) -> bool:
    """Whether the viewer lets people and keys in and out."""
    return Role.ADMINISTRATOR in viewer.roles


def may_read_leaver(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer reads what is to be handed over when the person leaves."""
    return not _READ_LEAVERS.isdisjoint(viewer.roles) or manages(viewer, person)


def may_be_given(person: Staff) -> bool:
    """Whether registrations and orders may become the person's: no leaver's, and no mere integration's."""
    return person.active and person.roles != {Role.INTEGRATION}


def decides_alone(person: Staff, *, active: Collection[Staff]) -> bool:
    """Whether what waits for a decision waits for this person: nobody else who works here decides requests."""
    others = any(is_department_head(other) for other in active if other.id != person.id)
    return is_department_head(person) and not others


def may_be_a_key(person: Staff) -> bool:
    """Whether an API key may be this staff member: one who works here as an integration."""
    return person.active and Role.INTEGRATION in person.roles


def may_act_for(key: ApiKey, person: Staff) -> bool:
    """Whether a key may act for a staff member: one who works here, and for whom it was made."""
    listed = person.id in key.for_staff_ids or person.unit_id in key.for_unit_ids
    return person.active and (key.for_everybody or listed)


def may_use(scopes: Collection[KeyScope] | None, needed: KeyScope | None) -> bool:
    """Whether a caller may ask for what needs a scope (None: no key may); `scopes` None is a person."""
    return scopes is None or needed in scopes


def registration_scope(viewer: Staff) -> Scope:
    """Return whose registrations the viewer may list."""
    if sees_alliance(viewer):
        return Scope()
    if _MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return Scope(unit_id=viewer.unit_id)
    return Scope(owner_id=viewer.id)


def order_scope(viewer: Staff) -> OrderScope:
    """Return whose orders the viewer may list."""
    if sees_alliance(viewer):
        return OrderScope()
    if _MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return OrderScope(unit_id=viewer.unit_id, staff_id=viewer.id)
    return OrderScope(staff_id=viewer.id)


def approval_scope(viewer: Staff) -> ApprovalScope:
    """Return whose requests the viewer may list."""
    if sees_alliance(viewer):
        return ApprovalScope()
    if _MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return ApprovalScope(unit_id=viewer.unit_id, staff_id=viewer.id)
    return ApprovalScope(staff_id=viewer.id)


def _placed_as_integration(viewer: Staff, placed_by_id: UUID) -> bool:
    return Role.INTEGRATION in viewer.roles and viewer.id == placed_by_id
