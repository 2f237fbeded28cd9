"""EXTENSION: more days before a field registration expires (3.3.3)."""

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.registration_changes import Change, hold_customer_of, record
from baobei.operations.request_kinds import Case, Granted, NoLonger, RequestKind
from baobei.policy.extensions import extend
from baobei.policy.terms import RefusalCode
from baobei.store.approval_models import Approval, ApprovalKind
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff


def _decides(viewer: Staff, _approval: Approval) -> bool:
    return access.is_department_head(viewer)


async def _hold(connection: Connection, office: Office, actor: Actor, approval: Approval) -> Case | None:
    held = await hold_customer_of(connection, office, actor, approval.registration_id)
    if held is None:
        return None
    return Case(parties=frozenset({held.owner.id}), at=held.at, registration=held)


async def _grant(
    connection: Connection, _office: Office, actor: Actor, approval: Approval, case: Case
) -> Granted | NoLonger:
    """Move the expiry, unless it cannot be moved any more."""
    held = case.registration
    if held is None or approval.days is None:
        raise ValueError(f"request {approval.id} is no extension of a registration")
    extended = extend(held.stored.facts, days=approval.days, at=case.at, file=held.held.facts)
    if isinstance(extended, RefusalCode):
        return NoLonger(why=extended.value)
    change = Change(stored=held.stored, event=extended, detail={"approval": str(approval.id)})
    await record(connection, actor, [change], at=case.at)
    return Granted(registration_id=held.stored.id)


EXTENSION = RequestKind(kind=ApprovalKind.EXTENSION, decides=_decides, hold=_hold, grant=_grant)
