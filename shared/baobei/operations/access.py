"""Who may see and do what: the one place that says so.

Pure functions on staff members. The roles are those of the database at this moment.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final
from uuid import UUID

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


def may_import(viewer: Staff) -> bool:
    """Whether the viewer may bring in a file of customers: who works where customers are registered."""
    return viewer.unit_kind.channel is not None


def may_see_import(viewer: Staff, *, by_id: UUID) -> bool:
    """Whether the viewer may see an import: only who sent the file."""
    return viewer.id == by_id


def may_load_history(viewer: Staff) -> bool:
    """Whether the viewer may vouch for the times of an alliance's past."""
    return Role.ADMINISTRATOR in viewer.roles


def as_historian(person: Staff) -> Staff:
    """Return a person as a history acts for them: for themselves alone, as there are no managers in it."""
    return replace(person, roles=person.roles - MANAGERS)


def as_ruler(person: Staff) -> Staff:
    """Return a person as a history lets them decide: it vouches for the role of who decided."""
    return replace(person, roles=person.roles | {Role.DEPARTMENT_HEAD})


def may_settle_order(viewer: Staff, *, taker: Staff | None) -> bool:
    """Whether the viewer may close and cancel an order of this taker (None: taken by nobody)."""
    if Role.OPERATIONS_MANAGER in viewer.roles or is_department_head(viewer):
        return True
    return taker is not None and (viewer.id == taker.id or manages(viewer, taker))


def sees_order_contact(viewer: Staff, *, taker: Staff | None) -> bool:
    """Whether the viewer sees the phone and address of an order in full."""
    return is_department_head(viewer) or (taker is not None and sees_contact(viewer, owner=taker))


def reads_attribution(viewer: Staff, *, parties: Collection[Staff]) -> bool:
    """Whether the viewer reads the whole decision: its parties (taker, credited, owners) and the managers."""
    return sees_alliance(viewer) or any(viewer.id == party.id or manages(viewer, party) for party in parties)


def may_see_order(viewer: Staff, *, placed_by: Staff, parties: Collection[Staff]) -> bool:
    """Whether the viewer may see an order at all: who placed it, and who reads its decision."""
    return viewer.id == placed_by.id or reads_attribution(viewer, parties=parties)


def may_see_quota(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer may see the person's quota."""
    return viewer.id == person.id or manages(viewer, person) or sees_alliance(viewer)


def may_manage_webhooks(viewer: Staff) -> bool:
    """Whether the viewer says who outside the alliance is told of events, and reads how that went."""
    return not MANAGE_WEBHOOKS.isdisjoint(viewer.roles)


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
