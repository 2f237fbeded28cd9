"""Whose things somebody may list: what `access` says of one thing, as what a list is read by; pure, as it is."""

from datetime import datetime
from uuid import UUID

from baobei.operations import access
from baobei.operations.rules import MANAGER_OF, READ_FIGURES
from baobei.policy.document import CrossRegionDeputy, Policy
from baobei.policy.identity import Match
from baobei.store.approvals import ApprovalScope, Inbox
from baobei.store.case_events import CaseEventScope
from baobei.store.disputes import DisputeScope
from baobei.store.figure_people import FigureScope
from baobei.store.orders import OrderScope
from baobei.store.organisation_models import Role, Staff
from baobei.store.registration_lists import Scope


def registration_scope(viewer: Staff) -> Scope:
    """Return whose registrations the viewer may list."""
    if access.sees_alliance(viewer):
        return Scope()
    if MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return Scope(unit_id=viewer.unit_id)
    return Scope(owner_id=viewer.id)


def order_scope(viewer: Staff) -> OrderScope:
    """Return whose orders the viewer may list."""
    if access.sees_alliance(viewer):
        return OrderScope()
    if MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return OrderScope(unit_id=viewer.unit_id, staff_id=viewer.id)
    return OrderScope(staff_id=viewer.id)


def approval_scope(viewer: Staff) -> ApprovalScope:
    """Return whose requests the viewer may list."""
    if access.sees_alliance(viewer):
        return ApprovalScope()
    if MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        store = viewer.unit_id if Role.STORE_MANAGER in viewer.roles else None
        return ApprovalScope(unit_id=viewer.unit_id, staff_id=viewer.id, decides_for=store)
    return ApprovalScope(staff_id=viewer.id)


def approval_inbox(viewer: Staff, policy: Policy, *, at: datetime) -> Inbox:
    """Return which requests wait for the viewer's decision at an instant, under the policy of that instant."""
    head = access.is_department_head(viewer)
    return Inbox(
        viewer_id=viewer.id,
        as_head=head,
        as_deputy=head and policy.cross_region_deputy is CrossRegionDeputy.DEPARTMENT_HEAD,
        store_id=viewer.unit_id if Role.STORE_MANAGER in viewer.roles else None,
        at=at,
        by_address=policy.match is Match.PHONE_OR_ADDRESS,
    )


def dispute_scope(viewer: Staff) -> DisputeScope:
    """Return whose disputes the viewer may list."""
    unit_id, staff_id = _reached(viewer)
    return DisputeScope(unit_id=unit_id, staff_id=staff_id)


def case_event_scope(viewer: Staff, *, reads_decision: bool) -> CaseEventScope:
    """Return whose records the viewer sees among the case events of a dispute, beside what the decision shows."""
    unit_id, staff_id = _reached(viewer)
    return CaseEventScope(unit_id=unit_id, staff_id=staff_id, reads_decision=reads_decision)


def _reached(viewer: Staff) -> tuple[UUID | None, UUID | None]:
    """Return the unit and the person whose things are listed; neither: everybody's."""
    if access.sees_alliance(viewer):
        return None, None
    unit_id = viewer.unit_id if MANAGER_OF.get(viewer.unit_kind) in viewer.roles else None
    return unit_id, viewer.id


def figure_scope(viewer: Staff) -> FigureScope:
    """Return whose figures the viewer may read."""
    if READ_FIGURES.everywhere(viewer):
        return FigureScope()
    if MANAGER_OF.get(viewer.unit_kind) in viewer.roles:
        return FigureScope(unit_id=viewer.unit_id)
    return FigureScope(staff_id=viewer.id)
