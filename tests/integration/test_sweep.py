"""The sweep on the real database: once each, whoever sweeps, whenever, and wherever it is stopped."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance, office_on, publish
from baobei.operations.decide_approval import DecideApproval, decide_approval
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.results import ApprovalRecorded
from baobei.operations.sweep_deadlines import sweep_deadlines
from baobei.policy.terms import Channel, FollowUpKind
from builders import policy

NOTICES = """
SELECT kind, occurred_at, detail
  FROM audit_event
 WHERE kind = ANY($1)
   AND ($2::uuid IS NULL OR subject_id = $2)
 ORDER BY sequence
"""
EVENTS = """
SELECT event_type, occurred_at, payload
  FROM outbox_event
 WHERE event_type = ANY($1)
   AND ($2::uuid IS NULL OR subject_id = $2)
 ORDER BY outbox_id
"""
TWICE = """
SELECT count(*)
  FROM (SELECT FROM audit_event WHERE kind = ANY($1)
         GROUP BY subject_id, kind, occurred_at, detail HAVING count(*) > 1) AS again
"""
UNTOLD = "SELECT count(*) FROM registration WHERE due_at <= $1"
CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'cut'"
STATES = "SELECT stored_status, claimed_phone, due_at FROM registration WHERE registration_id = $1"
KINDS = [
    f"registration.{kind}"
    for kind in ("follow_up_due", "follow_up_overdue", "lapsing_soon", "lapsed", "expiring_soon", "expired")
]


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


async def told(alliance: TestAlliance, id: UUID | None = None, query: str = NOTICES) -> list[tuple[str, Any]]:
    async with alliance.office.pool.acquire() as connection:
        rows = await connection.fetch(query, KINDS, id)
    return [(row[0].removeprefix("registration."), json.loads(row[2])) for row in rows]


async def kinds(alliance: TestAlliance, id: UUID | None = None) -> list[str]:
    return [kind for kind, _ in await told(alliance, id)]


async def sweep_at(alliance: TestAlliance, instant: str) -> int:
    await alliance.travel(instant)
    return (await sweep_deadlines(alliance.office)).notices


async def many(alliance: TestAlliance, *, count: int) -> None:
    for n in range(count):
        await alliance.admitted("G01", phone=f"1380013{n:04}", address=ADDRESS.format(n + 1))


async def test_a_registration_that_nobody_touches_is_told_of_step_by_step(alliance: TestAlliance) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    owner = str((await alliance.actor("F01")).staff.id)
    for day, notices in (
        ("04T08:59:59", 0), ("04T09:00:00", 1), ("05T00:00:00", 1), ("11T00:00:00", 1), ("12T00:00:00", 1),
        ("14T00:00:00", 1), ("16T00:00:00", 1), ("16T23:59:59", 0), ("17T00:00:00", 1), ("18T00:00:00", 0),
    ):  # fmt: skip
        assert await sweep_at(alliance, f"2026-11-{day}+08:00") == notices, day
    assert await kinds(alliance) == [
        "follow_up_due", "follow_up_overdue", "lapsing_soon", "lapsed", "expiring_soon", "expiring_soon",
        "expired",
    ]  # fmt: skip
    written = await told(alliance, id)
    assert written == await told(alliance, id, EVENTS)
    assert written[0][1] == {
        "registration": str(id),
        "owner": owner,
        "clause": "3.3.2",
        "deadline": "2026-11-04T16:00:00+00:00",
        "days_left": 1,
    }
    assert [detail["days_left"] for _, detail in written] == [1, 0, 1, 0, 3, 1, 0]
    supervisor = str((await alliance.actor("SUP")).staff.id)
    assert [detail.get("managers") for _, detail in written] == [None] * 5 + [[supervisor], None]


async def test_each_happened_at_its_own_instant_however_late_it_is_written_down(
    alliance: TestAlliance,
) -> None:
    await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    assert await sweep_at(alliance, "2026-12-01T10:00:00+08:00") == 3
    async with alliance.office.pool.acquire() as connection:
        rows = await connection.fetch(NOTICES, KINDS, None)
    assert [(row["kind"], row["occurred_at"].isoformat()) for row in rows] == [
        ("registration.follow_up_overdue", "2026-11-04T16:00:00+00:00"),
        ("registration.lapsed", "2026-11-11T16:00:00+00:00"),
        ("registration.expired", "2026-11-16T16:00:00+00:00"),
    ]


async def test_a_sweep_leaves_the_copy_for_lists_and_the_claims_as_they_are_by_then(
    alliance: TestAlliance,
) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    for instant, status, claims in (
        ("2026-11-05T00:00:00+08:00", "PROTECTED", True),
        ("2026-11-12T00:00:00+08:00", "LAPSED", True),
        ("2026-11-17T00:00:00+08:00", "EXPIRED", False),
    ):
        await sweep_at(alliance, instant)
        async with alliance.office.pool.acquire() as connection:
            row = await connection.fetchrow(STATES, id)
        assert row is not None
        assert (row["stored_status"], row["claimed_phone"] is not None) == (status, claims)
    assert row["due_at"] is None


async def test_who_touches_a_registration_before_the_sweep_writes_down_what_was_due(
    alliance: TestAlliance,
) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    await alliance.travel("2026-11-14T10:00:00+08:00")
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(alliance.office, await alliance.actor("F01"), touch)
    assert await kinds(alliance) == ["follow_up_overdue", "lapsed", "expiring_soon"]
    assert await sweep_at(alliance, "2026-11-14T10:00:00+08:00") == 0
    assert await sweep_at(alliance, "2026-11-17T00:00:00+08:00") == 1
    assert (await kinds(alliance))[-1] == "expired"


async def test_the_manager_of_the_owner_is_named_whoever_notices(alliance: TestAlliance) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    await alliance.travel("2026-11-16T10:00:00+08:00")
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(alliance.office, await alliance.actor("F01"), touch)
    supervisor = str((await alliance.actor("SUP")).staff.id)
    assert [detail.get("managers") for _, detail in await told(alliance)][-1] == [supervisor]


async def test_in_one_sweep_each_owner_s_own_manager_is_named(alliance: TestAlliance) -> None:
    await publish(alliance, policy(expires_channels=frozenset(Channel)))
    ids = {
        staff: await alliance.admitted(staff, phone=f"1380013800{n}", address=ADDRESS.format(n + 1))
        for n, staff in enumerate(("F01", "G01", "F02", "G02"))
    }
    await sweep_at(alliance, "2026-11-16T00:00:00+08:00")
    for staff, manager in (("F01", "SUP"), ("G01", "PDM"), ("F02", "SUP"), ("G02", "PDM")):
        kind, detail = (await told(alliance, ids[staff]))[-1]
        assert (kind, detail["managers"]) == (
            "expiring_soon",
            [str((await alliance.actor(manager)).staff.id)],
        )
        assert detail["owner"] == str((await alliance.actor(staff)).staff.id)
        assert detail["registration"] == str(ids[staff])


async def test_a_touch_moves_what_is_told(alliance: TestAlliance) -> None:
    id = await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    await alliance.travel("2026-11-03T10:00:00+08:00")
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(alliance.office, await alliance.actor("G01"), touch)
    assert await sweep_at(alliance, "2026-11-06T08:59:59+08:00") == 0
    assert await sweep_at(alliance, "2026-11-06T09:00:00+08:00") == 1


async def test_registrations_keep_the_reminders_of_the_version_they_were_made_under(
    alliance: TestAlliance,
) -> None:
    await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    await publish(alliance, policy(lapse_reminder_days=(4,)))
    later = await alliance.admitted("G01", phone="13900139000", address=ADDRESS.format(2))
    await sweep_at(alliance, "2026-11-08T00:00:00+08:00")
    assert await kinds(alliance, later) == ["follow_up_overdue", "lapsing_soon"]
    assert (await kinds(alliance)).count("lapsing_soon") == 1


async def test_two_alliances_in_one_chunk_each_go_by_their_own_midnight(alliance: TestAlliance) -> None:
    await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    elsewhere = await new_alliance(alliance.office.pool, time_zone="America/New_York")
    await elsewhere.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    assert await sweep_at(alliance, "2026-11-11T12:59:59+08:00") == 4
    assert await sweep_at(alliance, "2026-11-11T13:00:00+08:00") == 1  # in New York it was 31 October
    assert await sweep_at(alliance, "2026-11-12T00:00:00+08:00") == 1
    assert (await kinds(alliance))[-2:] == ["lapsed", "lapsed"]


async def test_sweeps_at_once_over_one_book_write_everything_once(alliance: TestAlliance) -> None:
    await many(alliance, count=120)
    await alliance.travel("2026-11-12T00:00:00+08:00")
    swept = await asyncio.gather(*(sweep_deadlines(alliance.office, chunk=7) for _ in range(4)))
    assert sum(run.registrations for run in swept) == 120
    assert sum(run.notices for run in swept) == 240
    assert await alliance.count(TWICE, KINDS) == 0
    assert sorted(await told(alliance), key=str) == sorted(await told(alliance, query=EVENTS), key=str)


async def test_a_sweep_beside_people_who_follow_up_writes_everything_once(alliance: TestAlliance) -> None:
    ids = [
        await alliance.admitted("G01", phone=f"1380013{n:04}", address=ADDRESS.format(n + 1))
        for n in range(60)
    ]
    await alliance.travel("2026-11-12T00:00:00+08:00")
    owner = await alliance.actor("G01")
    touches = (
        record_follow_up(
            alliance.office, owner, RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
        )
        for id in ids
    )
    await asyncio.gather(*touches, *(sweep_deadlines(alliance.office, chunk=5) for _ in range(3)))
    await sweep_deadlines(alliance.office)
    assert sorted(await kinds(alliance)) == ["follow_up_overdue"] * 60 + ["lapsed"] * 60
    assert await alliance.count(TWICE, KINDS) == 0


async def test_a_sweep_that_is_stopped_has_told_what_it_committed_and_the_next_one_tells_the_rest(
    alliance: TestAlliance,
) -> None:
    await many(alliance, count=100)
    await alliance.travel("2026-11-12T00:00:00+08:00")
    for stop_after_s in (0.002, 0.01, 0.02, 0.03, 0.05):
        run = asyncio.create_task(sweep_deadlines(alliance.office, chunk=3))
        await asyncio.sleep(stop_after_s)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        swept = await alliance.count("SELECT count(*) FROM registration WHERE stored_status = 'LAPSED'")
        assert len(await told(alliance)) == len(await told(alliance, query=EVENTS)) == 2 * swept
    await sweep_deadlines(alliance.office)
    assert sorted(await kinds(alliance)) == ["follow_up_overdue"] * 100 + ["lapsed"] * 100
    assert await alliance.count(TWICE, KINDS) == 0


async def test_a_sweep_whose_connections_are_cut_leaves_no_half_of_a_chunk(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    await many(alliance, count=100)
    await alliance.travel("2026-11-12T00:00:00+08:00")
    cut = 0
    for stop_after_s in (0.005, 0.01, 0.02, 0.04):
        named = {"application_name": "cut"}
        async with asyncpg.create_pool(fresh_database_url, min_size=2, server_settings=named) as pool:
            run = asyncio.create_task(sweep_deadlines(office_on(pool), chunk=3))
            await asyncio.sleep(stop_after_s)
            await alliance.count(CUT)
            cut += isinstance((await asyncio.gather(run, return_exceptions=True))[0], BaseException)
        swept = await alliance.count("SELECT count(*) FROM registration WHERE stored_status = 'LAPSED'")
        assert len(await told(alliance)) == len(await told(alliance, query=EVENTS)) == 2 * swept
    assert cut > 0
    await sweep_deadlines(alliance.office)
    assert sorted(await kinds(alliance)) == ["follow_up_overdue"] * 100 + ["lapsed"] * 100


async def test_a_run_takes_a_bounded_number_of_chunks_and_says_that_more_is_due(
    alliance: TestAlliance,
) -> None:
    await many(alliance, count=10)
    await alliance.travel("2026-11-12T00:00:00+08:00")
    first = await sweep_deadlines(alliance.office, chunk=3, chunks=2)
    assert (first.registrations, first.more) == (6, True)
    rest = await sweep_deadlines(alliance.office, chunk=3)
    assert (rest.registrations, rest.more) == (4, False)
    assert await alliance.count(UNTOLD, await alliance.travel("2026-11-12T00:00:00+08:00")) == 0


async def test_what_somebody_holds_is_left_to_them_and_to_the_next_sweep(alliance: TestAlliance) -> None:
    await many(alliance, count=5)
    at = await alliance.travel("2026-11-12T00:00:00+08:00")
    async with alliance.office.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM registration ORDER BY sequence LIMIT 2 FOR UPDATE")
        assert (await sweep_deadlines(alliance.office)).registrations == 3
    assert await alliance.count(UNTOLD, at) == 2
    assert (await sweep_deadlines(alliance.office)).registrations == 2


async def test_a_late_extension_brings_back_what_the_sweep_had_ended(alliance: TestAlliance) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    await sweep_at(alliance, "2026-11-17T00:00:00+08:00")
    asked = RequestExtension(registration_id=id, days=10, reason="客户出差")
    request = await request_extension(alliance.office, await alliance.actor("F01"), asked)
    head = await alliance.actor("HEAD")
    assert isinstance(request, ApprovalRecorded)
    decision = DecideApproval(approval_id=request.approval.id, approve=True, note="同意")
    await decide_approval(alliance.office, head, decision)
    before = len(await told(alliance))
    await sweep_at(alliance, "2026-11-26T00:00:00+08:00")
    assert (await kinds(alliance))[before:] == ["follow_up_overdue", "expiring_soon", "expiring_soon"]
    await sweep_at(alliance, "2026-11-27T00:00:00+08:00")
    assert (await kinds(alliance)).count("expired") == 2
