"""An alliance with a row in every table, and a twin of it: the same rows once more under another number.

The twin has the same ids, codes and keys, so whatever a statement looks up in one it would find in both.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.attach_evidence import AttachText, attach_evidence
from baobei.operations.correct_daily_report import CorrectDailyReport, correct_daily_report
from baobei.operations.create_api_key import CreateApiKey, create_api_key
from baobei.operations.create_webhook import CreateWebhook, SecretIssued, create_webhook
from baobei.operations.daily_reports import DailyReportRecorded
from baobei.operations.hand_over import HandOver, HandoverBegun, hand_over
from baobei.operations.handover_distribution import HandoverRequest
from baobei.operations.jobs import JOBS
from baobei.operations.note_missed_reports import note_missed_reports
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import ApprovalRecorded
from baobei.operations.reveal_contact import RevealContact, reveal_contact
from baobei.operations.run_handovers import run_handovers
from baobei.operations.run_imports import run_imports
from baobei.operations.send_webhook_test import send_webhook_test
from baobei.operations.set_target import AskForTarget, set_target
from baobei.operations.start_import import StartImport, start_import
from baobei.operations.submit_daily_report import SubmitDailyReport, submit_daily_report
from baobei.operations.ticks import run_ticks
from baobei.policy.handovers import DistributionMethod
from baobei.policy.terms import FollowUpKind
from baobei.store.api_key_models import KeyScope
from baobei.store.evidence import EvidenceKind
from baobei.store.figure_models import Target
from baobei.store.organisation_models import Role
from webhook_desk import HERE

MORNING = datetime.fromisoformat("2026-11-01T10:00:00+08:00")
A_KEY = CreateApiKey(name="CRM", scopes=(KeyScope.READ,), for_everybody=True)
A_HANDOVER = HandOver(
    request=HandoverRequest(
        from_staff_code="F03", method=DistributionMethod.ONE_COLLEAGUE, to_staff_codes=("F02",)
    ),
    reason="休假",
)
A_SHEET = f"姓名,电话,地址\n林女士,13800000009,{ADDRESS.format(9)}\n"
DELIVERED = """
INSERT INTO webhook_attempt (alliance_id, delivery_id, fence, number, attempted_at, duration_ms, status_code)
SELECT alliance_id, delivery_id, 1, 1, now(), 1, 200
  FROM webhook_delivery
"""

# Tables whose rows belong to an alliance, by oid order: what is referred to comes first.
GUARDED_TABLES = """
SELECT c.relname, EXISTS (SELECT FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey)
                           WHERE i.indrelid = c.oid AND i.indisprimary AND k.attname = 'alliance_id') AS keyed
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'alliance_id'
 WHERE c.relnamespace = 'public'::regnamespace
   AND c.relkind IN ('r', 'p')
 ORDER BY c.oid
"""
COLUMNS = """
SELECT a.attname, a.attidentity <> '' AS identity
  FROM pg_attribute a
 WHERE a.attrelid = $1::regclass
   AND a.attnum > 0
   AND NOT a.attisdropped
   AND a.attgenerated = ''
 ORDER BY a.attnum
"""
LATER = 1_000_000


async def full_alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """Make an alliance and let enough happen in it that no table is left without a row of its own."""
    made = await new_alliance(pool)
    alliance = replace(made, office=replace(made.office, webhooks=HERE))
    office = alliance.office
    ops, seller = await alliance.actor("OPS"), await alliance.actor("F01")
    await alliance.travel(MORNING)
    webhook = await create_webhook(office, ops, CreateWebhook(url="http://127.0.0.1:9/", event_types=None))
    assert isinstance(webhook, SecretIssued)
    id = await _registered(alliance, "F01", 1, idempotency_key="first")
    await alliance.register("F02", phone="13800000001", address=ADDRESS.format(1))
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(office, seller, touch)
    asked = await request_extension(
        office, seller, RequestExtension(registration_id=id, days=5, reason="出差")
    )
    assert isinstance(asked, ApprovalRecorded)
    proof = AttachText(approval_id=asked.approval.id, kind=EvidenceKind.TEXT, text="车票")
    await attach_evidence(office, seller, proof)
    await _registered(alliance, "G01", 2)
    await _registered(alliance, "G02", 3)
    await place_order(
        office, ops, PlaceOrder(external_ref="A-1", name="王", phone="13800000002", taken_by_code="F01")
    )
    quarrel = OpenDispute(order_id=None, external_ref="A-1", statement="客户是我带来的")
    await open_dispute(office, await alliance.actor("F01"), quarrel)
    await send_webhook_test(office, ops, webhook.webhook.id)
    administrator = replace(ops, staff=replace(ops.staff, roles=frozenset({Role.ADMINISTRATOR})))
    await create_api_key(office, administrator, A_KEY)
    aim = AskForTarget(staff_code="F01", month=MORNING.date(), aim=Target(orders=3))
    await set_target(office, ops, aim)
    await start_import(office, seller, StartImport(written=A_SHEET.encode()))
    await run_imports(office)
    await _registered(alliance, "F03", 5)
    price = RequestSpecialPrice(list_fen=10_000, asked_fen=9_000, reason="老客户", phone="13800000007")
    await request_special_price(office, await alliance.actor("F03"), price)
    assert isinstance(await hand_over(office, await alliance.actor("HEAD"), A_HANDOVER), HandoverBegun)
    await run_handovers(office)
    await reveal_contact(office, seller, RevealContact(registration_id=id, reason="核对地址"))
    await run_ticks(office, JOBS)
    await _reported(alliance)
    await alliance.travel(MORNING + timedelta(days=20))
    await note_missed_reports(office)
    await pool.execute(DELIVERED)
    return alliance


async def _reported(alliance: TestAlliance) -> None:
    supervisor = await alliance.actor("SUP")
    asked = SubmitDailyReport(unit_code="YW", day=MORNING.date(), remark="人少")
    submitted = await submit_daily_report(alliance.office, supervisor, asked)
    assert isinstance(submitted, DailyReportRecorded), submitted
    correction = CorrectDailyReport(report_id=submitted.report.id, text="补一位")
    await correct_daily_report(alliance.office, supervisor, correction)


async def _registered(alliance: TestAlliance, by: str, number: int, **more: object) -> UUID:
    answer = await alliance.register(by, phone=f"1380000000{number}", address=ADDRESS.format(number), **more)
    registration = getattr(answer, "registration", None)
    assert registration is not None, answer
    found: UUID = registration.id
    return found


async def add_twin(superuser: "asyncpg.Connection[asyncpg.Record]", alliance_id: int, twin_id: int) -> None:
    """Copy every row of an alliance to another that has none yet; needs a superuser, as no trigger runs."""
    await superuser.execute("SET session_replication_role = replica")
    for table in await superuser.fetch(GUARDED_TABLES):
        name = table["relname"]
        columns = await superuser.fetch(COLUMNS, name)
        names = ", ".join(column["attname"] for column in columns)
        taken = ", ".join(
            f"{twin_id}"
            if column["attname"] == "alliance_id"
            else f"{column['attname']} + {LATER}"
            if column["identity"] and not table["keyed"]
            else column["attname"]
            for column in columns
        )
        if name != "alliance":
            await superuser.execute(f"DELETE FROM {name} WHERE alliance_id = {twin_id}")
            await superuser.execute(
                f"INSERT INTO {name} ({names}) OVERRIDING SYSTEM VALUE"
                f" SELECT {taken} FROM {name} WHERE alliance_id = {alliance_id}"
            )
    await superuser.execute("SET session_replication_role = origin")
