"""Imports: every row answered by the one write path, once, whatever happens to whoever works on them."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei.operations.errors import Forbidden, TooOften
from baobei.operations.import_pieces import whole_file
from baobei.operations.purge import purge_imports
from baobei.operations.read_import import read_import
from baobei.operations.run_imports import ImportsRun, run_imports
from baobei.operations.start_import import MOST_DRY_RUNS, MOST_OPEN, StartImport, start_import
from baobei.store import imports
from baobei.store.import_models import FilePart, ImportJob, ImportState, TakenAway
from sheet_files import ADDRESS, HEADINGS, customer, read_back, tracking_text, tracking_workbook

BEGINS = "2026-11-01T10:00:00+08:00"
COUNTS = {"attempts": "attempt", "registrations": "registration", "events": "outbox_event"}


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance of this test's own."""
    return await new_alliance(pool)


SORTED = """
SELECT r.source, r.need_id IS NOT NULL AS has_need
  FROM registration r
  JOIN alliance a USING (alliance_id)
 WHERE a.code = $1
"""


async def sent(
    alliance: TestAlliance, written: bytes, *, by: str = "G01", dry_run: bool = False
) -> ImportJob:
    started = await start_import(
        alliance.office, await alliance.actor(by), StartImport(written=written, dry_run=dry_run)
    )
    return started.job


async def now(alliance: TestAlliance, job: ImportJob, *, by: str = "G01") -> ImportJob:
    found = await read_import(alliance.office, await alliance.actor(by), job.id)
    assert found is not None
    return found


async def imported(
    alliance: TestAlliance, written: bytes, *, by: str = "G01", dry_run: bool = False
) -> ImportJob:
    job = await sent(alliance, written, by=by, dry_run=dry_run)
    await run_imports(alliance.office, only=job.id)
    return await now(alliance, job, by=by)


async def progress(alliance: TestAlliance, job: ImportJob, *, after: int, by: str = "G01") -> None:
    """Wait until more rows are done, or the import has ended."""
    for _ in range(10_000):
        found = await now(alliance, job, by=by)
        if found.ended or found.rows_done > after:
            return
        await asyncio.sleep(0.001)


async def results(alliance: TestAlliance, job: ImportJob) -> list[list[object]]:
    """What stands beside each answered row of a workbook."""
    rows = read_back(await whole_file(alliance.office, job, FilePart.RESULT))
    return [row[len(HEADINGS) :] for row in rows[2:]]


async def stored(alliance: TestAlliance) -> dict[str, int]:
    of = "WHERE alliance_id = (SELECT alliance_id FROM alliance WHERE code = $1)"
    return {
        name: await alliance.count(f"SELECT count(*) FROM {table} {of}", alliance.code)
        for name, table in COUNTS.items()
    }


async def test_every_row_is_answered_as_a_single_registration_would_be(alliance: TestAlliance) -> None:
    await alliance.admitted("G02", phone="13900000003", address=ADDRESS.format(3))
    rows = [
        customer(1),
        customer(2),
        customer(3),
        ["", "李", "139", "幸福小区"],
        customer(1),
        ["", "王\x01", "1", "2"],
    ]
    job = await imported(alliance, tracking_workbook(*rows))

    assert (job.state, job.rows_total, job.rows_done) == (ImportState.DONE, 6, 6)
    assert job.counts == {
        "PROTECTED": 2, "ALREADY_PROTECTED": 1, "INCOMPLETE": 1, "DUPLICATE_OWN": 1, "BAD_ROW": 1,
    }  # fmt: skip
    told = await results(alliance, job)
    assert [row[0] for row in told] == [
        "报备成功",
        "报备成功",
        "已在保护期",
        "资料不完整",
        "本人已报备",
        "无法读取",
    ]
    assert [row[2] for row in told] == ["3.3.1", "3.3.1", "3.3.1", "3.2.2", "3.3.1", ""]
    assert told[4][3] == told[0][3] != ""
    # Of the colleague's claim: until when, in the sentence; neither number nor name.
    assert told[2][3:] == ["", ""]
    assert "G02" not in str(told[2])
    # The row that no database could hold is no attempt; all the others are.
    assert await stored(alliance) == {"attempts": 6, "registrations": 3, "events": 6}


async def test_a_dry_run_says_what_would_be_and_writes_nothing(alliance: TestAlliance) -> None:
    await alliance.admitted("G02", phone="13900000003", address=ADDRESS.format(3))
    before = await stored(alliance)
    rows = [customer(1), customer(3), customer(1), ["", "李", "139", "幸福小区"]]
    job = await imported(alliance, tracking_workbook(*rows), dry_run=True)

    assert job.counts == {"PROTECTED": 1, "ALREADY_PROTECTED": 1, "DUPLICATE_OWN": 1, "INCOMPLETE": 1}
    told = await results(alliance, job)
    assert [row[0] for row in told] == ["可以报备", "已在保护期", "本人已报备", "资料不完整"]
    assert "第3行" in str(told[2][1])
    assert await stored(alliance) == before


async def test_a_dry_run_counts_the_month_and_a_real_run_agrees_with_it(alliance: TestAlliance) -> None:
    file = tracking_workbook(*(customer(number) for number in range(1, 26)))
    checked = await imported(alliance, file, by="F01", dry_run=True)
    done = await imported(alliance, file, by="F01")
    assert checked.counts == done.counts == {"PROTECTED": 20, "OVER_QUOTA": 5}
    # The first twenty of the file, not whichever came first of several at once.
    told = await results(alliance, done)
    assert [row[0] for row in told] == ["报备成功"] * 20 + ["名额用完"] * 5


async def test_rows_of_one_customer_are_decided_in_the_order_of_the_file(alliance: TestAlliance) -> None:
    headings = [*HEADINGS, "导购"]
    rows = [[*customer(each // 2 + 1), "G01" if each % 2 == 0 else "导购G02"] for each in range(40)]
    job = await imported(alliance, tracking_workbook(*rows, headings=headings), by="PDM")
    written = read_back(await whole_file(alliance.office, job, FilePart.RESULT))
    assert [row[len(headings)] for row in written[2:]] == ["报备成功", "已在保护期"] * 20


async def test_a_manager_registers_for_their_unit_by_code_or_name_and_for_nobody_else(
    alliance: TestAlliance,
) -> None:
    headings = [*HEADINGS, "导购"]
    people = ["G01", "导购 G02", "F01", "查无此人", ""]
    rows = [[*customer(number), person] for number, person in enumerate(people, start=1)]
    job = await imported(alliance, tracking_workbook(*rows, headings=headings), by="PDM")
    assert job.counts == {"PROTECTED": 3, "NOT_OWNER": 1, "UNKNOWN_STAFF": 1}
    owners = await alliance.office.pool.fetch(
        "SELECT s.code FROM registration r JOIN staff s ON s.staff_id = r.owner_id AND s.alliance_id = r.alliance_id"
        " WHERE r.alliance_id = $1 ORDER BY r.sequence",
        job.alliance_id,
    )
    assert sorted(row["code"] for row in owners) == ["G01", "G02", "PDM"]


async def test_a_file_that_is_sent_twice_is_answered_with_the_first_import(alliance: TestAlliance) -> None:
    file = tracking_workbook(customer(1), customer(2))
    first = await imported(alliance, file)
    again = await start_import(alliance.office, await alliance.actor("G01"), StartImport(written=file))
    assert (again.repeated, again.job.id) == (True, first.id)
    assert await run_imports(alliance.office, only=first.id) == ImportsRun()
    assert await stored(alliance) == {"attempts": 2, "registrations": 2, "events": 2}


async def test_two_who_send_one_file_have_an_import_each(alliance: TestAlliance) -> None:
    file = tracking_workbook(customer(1))
    first, second = await imported(alliance, file), await imported(alliance, file, by="G02")
    assert first.id != second.id
    assert (first.counts, second.counts) == ({"PROTECTED": 1}, {"ALREADY_PROTECTED": 1})


async def test_a_file_that_was_saved_again_adds_no_registration(alliance: TestAlliance) -> None:
    first = await imported(alliance, tracking_workbook(customer(1), customer(2)))
    sheet = await whole_file(alliance.office, first, FilePart.RESULT)
    again = await imported(alliance, sheet)
    assert again.id != first.id
    assert again.counts == {"DUPLICATE_OWN": 2}
    assert (await stored(alliance))["registrations"] == 2
    # The answers of the first run are replaced, not added to.
    rows = read_back(await whole_file(alliance.office, again, FilePart.RESULT))
    assert rows[1][len(HEADINGS) :] == ["结果", "原因", "条款", "报备编号", "保护到期"]


async def test_text_comes_back_as_text_with_an_answer_on_every_row(alliance: TestAlliance) -> None:
    job = await imported(alliance, tracking_text(customer(1, note="=cmd|' /C calc'!A0"), encoding="gbk"))
    written = (await whole_file(alliance.office, job, FilePart.RESULT)).decode("utf-8-sig").splitlines()
    assert job.encoding == "gb18030"
    assert written[0].endswith("备注,结果,原因,条款,报备编号,保护到期")
    assert "'=cmd|' /C calc'!A0,报备成功" in written[1]


async def test_a_run_that_is_broken_off_goes_on_with_the_next_row_and_does_nothing_twice(
    alliance: TestAlliance,
) -> None:
    job = await sent(alliance, tracking_workbook(*(customer(number) for number in range(1, 61))))
    turns, found = 0, await now(alliance, job)
    while not found.ended:
        turns += 1
        work = asyncio.create_task(run_imports(alliance.office, only=job.id, step=10))
        await progress(alliance, job, after=found.rows_done)
        # In the middle of the next rows.
        await asyncio.sleep(0.005)
        work.cancel()
        await asyncio.wait({work})
        found = await now(alliance, job)
    assert turns > 2
    assert found.counts == {"PROTECTED": 60}
    assert await stored(alliance) == {"attempts": 60, "registrations": 60, "events": 60}
    assert [row[0] for row in await results(alliance, found)] == ["报备成功"] * 60


async def test_whoever_wakes_after_the_lease_writes_nothing(alliance: TestAlliance) -> None:
    job = await sent(alliance, tracking_workbook(customer(1)))
    async with alliance.office.pool.acquire() as connection:
        asleep = await imports.claim(connection, lease_s=0, only=job.id)
        assert asleep is not None
    assert (await run_imports(alliance.office, only=job.id)).ended == 1
    async with alliance.office.pool.acquire() as connection:
        late = await imports.advance(
            connection, asleep, rows_done=0, last_row=9, counts={"INTERNAL": 9}, lease_s=30
        )
        assert not late
        assert not await imports.end(connection, asleep, state=ImportState.DONE, answers_repeats=True)
    assert (await now(alliance, job)).counts == {"PROTECTED": 1}


async def test_a_file_without_a_header_fails_with_a_sentence_and_may_be_sent_again(
    alliance: TestAlliance,
) -> None:
    file = tracking_workbook(customer(1), headings=["编号", "金额"])
    job = await imported(alliance, file)
    assert (job.state, job.problem) == (ImportState.FAILED, "NO_HEADER")
    assert (await sent(alliance, file)).id != job.id
    assert await stored(alliance) == {"attempts": 0, "registrations": 0, "events": 0}


async def test_who_leaves_in_the_middle_registers_nobody_more(
    alliance: TestAlliance,
) -> None:
    job = await sent(alliance, tracking_workbook(*(customer(number) for number in range(1, 41))))
    work = asyncio.create_task(run_imports(alliance.office, only=job.id, step=1))
    await progress(alliance, job, after=0)
    await alliance.office.pool.execute(
        "UPDATE staff SET active = false WHERE staff_id = $1", job.uploaded_by_id
    )
    await work
    found = await now(alliance, job)
    assert (found.state, found.problem) == (ImportState.FAILED, "SENDER_GONE")
    assert found.rows_done < 40
    # The row that was asked in that moment may have been refused.
    assert (await stored(alliance))["registrations"] == found.counts["PROTECTED"] >= found.rows_done - 1


async def test_a_manager_who_is_one_no_longer_registers_for_nobody_more(alliance: TestAlliance) -> None:
    """Also in the same turn: from the next step on they are who they are now."""
    rows = [[*customer(number), "G01"] for number in range(1, 41)]
    job = await sent(alliance, tracking_workbook(*rows, headings=[*HEADINGS, "导购"]), by="PDM")
    work = asyncio.create_task(run_imports(alliance.office, only=job.id, step=1))
    await progress(alliance, job, after=0, by="PDM")
    await alliance.office.pool.execute(
        "UPDATE staff SET roles = '{GUIDE}' WHERE staff_id = $1", job.uploaded_by_id
    )
    before = (await stored(alliance))["registrations"]
    await work
    found = await now(alliance, job, by="PDM")
    assert (found.state, found.rows_done) == (ImportState.DONE, 40)
    assert found.counts["NOT_OWNER"] == 40 - (await stored(alliance))["registrations"] > 0
    assert found.counts["PROTECTED"] <= before + 1


async def test_who_comes_to_the_unit_during_an_import_is_meant_by_their_name(alliance: TestAlliance) -> None:
    rows = [[*customer(number), "新来的"] for number in range(1, 31)]
    job = await sent(alliance, tracking_workbook(*rows, headings=[*HEADINGS, "导购"]), by="PDM")
    work = asyncio.create_task(run_imports(alliance.office, only=job.id, step=1))
    await progress(alliance, job, after=0, by="PDM")
    await alliance.office.pool.execute(
        "UPDATE staff SET name = '新来的' WHERE alliance_id = $1 AND code = 'G03'", job.alliance_id
    )
    await work
    found = await now(alliance, job, by="PDM")
    assert found.counts.keys() == {"UNKNOWN_STAFF", "PROTECTED"}


async def test_nobody_sees_the_import_of_somebody_else(alliance: TestAlliance) -> None:
    job = await imported(alliance, tracking_workbook(customer(1)))
    for code in ("G02", "PDM", "HEAD", "OPS"):
        assert await read_import(alliance.office, await alliance.actor(code), job.id) is None


async def test_headquarters_imports_nobody(alliance: TestAlliance) -> None:
    with pytest.raises(Forbidden):
        await sent(alliance, tracking_workbook(customer(1)), by="HEAD")


async def test_dry_runs_are_no_way_to_look_through_all_customers(alliance: TestAlliance) -> None:
    for number in range(MOST_DRY_RUNS):
        await imported(alliance, tracking_workbook(customer(number)), dry_run=True)
    with pytest.raises(TooOften):
        await sent(alliance, tracking_workbook(customer(99)), dry_run=True)
    assert (await sent(alliance, tracking_workbook(customer(99)))).state is ImportState.WAITING


@pytest.mark.parametrize(("dry_run", "before"), [(False, 0), (True, MOST_DRY_RUNS - 2)])
async def test_files_sent_at_once_are_no_more_than_a_person_may_send(
    alliance: TestAlliance, dry_run: bool, before: int
) -> None:
    for number in range(before):
        await imported(alliance, tracking_workbook(customer(number)), dry_run=True)
    files = [tracking_workbook(customer(number)) for number in range(50, 62)]
    answers = await asyncio.gather(
        *(sent(alliance, file, dry_run=dry_run) for file in files), return_exceptions=True
    )
    assert sum(isinstance(answer, ImportJob) for answer in answers) == (2 if dry_run else MOST_OPEN)
    assert sum(isinstance(answer, TooOften) for answer in answers) == len(files) - (
        2 if dry_run else MOST_OPEN
    )


async def test_the_file_is_sealed_and_taken_away_with_its_answers_after_thirty_days(
    alliance: TestAlliance,
) -> None:
    file = tracking_text(customer(1))
    job = await imported(alliance, file)
    pool = alliance.office.pool
    pieces = await pool.fetch("SELECT sealed FROM import_piece WHERE import_id = $1", job.id)
    assert pieces
    assert not any(b"13900000001" in row["sealed"] for row in pieces)
    assert (await purge_imports(alliance.office)).deleted == 0
    assert (await now(alliance, job)).has_result
    await pool.execute(
        "UPDATE import_job SET ended_at = now() - interval '30 days 1 minute' WHERE import_id = $1", job.id
    )
    assert (await purge_imports(alliance.office)).deleted == 1
    for table in ("import_piece", "import_row"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table} WHERE import_id = $1", job.id) == 0
    found = await now(alliance, job)
    assert (found.has_result, found.counts) == (False, {"PROTECTED": 1})
    # The fact stays: sent again, the file is answered with what it did.
    again = await sent(alliance, file)
    assert (again.id, again.counts, again.taken_away) == (job.id, {"PROTECTED": 1}, TakenAway.AGE)


async def test_what_is_recorded_goes_by_the_clock_and_never_by_the_date_in_the_row(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool)
    instant = await alliance.travel(BEGINS)
    await imported(alliance, tracking_workbook(["2020-01-01", *customer(1)[1:]]))
    assert await fresh_pool.fetchval("SELECT registered_at FROM registration") == instant
    assert instant == datetime.fromisoformat(BEGINS).astimezone(UTC)


async def test_source_and_need_of_a_row_sort_the_customer_and_an_unlisted_source_stays_in_the_note(
    alliance: TestAlliance,
) -> None:
    headings = [*HEADINGS, "需求"]
    unlisted = [*customer(2), "客厅窗帘"]
    unlisted[4] = "张姐介绍"
    file = tracking_workbook([*customer(1), "全屋定制"], unlisted, [*customer(3), ""], headings=headings)
    job = await imported(alliance, file)
    assert job.counts == {"PROTECTED": 3}
    rows = await alliance.office.pool.fetch(SORTED, alliance.code)
    found = {(row["source"], row["has_need"]) for row in rows}
    assert found == {("自然进店", True), (None, True), ("自然进店", False)}
