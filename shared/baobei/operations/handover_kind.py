"""HANDOVER: a leaver's live registrations pass to colleagues (policy.md section 8, E)."""

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.hand_over import begin_asked
from baobei.operations.request_kinds import Case, Granted, NoLonger, RequestKind
from baobei.operations.results import Refused
from baobei.store import handovers, locks
from baobei.store.approval_models import Approval, ApprovalKind
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff


def _decides(viewer: Staff, _approval: Approval) -> bool:
    return access.is_department_head(viewer)


async def _hold(connection: Connection, office: Office, actor: Actor, approval: Approval) -> Case | None:
    asked_for = await handovers.by_approval(connection, actor.alliance.id, approval.id)
    if asked_for is None:
        return None
    await locks.lock_staff(connection, asked_for.from_staff_id)
    at = max(asked_for.asked_at, await office.clock.now(connection))
    return Case(parties=frozenset({asked_for.from_staff_id, *asked_for.receiver_ids}), at=at)


async def _grant(
    connection: Connection, _office: Office, actor: Actor, approval: Approval, case: Case
) -> Granted | NoLonger:
    """Begin the handover, drawn up as things stand now; the worker carries it out."""
    asked_for = await handovers.by_approval(connection, actor.alliance.id, approval.id)
    if asked_for is None:
        raise ValueError(f"request {approval.id} is for no handover")
    begun = await begin_asked(connection, actor, asked_for, at=case.at)
    return NoLonger(why=begun.code) if isinstance(begun, Refused) else Granted()


HANDOVER = RequestKind(kind=ApprovalKind.HANDOVER, decides=_decides, hold=_hold, grant=_grant)
