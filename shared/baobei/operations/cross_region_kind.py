"""CROSS_REGION: an attempt of another region is tried again, and stands from the approval on (B.4.2, B.5.4)."""

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.admit_attempt import Filing, judge, write_decision
from baobei.operations.cross_regions import Home
from baobei.operations.passing import Passing, pass_on
from baobei.operations.registration_changes import Opened
from baobei.operations.request_kinds import Case, Granted, NoLonger, RequestKind
from baobei.operations.results import UNKNOWN_STAFF
from baobei.policy.regions import HomeRegion
from baobei.policy.terms import RefusalCode, StaffId
from baobei.store import attempts, customer_files, organisation
from baobei.store.approval_models import Approval, ApprovalKind
from baobei.store.attempts import WaitingAttempt
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff

# Its name was found to be there when it was made, and stays sealed.
_NAMED_BEFORE = ""


def _decides(viewer: Staff, approval: Approval) -> bool:
    return access.may_decide_cross_region(viewer, approval.approver_unit_ids)


async def _hold(connection: Connection, office: Office, actor: Actor, approval: Approval) -> Case | None:
    waiting = await _waiting(connection, actor, approval)
    if waiting is None:
        return None
    receiver_id = approval.receiver_id or waiting.registrant_id
    parties = frozenset({waiting.registrant_id, waiting.recorded_by_id, receiver_id})
    now = await office.clock.now(connection)
    if waiting.erased:
        return Case(parties=parties, at=max(now, approval.requested_at))
    held = await customer_files.hold(connection, actor.alliance, waiting.keys)
    return Case(parties=parties, at=max(held.not_before(now), approval.requested_at), customer=held)


async def _grant(
    connection: Connection, office: Office, actor: Actor, approval: Approval, case: Case
) -> Granted | NoLonger:
    """Try the attempt again, as of now: every clock and the quota count from here.

    Handed over since, it is tested for the colleague who receives it, made in the name and the month of whoever
    attempted it, and passes on at once: as if it had been approved before the handover.
    """
    waiting = await _waiting(connection, actor, approval)
    if waiting is None or case.customer is None:
        return NoLonger(why=RefusalCode.INCOMPLETE.value)
    registrant, receiver = await _people(connection, actor, approval, waiting)
    if registrant.unit_kind.channel is None or not access.may_be_given(receiver):
        return NoLonger(why=UNKNOWN_STAFF)
    judged = await judge(
        connection,
        office,
        actor,
        registrant,
        case.customer,
        name=_NAMED_BEFORE,
        keys=waiting.keys,
        new_need=waiting.new_need,
        customer_class=waiting.profile.customer_class,
    )
    decision = judged.admit_again(owner=StaffId(str(receiver.id)))
    filing = Filing(
        attempt_id=new_id(),
        contact_id=waiting.contact_id,
        registrant=registrant,
        channel=judged.attempt.channel,
        version=judged.version,
        at=judged.attempt.made.at,
        new_need=waiting.new_need,
        profile=waiting.profile,
    )
    home = Home(region=HomeRegion.OTHER).noted
    made = await write_decision(connection, actor, filing, judged, decision, office=office, more=home)
    tried = {"attempt": str(filing.attempt_id)}
    if made is None:
        return NoLonger(why=decision.outcome.value, detail=tried)
    if receiver.id != registrant.id:
        opened = Opened(stored=made, owner=registrant, at=made.registered_at)
        passing = Passing(opened=opened, receiver=receiver)
        await pass_on(connection, actor, [passing], detail={"approval": str(approval.id)})
    return Granted(registration_id=made.id, detail=tried)


async def _people(
    connection: Connection, actor: Actor, approval: Approval, waiting: WaitingAttempt
) -> tuple[Staff, Staff]:
    """Return who made the attempt and whose registration it would be, held."""
    receiver_id = approval.receiver_id or waiting.registrant_id
    ids = {waiting.registrant_id, receiver_id}
    people = await organisation.hold_staff_by_ids(connection, actor.alliance.id, ids)
    return people[waiting.registrant_id], people[receiver_id]


async def _waiting(connection: Connection, actor: Actor, approval: Approval) -> WaitingAttempt | None:
    if approval.attempt_id is None:
        raise ValueError(f"request {approval.id} is of no attempt")
    return await attempts.waiting(connection, actor.alliance.id, approval.attempt_id)


CROSS_REGION = RequestKind(kind=ApprovalKind.CROSS_REGION, decides=_decides, hold=_hold, grant=_grant)
