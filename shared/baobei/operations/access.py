"""Who may see and do what: pure functions on staff members, by the rules that `rules` states as data.

The roles are those of the database at this moment. Which field goes by which rule is stated in
`baobei_api.graphql.who_may`.
"""

from collections.abc import Collection

from baobei.operations.rules import ACT, INTEGRATE, MANAGER_OF, RULE, SEE, SEE_CONTACT, SETTLE
from baobei.store.approvals import ApprovalScope
from baobei.store.models import Staff
from baobei.store.orders import OrderScope
from baobei.store.registrations import Scope


def sees_alliance(viewer: Staff) -> bool:
    """Whether the viewer sees every unit of the alliance."""
    return SEE.everywhere(viewer)


def is_department_head(viewer: Staff) -> bool:
    """Whether the viewer decides extensions, transfers and rulings."""
    return RULE.everywhere(viewer)


def may_see_registration(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer may see a registration of this owner at all."""
    return SEE.covers(viewer, owner)


def sees_contact(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer sees the customer's phone and address in full."""
    return SEE_CONTACT.covers(viewer, owner)


def may_act_on(viewer: Staff, *, owner: Staff) -> bool:
    """Whether the viewer may record on a registration: its owner, or the owner's manager for the owner."""
    return ACT.covers(viewer, owner)


def may_register_for(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer may register a customer that is then the person's."""
    return ACT.covers(viewer, person)


def may_settle_order(viewer: Staff, *, taker: Staff | None) -> bool:
    """Whether the viewer may close and cancel an order of this taker (None: taken by nobody)."""
    return SETTLE.everywhere(viewer) or (taker is not None and SETTLE.covers(viewer, taker))


def sees_order_contact(viewer: Staff, *, taker: Staff | None) -> bool:
    """Whether the viewer sees the phone and address of an order in full."""
    return SEE_CONTACT.everywhere(viewer) or (taker is not None and SEE_CONTACT.covers(viewer, taker))


def reads_attribution(viewer: Staff, *, parties: Collection[Staff]) -> bool:
    """Whether the viewer reads the whole decision: its parties (taker, credited, owners) and the managers."""
    return SEE.everywhere(viewer) or any(SEE.covers(viewer, party) for party in parties)


def may_see_order(viewer: Staff, *, placed_by: Staff, parties: Collection[Staff]) -> bool:
    """Whether the viewer may see an order at all: who placed it, and who reads its decision."""
    return viewer.id == placed_by.id or reads_attribution(viewer, parties=parties)


def may_see_quota(viewer: Staff, *, person: Staff) -> bool:
    """Whether the viewer may see the person's quota."""
    return SEE.covers(viewer, person)


def may_manage_webhooks(viewer: Staff) -> bool:
    """Whether the viewer says who outside the alliance is told of events, and reads how that went."""
    return INTEGRATE.everywhere(viewer)


def registration_scope(viewer: Staff) -> Scope:
    """Return whose registrations the viewer may list."""
    if sees_alliance(viewer):
        return Scope()
    if MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return Scope(unit_id=viewer.unit_id)
    return Scope(owner_id=viewer.id)


def order_scope(viewer: Staff) -> OrderScope:
    """Return whose orders the viewer may list."""
    if sees_alliance(viewer):
        return OrderScope()
    if MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return OrderScope(unit_id=viewer.unit_id, staff_id=viewer.id)
    return OrderScope(staff_id=viewer.id)


def approval_scope(viewer: Staff) -> ApprovalScope:
    """Return whose requests the viewer may list."""
    if sees_alliance(viewer):
        return ApprovalScope()
    if MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return ApprovalScope(unit_id=viewer.unit_id, staff_id=viewer.id)
    return ApprovalScope(staff_id=viewer.id)
