"""The sheet of a day over HTTP: what it says of a day that has passed, and what came after it was submitted."""

from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.classify_registration import ClassifyRegistration, classify_registration
from baobei.operations.correct_daily_report import CorrectDailyReport, correct_daily_report
from baobei.operations.customer_profile import Details
from baobei.operations.daily_reports import DailyReport, DailyReportRecorded
from baobei.operations.event_feed import hear
from baobei.operations.jobs import run_due
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.record_measurement import RecordMeasurement, record_measurement
from baobei.operations.results import Refused, RegistrationChanged
from baobei.operations.submit_daily_report import SubmitDailyReport, submit_daily_report
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.policy.terms import FollowUpKind
from baobei.store.organisation_models import Role
from graphql_client import GraphQLClient
from in_process import api_on
from staffed import MORE, employ

DAY = date(2026, 11, 1)
READ = """
query ($unit: String!, $date: Date!) { dailyReport(unitCode: $unit, date: $date) {
  state digest intact recordedAfter lineCount
  lines { ...line } linesRecordedAfter { ...line } } }
fragment line on DailyReportLine { position customer { name phone } source need standing daysLeft followUpDueAt
  entries { kind recordedBy said } }
"""
LIST = 'query ($unit: String) { dailyReports(unitCode: $unit, from: "2026-10-01", to: "2026-11-30") { edges { node { date } } } }'
REPORTS = "SELECT count(*) FROM daily_report"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance on a clock of its own: it is the morning of the day."""
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    await employ(made, *MORE, ("MKT", "HQ", Role.MARKETING_MANAGER))
    return made


@pytest.fixture
async def client(fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance) -> Any:
    """That alliance's API in this process."""
    async with api_on(fresh_pool, alliance.code) as opened:
        yield opened


async def read(client: GraphQLClient, by: str, unit: str = "PD", day: str = "2026-11-01") -> Any:
    answer = (await client.post(by, READ, {"unit": unit, "date": day})).json()
    assert "errors" not in answer, answer
    return answer["data"]["dailyReport"]


async def rows(client: GraphQLClient, by: str, unit: str = "PD") -> list[list[Any]]:
    answer = await client.http.get(f"/v1/reports/{unit}/2026-11-01.xlsx", headers=client.headers(by))
    assert answer.status_code == 200, answer.text
    return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()


async def a_customer(alliance: TestAlliance, by: str = "G01", number: int = 1, **more: Any) -> UUID:
    return await alliance.admitted(
        by,
        phone=f"1380000000{number}",
        address=ADDRESS.format(number),
        details=Details(need="三房要橱柜"),
        **more,
    )


async def touched(alliance: TestAlliance, id: UUID, by: str, note: str) -> None:
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note=note)
    answer = await record_follow_up(alliance.office, await alliance.actor(by), touch)
    assert not isinstance(answer, Refused), answer


async def passed(alliance: TestAlliance, id: UUID, to: str) -> None:
    asked = TransferRegistration(registration_id=id, to_staff_code=to, reason="交接")
    answer = await transfer_registration(alliance.office, await alliance.actor("HEAD"), asked)
    assert isinstance(answer, RegistrationChanged), answer


async def needs(alliance: TestAlliance, id: UUID, by: str, need: str) -> None:
    asked = ClassifyRegistration(registration_id=id, details=Details(need=need))
    answer = await classify_registration(alliance.office, await alliance.actor(by), asked)
    assert isinstance(answer, RegistrationChanged), answer


async def submitted(
    alliance: TestAlliance, by: str = "PDM", unit: str = "PD", day: date = DAY
) -> DailyReport:
    asked = SubmitDailyReport(unit_code=unit, day=day)
    answer = await submit_daily_report(alliance.office, await alliance.actor(by), asked)
    assert isinstance(answer, DailyReportRecorded), answer
    return answer.report


async def test_a_past_day_shows_a_registration_as_it_stood_at_its_end(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await a_customer(alliance)
    await alliance.travel("2026-11-01T23:59:59+08:00")
    before = await read(client, "PDM")
    await alliance.travel("2026-11-04T10:00:00+08:00")
    await touched(alliance, id, "G01", "三天后")
    await needs(alliance, id, "G01", "只要衣柜")
    await alliance.travel("2026-11-08T10:00:00+08:00")

    after = await read(client, "PDM")

    assert after["lines"] == before["lines"]
    assert (after["lines"][0]["need"], after["lines"][0]["daysLeft"]) == ("三房要橱柜", 10)
    assert after["lines"][0]["followUpDueAt"] == "2026-11-05T00:00:00+08:00"
    await submitted(alliance)
    late = await read(client, "PDM")
    assert (late["state"], late["lines"], late["intact"]) == ("LATE", before["lines"], True)


async def test_what_another_unit_did_since_is_on_no_sheet_of_the_unit_before(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await a_customer(alliance)
    await alliance.travel("2026-11-01T12:00:00+08:00")
    before = await read(client, "HEAD")
    await passed(alliance, id, "F01")
    await needs(alliance, id, "F01", "别墅全屋")
    measured = RecordMeasurement(registration_id=id, note="量了")
    await record_measurement(alliance.office, await alliance.actor("F01"), measured)
    await alliance.travel("2026-11-03T10:00:00+08:00")

    mine, theirs = await read(client, "HEAD"), await read(client, "HEAD", "YW")

    assert mine["lines"] == before["lines"]
    assert (theirs["lines"][0]["need"], theirs["lines"][0]["entries"][0]["said"]) == ("别墅全屋", "量了")
    shown = (await read(client, "PDM"))["lines"]
    assert (shown[0]["customer"]["phone"], shown[0]["need"]) == ("138****0001", "三房要橱柜")
    await submitted(alliance)
    assert (await read(client, "HEAD"))["lines"] == before["lines"]


@pytest.mark.parametrize(("by", "unit", "manager"), [("G01", "PD", "PDM"), ("F01", "YW", "SUP")])
async def test_a_measuring_visit_stands_on_the_sheet_with_its_note(
    alliance: TestAlliance, client: GraphQLClient, by: str, unit: str, manager: str
) -> None:
    id = await a_customer(alliance, by)
    asked = RecordMeasurement(registration_id=id, note="三室两厅，客户电话13900000009")
    await record_measurement(alliance.office, await alliance.actor(by), asked)
    draft = await read(client, manager, unit)
    await submitted(alliance, manager, unit)

    full, masked = await read(client, manager, unit), await read(client, "OPS", unit)

    assert [each["kind"] for each in full["lines"][0]["entries"]] == ["REGISTRATION", "MEASUREMENT"]
    assert full["lines"][0]["entries"][1]["said"] == "三室两厅，客户电话13900000009"
    assert (draft["lines"], full["intact"]) == (full["lines"], True)
    assert masked["lines"][0]["entries"][1]["said"] == "三室两厅，客户电话139****0009"
    assert "10:00 量尺：三室两厅" in str(await rows(client, manager, unit))


async def test_what_is_recorded_after_the_submission_is_listed_apart_and_changes_no_digest(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await a_customer(alliance)
    await submitted(alliance)
    before = await read(client, "PDM")
    await alliance.travel("2026-11-01T20:00:00+08:00")
    await touched(alliance, id, "G01", "晚上又打")
    await a_customer(alliance, "G02", 2)
    await alliance.travel("2026-11-02T20:00:00+08:00")
    await touched(alliance, id, "G01", "第二天")

    after, sheet = await read(client, "PDM"), await rows(client, "PDM")

    later = after.pop("linesRecordedAfter")
    assert after == {**{name: before[name] for name in after}, "recordedAfter": 2}
    assert [(each["position"], each["customer"]["phone"]) for each in later] == [
        (1, "13800000001"),
        (2, "13800000002"),
    ]
    assert [entry["said"] for entry in later[0]["entries"]] == ["晚上又打"]
    heading = [row[0] for row in sheet].index("报送后补记")
    assert [row[7] for row in sheet[heading + 1 : heading + 3]] == ["20:00 电话：晚上又打", "20:00 报备"]
    assert len(sheet) == heading + 3


async def test_lines_come_in_parts_drafts_and_frozen_alike(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    for number in range(1, 6):
        await a_customer(alliance, number=number)
    page = """query ($after: Int) { dailyReport(unitCode: "PD", date: "2026-11-01") { lineCount
        lines(first: 2, after: $after) { position customer { phone } } } }"""

    async def places(after: int) -> list[tuple[int, str]]:
        found = (await client.post("PDM", page, {"after": after})).json()["data"]["dailyReport"]
        assert found["lineCount"] == 5
        return [(each["position"], each["customer"]["phone"]) for each in found["lines"]]

    draft = [await places(after) for after in (0, 2, 4, 5, 2**31 - 1)]
    await submitted(alliance)

    assert [await places(after) for after in (0, 2, 4, 5, 2**31 - 1)] == draft
    assert [len(part) for part in draft] == [2, 2, 1, 0, 0]
    assert draft[1] == [(3, "13800000003"), (4, "13800000004")]


async def test_before_the_first_day_on_which_it_owed_one_a_unit_has_no_report(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_customer(alliance)
    await alliance.travel("2026-11-03T22:00:00+08:00")
    await run_due(alliance.office)
    await alliance.travel("2026-11-04T10:00:00+08:00")

    listed = (await client.post("OPS", LIST, {"unit": "PD"})).json()["data"]["dailyReports"]["edges"]
    asked = SubmitDailyReport(unit_code="PD", day=date(2026, 10, 31))
    answer = await submit_daily_report(alliance.office, await alliance.actor("PDM"), asked)

    assert [edge["node"]["date"] for edge in listed] == [f"2026-11-0{day}" for day in (4, 3, 2, 1)]
    assert await read(client, "PDM", day="2026-10-31") is None
    assert isinstance(answer, Refused)
    assert (answer.code, await alliance.count(REPORTS)) == ("NOT_OWED", 0)


async def test_a_unit_made_later_owes_from_then_on(alliance: TestAlliance, client: GraphQLClient) -> None:
    await a_customer(alliance)
    await alliance.travel("2026-11-03T22:00:00+08:00")
    await run_due(alliance.office)
    await alliance.travel("2026-11-04T10:00:00+08:00")
    unit = "INSERT INTO unit (alliance_id, unit_id, code, name, kind, region) SELECT alliance_id, gen_random_uuid(), 'XH', '徐汇店', 'STORE', '徐汇' FROM alliance WHERE code = $1"
    await alliance.office.pool.execute(unit, alliance.code)
    await employ(alliance, ("XHM", "XH", Role.STORE_MANAGER))

    listed = (await client.post("OPS", LIST, {"unit": "XH"})).json()["data"]["dailyReports"]["edges"]

    assert [edge["node"]["date"] for edge in listed] == ["2026-11-04"]
    assert await read(client, "XHM", "XH", "2026-11-03") is None


async def test_where_a_unit_has_no_manager_the_operations_manager_reports_for_it(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_customer(alliance)
    asked = SubmitDailyReport(unit_code="PD", day=DAY)
    refused = await submit_daily_report(alliance.office, await alliance.actor("OPS"), asked)
    await alliance.office.pool.execute("UPDATE staff SET active = false WHERE code = 'PDM'")

    others = [
        await submit_daily_report(alliance.office, await alliance.actor(by), asked)
        for by in ("SUP", "HEAD", "G01")
    ]
    report = await submitted(alliance, "OPS")
    correction = CorrectDailyReport(report_id=report.id, text="店长离职，代报")
    corrected = await correct_daily_report(alliance.office, await alliance.actor("OPS"), correction)

    assert [getattr(each, "code", None) for each in (refused, *others)] == ["NOT_OWNER"] * 4
    assert isinstance(corrected, DailyReportRecorded)


async def test_without_an_operations_manager_the_department_heads_receive(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await alliance.office.pool.execute(
        "UPDATE staff SET active = false WHERE 'OPERATIONS_MANAGER' = ANY (roles)"
    )

    report = await submitted(alliance)

    heads = {(await alliance.actor(code)).staff.id for code in ("HEAD", "HEAD2")}
    assert report.submitted is not None
    assert set(report.submitted.recipient_ids) == heads


async def test_a_report_is_told_to_whoever_reads_it_and_of_a_store_not_to_the_marketing_manager(
    alliance: TestAlliance,
) -> None:
    for by, unit in (("PDM", "PD"), ("SUP", "YW")):
        report = await submitted(alliance, by, unit)
        correction = CorrectDailyReport(report_id=report.id, text="漏了一位")
        await correct_daily_report(alliance.office, await alliance.actor(by), correction)
    await alliance.travel("2026-11-02T21:00:00+08:00")
    await run_due(alliance.office)

    boss = await alliance.actor("OPS")
    told = await hear(alliance.office, boss.alliance, after=0, listeners=[], at_most=100)

    def kinds(viewer: Any, unit: str) -> list[str]:
        mine = [
            each
            for each in told.heard
            if each.reporting and each.reporting.code == unit and each.reaches(viewer)
        ]
        return [each.letter.decode().partition('"type":"report.')[2].partition('"')[0] for each in mine]

    every = ["submitted", "corrected", "missed"]
    for code, hears in {
        "PDM": (every, []),
        "SUP": ([], every),
        "OPS": (every, every),
        "HEAD": (every, every),
        "MKT": ([], every),
        "G01": ([], []),
    }.items():
        viewer = (await alliance.actor(code)).staff
        assert (kinds(viewer, "PD"), kinds(viewer, "YW")) == hears, code


async def test_long_talks_go_on_in_the_next_row(alliance: TestAlliance, client: GraphQLClient) -> None:
    id = await a_customer(alliance)
    notes = [f"{number}" + "谈" * 1990 for number in range(20)]
    for note in notes:
        await touched(alliance, id, "G01", note)

    sheet = await rows(client, "PDM")

    first = next(place for place, row in enumerate(sheet) if row[0] == 1)
    going_on = [row for row in sheet[first + 1 :] if row[0] == "续"]
    said = "".join(row[7] for row in [sheet[first], *going_on])
    assert [note in said for note in notes] == [True] * len(notes)
    assert all(len(row[7]) < 1000 for row in going_on)


async def test_a_phone_in_a_name_is_hidden_from_who_does_not_see_the_customer(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await alliance.admitted("G01", name="王先生13912345678", phone="13800000001", address=ADDRESS.format(1))

    names = [(await read(client, by))["lines"][0]["customer"]["name"] for by in ("PDM", "OPS")]

    assert names == ["王先生13912345678", "王先生139****5678"]
