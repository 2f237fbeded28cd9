"""The invariants hold after an ordinary month, and each of them notices when it is broken."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.hand_over import HandOver, hand_over
from baobei.operations.handover_distribution import HandoverRequest
from baobei.operations.jobs import run_due
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.results import OrderRecorded
from baobei.operations.run_handovers import run_handovers
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.policy.handovers import DistributionMethod
from baobei.policy.terms import FollowUpKind
from baobei.store import ledger
from baobei_cli.embedded import SUPERUSER
from invariants import FILE, invariants, violations

BEGINS = datetime.fromisoformat("2026-11-01T10:00:00+08:00")

# A subscription that wants orders only, with a delivery of the first event there is.
SUBSCRIBE = """
INSERT INTO webhook_subscription (alliance_id, webhook_id, url, event_types, secret_sealed, since_outbox_id,
                                  created_by_id, created_at)
SELECT s.alliance_id, gen_random_uuid(), 'https://x', ARRAY['registration.admitted', 'registration.expired'],
       '', 0, s.staff_id, now()
  FROM staff s LIMIT 1;
"""
DELIVER = """
INSERT INTO webhook_delivery (alliance_id, webhook_id, outbox_id, event_id, event_type, subject_id, state,
                              next_attempt_at, created_at, settled_at, lease_until, fence)
SELECT x.alliance_id, w.webhook_id, x.outbox_id, x.event_id, x.event_type, x.subject_id, {state}
  FROM outbox_event x, webhook_subscription w
 WHERE {which};
"""
WAITING = "'PENDING', now(), now(), NULL, NULL, 0"
DELIVERED = "'DELIVERED', NULL, now(), now(), NULL, 0"
ADMITTED = "x.event_type = 'registration.admitted'"
ACT = "INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, detail)"

BREAKS = {
    "an ended registration claims nothing": """
        ALTER TABLE registration DROP CONSTRAINT registration_ended_claims_nothing;
        UPDATE registration SET claimed_phone = phone_key WHERE end_kind IS NOT NULL""",
    "a key has one live claim at most": """
        ALTER TABLE registration DROP CONSTRAINT registration_first_by_phone;
        UPDATE registration SET claimed_phone = 'x' WHERE claimed_phone IS NOT NULL""",
    "a claim is of a recorded key": """
        UPDATE registration SET claimed_address = registration_id::text::bytea WHERE claimed_address IS NOT NULL""",
    "tallies are what a recount finds": "UPDATE quota_tally SET made = made + 1",
    "a registration was admitted once, by an attempt that says so": "DELETE FROM attempt WHERE outcome = 'PROTECTED'",
    "an attempt points at what there is": "DELETE FROM contact",
    "a refused attempt is in the record": "DELETE FROM audit_event WHERE kind = 'registration.refused'",
    "a follow-up is in the record once": f"""
        {ACT} SELECT alliance_id, occurred_at, kind, subject_kind, subject_id, detail FROM audit_event
         WHERE kind = 'registration.followed_up'""",
    "a registration is what its events make of it": """
        UPDATE registration SET owner_id = (SELECT staff_id FROM staff WHERE code = 'HEAD')""",
    "a deadline is written down once": f"""
        {ACT} SELECT alliance_id, occurred_at, kind, subject_kind, subject_id, detail FROM audit_event
         WHERE kind = 'registration.expired'""",
    "what is due has been written down": "UPDATE registration SET due_at = registered_at",
    "stored statuses are those of the calendar": "UPDATE registration SET stored_status = 'PROTECTED'",
    "an expiry is in the record": "DELETE FROM audit_event WHERE kind = 'registration.expired'",
    "a dispute that was ruled on ended with that ruling, and no cancelled order is disputed": """
        UPDATE customer_order SET status = 'CANCELLED', cancelled_at = placed_at
         WHERE order_id IN (SELECT order_id FROM dispute WHERE status = 'OPEN')""",
    "an order is decided once, and each decision after it has its reason": """
        INSERT INTO attribution (alliance_id, attribution_id, order_id, decided_at, verdict, needs_review,
                                 policy_version_id, digest)
        SELECT alliance_id, gen_random_uuid(), order_id, decided_at, verdict, needs_review, policy_version_id, digest
          FROM attribution WHERE verdict = 'REGISTRANT'""",
    "an order is in the record once": "DELETE FROM audit_event WHERE kind = 'order.placed'",
    "shares of a credit add up": "UPDATE attribution_credit SET share_bp = 9999",
    "an order and the registration that it converted agree": """
        UPDATE registration SET ended_by_order_id = gen_random_uuid() WHERE ended_by_order_id IS NOT NULL""",
    "a key of idempotency has its answer": """
        INSERT INTO idempotency_key (alliance_id, caller_id, key, operation, input_digest)
        VALUES (1, gen_random_uuid(), 'k', 'o', '')""",
    "each told act has one event": "DELETE FROM outbox_event WHERE event_type = 'registration.expired'",
    "each event has its act": "UPDATE outbox_event SET subject_id = gen_random_uuid()",
    "no delivery is left with a lease that ran out": SUBSCRIBE
    + DELIVER.format(state="'PENDING', now(), now(), NULL, now() - interval '61 seconds', 1", which=ADMITTED),
    "a delivery is of an event that its receiver was to be told of": SUBSCRIBE
    + DELIVER.format(state=WAITING, which="x.event_type = 'order.placed'"),
    "what was delivered was accepted by its receiver": SUBSCRIBE
    + DELIVER.format(state=DELIVERED, which=ADMITTED),
    "no event overtook another of its subject that nobody tried to deliver": SUBSCRIBE
    + DELIVER.format(state=WAITING, which=ADMITTED)
    + DELIVER.format(state=DELIVERED, which="x.event_type = 'registration.expired'"),
    "a handover counts what became of its registrations": "UPDATE handover SET moved = 0, skipped = 1",
    "what a handover moved was transferred by it, once": """
        DELETE FROM audit_event WHERE kind = 'registration.transferred' AND detail ? 'handover'""",
    "no tick is left open": """
        INSERT INTO job_tick (job, period, planned_at) VALUES ('x', now(), now() - interval '61 seconds')""",
    "nothing is parked": "INSERT INTO job_tick (job, period, parked_at) VALUES ('x', now(), now())",
}


async def an_ordinary_month(alliance: TestAlliance) -> None:
    office, ops = alliance.office, await alliance.actor("OPS")
    await alliance.travel(BEGINS)
    one = await alliance.admitted("G01", phone="13800138001", address=ADDRESS.format(1))
    two = await alliance.admitted("F01", phone="13800138002", address=ADDRESS.format(2))
    await alliance.admitted("F02", phone="13800138003", address=ADDRESS.format(3))
    await alliance.register("G02", phone="13800138001", address=ADDRESS.format(1))
    touch = RecordFollowUp(registration_id=one, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(office, await alliance.actor("G01"), touch)
    moved = TransferRegistration(registration_id=two, to_staff_code="F03", reason="交接")
    await transfer_registration(office, await alliance.actor("HEAD"), moved)
    back = HandoverRequest(
        from_staff_code="F03", method=DistributionMethod.ONE_COLLEAGUE, to_staff_codes=("F01",)
    )
    await hand_over(office, await alliance.actor("HEAD"), HandOver(request=back, reason="离职"))
    await run_handovers(office)
    placed = [
        await place_order(office, ops, PlaceOrder(external_ref=f"A-{n}", name="王", phone=f"1380013800{n}"))
        for n in (1, 2, 9)
    ]
    ids = [each.order.id for each in placed if isinstance(each, OrderRecorded)]
    quarrel = OpenDispute(order_id=ids[0], statement="客户是我带来的")
    await open_dispute(office, await alliance.actor("G02"), quarrel)
    await close_order(office, ops, CloseOrder(order_id=ids[0]))
    await cancel_order(office, ops, CancelOrder(order_id=ids[1], reason="退单"))
    await alliance.travel(BEGINS + timedelta(days=16))
    await alliance.admitted("F01", phone="13800138007", address=ADDRESS.format(7))
    await alliance.admitted("F01", phone="13800138008", address=ADDRESS.format(8))
    await run_due(office)


@pytest.fixture(scope="module")
async def month_url(database_url: str) -> str:
    """A database in which an ordinary month has passed."""
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4) as pool:
        await an_ordinary_month(await new_alliance(pool))
    return database_url


@pytest.fixture
async def superuser(month_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that no trigger and no foreign key stops, in a transaction that is undone."""
    connection = await asyncpg.connect(month_url.replace("//baobei@", f"//{SUPERUSER}@"))
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SET LOCAL session_replication_role = replica")
    yield connection
    await transaction.rollback()
    await connection.close()


async def test_nothing_is_wrong_after_an_ordinary_month(
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    assert await violations(superuser) == {}


@pytest.mark.parametrize("name", invariants())
async def test_an_invariant_notices_when_it_is_broken(
    superuser: "asyncpg.Connection[asyncpg.Record]", name: str
) -> None:
    await superuser.execute(BREAKS[name])

    assert name in await violations(superuser)


def test_each_statement_of_the_file_has_its_name() -> None:
    assert len(invariants()) == FILE.read_text().count(";\n")
    assert set(invariants()) == set(BREAKS)


def test_all_that_is_told_is_looked_at() -> None:
    statement = invariants()["each told act has one event"]
    assert [kind for kind in ledger.TOLD if f"'{kind}'" not in statement] == []
