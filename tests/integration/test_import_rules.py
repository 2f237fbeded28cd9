"""What a row may say, what a dry run may ask, and how an import that cannot go on ends."""

import itertools
from dataclasses import replace

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei.operations.check_protection import CheckProtection, check_protection
from baobei.operations.check_rules import CheckRules
from baobei.operations.errors import TooOften
from baobei.operations.import_pieces import whole_file
from baobei.operations.import_problems import explain_import_problem, explain_no_result
from baobei.operations.parked_jobs import list_parked
from baobei.operations.read_import import read_import
from baobei.operations.run_imports import SURPRISES, run_imports
from baobei.operations.start_import import StartImport, start_import
from baobei.store import import_files
from baobei.store.import_models import FilePart, ImportJob, ImportState, TakenAway
from requests_desk import new_regional_alliance
from sheet_files import ADDRESS, HEADINGS, customer, read_back, tracking_workbook

_numbers = itertools.count(1)
PROFILES = """
SELECT r.customer_class, r.segment FROM registration r JOIN alliance a USING (alliance_id)
 WHERE a.code = $1 ORDER BY r.sequence
"""
ACTS = (
    "SELECT count(*) FROM audit_event e JOIN alliance a USING (alliance_id) WHERE a.code = $1 AND e.kind = $2"
)


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance of this test's own."""
    return await new_alliance(pool)


def with_rules(alliance: TestAlliance, **rules: int) -> TestAlliance:
    return replace(alliance, office=replace(alliance.office, checks=CheckRules(**rules)))


async def imported(
    alliance: TestAlliance, written: bytes, *, by: str = "G01", dry_run: bool = False
) -> ImportJob:
    actor = await alliance.actor(by)
    started = await start_import(alliance.office, actor, StartImport(written=written, dry_run=dry_run))
    await run_imports(alliance.office, only=started.job.id)
    found = await read_import(alliance.office, actor, started.job.id)
    assert found is not None
    return found


async def told(alliance: TestAlliance, job: ImportJob, *, columns: int = len(HEADINGS)) -> list[list[str]]:
    rows = read_back(await whole_file(alliance.office, job, FilePart.RESULT))
    return [row[columns:] for row in rows[2:]]


async def test_class_and_kind_of_a_row_are_those_of_the_registration_for_life(alliance: TestAlliance) -> None:
    headings = [*HEADINGS, "客户等级", "客户类型"]
    rows = [[*customer(1), "A类", "公司"], [*customer(2), "", ""], [*customer(3), "Z", "个人"]]
    job = await imported(alliance, tracking_workbook(*rows, headings=headings))

    assert job.counts == {"PROTECTED": 2, "BAD_ROW": 1}
    found = await alliance.office.pool.fetch(PROFILES, alliance.code)
    assert {(row["customer_class"], row["segment"]) for row in found} == {("A", "COMPANY"), (None, None)}
    assert "A、B、C" in (await told(alliance, job, columns=len(headings)))[2][1]


async def test_a_dry_run_knows_the_classes_too(alliance: TestAlliance) -> None:
    rows = [[*customer(1), "A"], [*customer(2), "Z"]]
    file = tracking_workbook(*rows, headings=[*HEADINGS, "客户等级"])
    assert (await imported(alliance, file, dry_run=True)).counts == {"PROTECTED": 1, "BAD_ROW": 1}


async def test_a_manager_reads_of_the_guide_and_not_of_themselves(alliance: TestAlliance) -> None:
    headings = [*HEADINGS, "导购"]
    await alliance.admitted("G02", phone="13900000002", address=ADDRESS.format(2))
    rows = [[*customer(1), "G01"], [*customer(2), "G01"], [*customer(3), ""]]
    job = await imported(alliance, tracking_workbook(*rows, headings=headings), by="PDM")
    said = [row[1] for row in await told(alliance, job, columns=len(headings))]
    assert ["您" in sentence for sentence in said] == [False, False, True]
    assert ["G01" in sentence for sentence in said] == [True, True, False]


async def test_a_dry_run_asks_no_more_in_a_day_than_it_may_and_says_what_it_did_not_ask(
    alliance: TestAlliance,
) -> None:
    alliance = with_rules(alliance, dry_run_rows=3)
    await alliance.admitted("G02", phone="13900000002", address=ADDRESS.format(2))
    await alliance.admitted("G02", phone="13900000005", address=ADDRESS.format(5))
    await alliance.admitted("G01", phone="13900000006", address=ADDRESS.format(6))
    rows = [customer(number) for number in (1, 2, 3, 4, 5, 6, 4)]
    job = await imported(alliance, tracking_workbook(*rows), dry_run=True)

    # One's own customers, and the rows of the file among themselves, are no questions.
    assert [row[0] for row in await told(alliance, job)] == [
        "可以报备", "已在保护期", "可以报备", "登记时再核对", "登记时再核对", "本人已报备", "本人已报备",
    ]  # fmt: skip
    again = await imported(alliance, tracking_workbook(customer(2), customer(5)), dry_run=True)
    assert again.counts == {"CHECKED_LATER": 2}
    assert await alliance.count(ACTS, alliance.code, "staff.checked_protection") == 3


async def test_what_a_dry_run_asks_counts_with_what_is_asked_by_hand(alliance: TestAlliance) -> None:
    alliance = with_rules(alliance, dry_run_rows=3, per_minute=4)
    guide = await alliance.actor("G01")
    await check_protection(alliance.office, guide, CheckProtection(phone="13900000001"))
    file = tracking_workbook(*(customer(number) for number in range(1, 6)))
    job = await imported(alliance, file, dry_run=True)
    assert job.counts == {"PROTECTED": 2, "CHECKED_LATER": 3}
    await check_protection(alliance.office, guide, CheckProtection(phone="13900000001"))
    with pytest.raises(TooOften):
        await check_protection(alliance.office, guide, CheckProtection(phone="13900000001"))


async def test_a_dry_run_without_registrations_looks_like_probing(alliance: TestAlliance) -> None:
    alliance = with_rules(alliance, probing_checks=5, registrations_percent=20)
    file = tracking_workbook(*(customer(number) for number in range(1, 5)))
    await imported(alliance, file, dry_run=True)
    assert await alliance.count(ACTS, alliance.code, "staff.probing_suspected") == 0
    await imported(alliance, tracking_workbook(customer(5)), dry_run=True)
    assert await alliance.count(ACTS, alliance.code, "staff.probing_suspected") == 1


async def test_a_row_of_another_region_asks_at_once_with_its_reason_and_says_how_without(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_regional_alliance(fresh_pool, f"sheets{next(_numbers)}")
    rows = [[*customer(1), "老客户介绍"], [*customer(2), ""]]
    file = tracking_workbook(*rows, headings=[*HEADINGS, "跨区理由"])
    job = await imported(alliance, file, by="G03")

    assert job.counts == {"AWAITING_APPROVAL": 2}
    asked, waits = [row[1] for row in await told(alliance, job, columns=len(HEADINGS) + 1)]
    attempts = await fresh_pool.fetch("SELECT attempt_id FROM attempt ORDER BY sequence")
    assert await fresh_pool.fetchval("SELECT count(*) FROM approval") == 1
    assert "已按您写的理由" in asked
    assert any(str(row["attempt_id"]) in waits for row in attempts)


async def test_an_import_that_goes_wrong_each_time_fails_with_a_sentence_and_is_seen(
    alliance: TestAlliance,
) -> None:
    guide, pool = await alliance.actor("G01"), alliance.office.pool
    job = (
        await start_import(alliance.office, guide, StartImport(written=tracking_workbook(customer(1))))
    ).job
    # What the vault can never open again.
    await pool.execute("UPDATE import_piece SET sealed = substr(sealed, 1, 40) WHERE import_id = $1", job.id)
    for _ in range(SURPRISES):
        await pool.execute("UPDATE import_job SET retry_at = NULL WHERE import_id = $1", job.id)
        await run_imports(alliance.office, only=job.id)
    found = await read_import(alliance.office, guide, job.id)
    assert found is not None
    assert (found.state, found.problem) == (ImportState.FAILED, "INTERNAL")
    assert "重新上传" in explain_import_problem("INTERNAL").zh
    assert job.id in {failed.id for failed in (await list_parked(alliance.office)).imports}


async def test_a_file_is_known_again_after_an_erasure_has_taken_it_away(alliance: TestAlliance) -> None:
    file = tracking_workbook(customer(1), customer(2))
    first = await imported(alliance, file)
    async with alliance.office.pool.acquire() as connection:
        await import_files.take_away(connection, first.alliance_id)
    again = await start_import(alliance.office, await alliance.actor("G01"), StartImport(written=file))

    assert (again.repeated, again.job.id, again.job.counts) == (True, first.id, {"PROTECTED": 2})
    assert (again.job.has_result, again.job.taken_away) == (False, TakenAway.ERASURE)
    assert "删除了个人信息" in explain_no_result(again.job).zh
    assert await alliance.count("SELECT count(*) FROM attempt WHERE alliance_id = $1", first.alliance_id) == 2
