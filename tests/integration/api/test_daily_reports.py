"""Daily reports over HTTP: who submits and reads them, what stands on them, and the sheet that is printed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import asyncpg
import httpx2
import pytest
from python_calamine import CalamineWorkbook

from alliances import ADDRESS, TestAlliance, document_of, new_alliance, organisation_of
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.correct_daily_report import CorrectDailyReport, correct_daily_report
from baobei.operations.daily_reports import DailyReportRecorded
from baobei.operations.erase_person import ErasePerson, erase_person
from baobei.operations.jobs import run_due
from baobei.operations.note_missed_reports import note_missed_reports
from baobei.operations.publish_policy import PublishPolicy, publish_policy
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.results import Refused
from baobei.operations.submit_daily_report import SubmitDailyReport, submit_daily_report
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.policy.terms import FollowUpKind
from baobei.store.organisation_models import Role
from builders import policy
from graphql_client import GraphQLClient
from in_process import api_on
from staffed import MORE, employ

MORNING = "2026-11-01T10:00:00+08:00"
DAY = date(2026, 11, 1)
SUBMIT = """
mutation ($unit: String!, $date: Date!, $remark: String) {
  submitDailyReport(unitCode: $unit, date: $date, remark: $remark) {
    ... on DailyReportRecorded { report { id state digest submittedBy { code } lineCount recipients { code } copiedTo { code } } }
    ... on Refused { code message } } }
"""
READ = """
query ($unit: String!, $date: Date!) { dailyReport(unitCode: $unit, date: $date) {
  id state closesAt submittedAt remark digest intact recordedAfter lineCount clause { number }
  corrections { text correctedBy { code } }
  lines { position customer { name phone address masked erased } standing daysLeft followUpDueAt
          entries { kind recordedBy said } } } }
"""
LIST = """
query ($unit: String, $state: DailyReportState, $after: String, $from: Date, $first: Int) {
  dailyReports(unitCode: $unit, from: $from, state: $state, first: $first, after: $after) {
    edges { cursor node { state date unit { code } } } pageInfo { hasNextPage endCursor } } }
"""
CLOSES = """
query ($from: Date) { dailyReports(unitCode: "PD", from: $from) { edges { node { date closesAt } } } }
"""
COUNT = "SELECT count(*) FROM daily_report JOIN alliance USING (alliance_id) WHERE code = $1"
TOLD = """
SELECT payload ->> 'day'
  FROM outbox_event JOIN alliance USING (alliance_id)
 WHERE code = $1 AND event_type = $2
 ORDER BY outbox_id
"""


async def on_the_morning(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(pool)
    await made.travel(MORNING)
    await employ(made, *MORE, ("MKT", "HQ", Role.MARKETING_MANAGER))
    return made


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance for which it is morning throughout."""
    return await on_the_morning(pool)


@pytest.fixture
async def client(
    pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> AsyncIterator[GraphQLClient]:
    """The alliance's API in this process."""
    async with api_on(pool, alliance.code) as opened:
        yield opened


@pytest.fixture
async def traveller(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance on a clock of its own, for tests in which time passes."""
    return await on_the_morning(fresh_pool)


@pytest.fixture
async def traveller_client(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", traveller: TestAlliance
) -> AsyncIterator[GraphQLClient]:
    """That alliance's API in this process."""
    async with api_on(fresh_pool, traveller.code) as opened:
        yield opened


async def ask(client: GraphQLClient, by: str, query: str, **variables: Any) -> Any:
    answer = (await client.post(by, query, variables)).json()
    assert "errors" not in answer, answer
    (value,) = answer["data"].values()
    return value


async def a_day(alliance: TestAlliance) -> None:
    """G01 registers two and calls one of them; F01 registers one."""
    office, guide = alliance.office, await alliance.actor("G01")
    first = await alliance.register("G01", phone="13800000001", address=ADDRESS.format(1), note="看橱柜")
    await alliance.admitted("G01", phone="13800000002", address=ADDRESS.format(2))
    await alliance.admitted("F01", phone="13800000003", address=ADDRESS.format(3))
    touch = RecordFollowUp(
        registration_id=first.registration.id,  # type: ignore[union-attr]
        kind=FollowUpKind.CALL,
        note="=约周末，另一个号13900000009",
    )
    await record_follow_up(office, guide, touch)


async def submitted(alliance: TestAlliance, unit: str = "PD", by: str = "PDM") -> DailyReportRecorded:
    request = SubmitDailyReport(unit_code=unit, day=DAY, remark="周末人多")
    answer = await submit_daily_report(alliance.office, await alliance.actor(by), request)
    assert isinstance(answer, DailyReportRecorded), answer
    return answer


async def sheet(client: GraphQLClient, by: str, unit: str = "PD", day: str = "2026-11-01") -> httpx2.Response:
    return await client.http.get(f"/v1/reports/{unit}/{day}.xlsx", headers=client.headers(by))


def cells(answer: httpx2.Response) -> list[list[Any]]:
    assert answer.status_code == 200, answer.text
    return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()


async def told(alliance: TestAlliance, kind: str) -> list[str]:
    return [row[0] for row in await alliance.office.pool.fetch(TOLD, alliance.code, kind)]


async def test_a_draft_has_a_line_for_each_customer_with_all_that_was_recorded(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_day(alliance)

    report = await ask(client, "PDM", READ, unit="PD", date="2026-11-01")

    assert (report["state"], report["closesAt"], report["clause"]) == (
        "DRAFT",
        "2026-11-01T21:00:00+08:00",
        {"number": "3.1.1"},
    )
    called, other = report["lines"]
    assert [(entry["kind"], entry["said"]) for entry in called["entries"]] == [
        ("REGISTRATION", "看橱柜"),
        ("CALL", "=约周末，另一个号13900000009"),
    ]
    assert (called["customer"]["phone"], called["standing"], called["daysLeft"]) == (
        "13800000001",
        "PROTECTED",
        10,
    )
    assert called["followUpDueAt"] == "2026-11-05T00:00:00+08:00"
    assert [entry["recordedBy"] for entry in other["entries"]] == ["导购G01"]


async def test_the_manager_submits_and_the_operations_manager_receives(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_day(alliance)

    answer = await ask(client, "PDM", SUBMIT, unit="PD", date="2026-11-01", remark="周末人多")
    report = answer["report"]
    department = (await ask(client, "SUP", SUBMIT, unit="YW", date="2026-11-01"))["report"]

    assert (report["state"], report["submittedBy"], report["lineCount"]) == ("SUBMITTED", {"code": "PDM"}, 2)
    assert (report["recipients"], report["copiedTo"]) == ([{"code": "OPS"}], [])
    assert (department["recipients"], department["copiedTo"]) == ([{"code": "OPS"}], [{"code": "MKT"}])
    received = await ask(client, "OPS", READ, unit="PD", date="2026-11-01")
    assert (received["digest"], received["remark"], received["intact"]) == (
        report["digest"],
        "周末人多",
        True,
    )
    assert [line["customer"]["phone"] for line in received["lines"]] == ["138****0001", "138****0002"]
    assert received["lines"][0]["entries"][1]["said"] == "=约周末，另一个号139****0009"
    assert await told(alliance, "report.submitted") == ["2026-11-01", "2026-11-01"]


@pytest.mark.parametrize(
    ("by", "unit", "sees"),
    [
        ("PDM", "PD", True),
        ("PDM", "YW", False),
        ("SUP", "YW", True),
        ("SUP", "PD", False),
        ("OPS", "PD", True),
        ("HEAD", "YW", True),
        ("ADM", "PD", True),
        ("MKT", "YW", True),
        ("MKT", "PD", False),
        ("G01", "PD", False),
        ("F01", "YW", False),
        ("OPS", "HQ", False),
        ("OPS", "NONE", False),
    ],
)
async def test_who_may_not_read_a_report_sees_none_and_no_sheet(
    alliance: TestAlliance, client: GraphQLClient, by: str, unit: str, sees: bool
) -> None:
    found = await ask(client, by, READ, unit=unit, date="2026-11-01")
    listed = await ask(client, by, LIST, unit=unit)

    assert (found is not None) is sees
    assert bool(listed["edges"]) is sees
    assert (await sheet(client, by, unit)).status_code == (200 if sees else 404)


@pytest.mark.parametrize(
    ("by", "unit", "day", "code"),
    [
        ("G01", "PD", "2026-11-01", "NOT_OWNER"),
        ("SUP", "PD", "2026-11-01", "NOT_OWNER"),
        ("HEAD", "PD", "2026-11-01", "NOT_OWNER"),
        ("PDM", "NONE", "2026-11-01", "NOT_OWNER"),
        ("PDM", "HQ", "2026-11-01", "NOT_OWNER"),
        ("PDM", "PD", "2026-11-02", "NOT_YET"),
        ("PDM", "PD", "2026-10-31", "NOT_OWED"),
        ("OPS", "PD", "2026-11-01", "NOT_OWNER"),
    ],
)
async def test_a_refused_submission_writes_nothing(
    alliance: TestAlliance, client: GraphQLClient, by: str, unit: str, day: str, code: str
) -> None:
    answer = await ask(client, by, SUBMIT, unit=unit, date=day)

    assert answer["code"] == code
    assert answer["message"]
    assert await alliance.count(COUNT, alliance.code) == 0
    assert await told(alliance, "report.submitted") == []


async def test_what_was_submitted_stays_whatever_becomes_of_its_records(
    traveller: TestAlliance, traveller_client: GraphQLClient
) -> None:
    await a_day(traveller)
    frozen = (await submitted(traveller)).report
    before = await ask(traveller_client, "HEAD", READ, unit="PD", date="2026-11-01")
    ids = "SELECT registration_id FROM registration WHERE channel = 'STORE' ORDER BY sequence"
    first, second = [row[0] for row in await traveller.office.pool.fetch(ids)]
    head = await traveller.actor("HEAD")
    moved = TransferRegistration(registration_id=first, to_staff_code="F02", reason="交接")
    await transfer_registration(traveller.office, head, moved)
    touch = RecordFollowUp(registration_id=second, kind=FollowUpKind.SMS, note="报送以后")
    await record_follow_up(traveller.office, await traveller.actor("G01"), touch)
    await traveller.travel("2026-11-20T10:00:00+08:00")

    after = await ask(traveller_client, "HEAD", READ, unit="PD", date="2026-11-01")

    assert after == {**before, "recordedAfter": 1}
    assert after["digest"] == frozen.submitted.digest.hex()  # type: ignore[union-attr]


async def test_an_erased_person_is_shown_as_erased_and_the_digest_stands(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_day(alliance)
    await submitted(alliance)
    actor = await alliance.actor("HEAD")
    asked = ErasePerson(phone="13800000001", address=None, reason="本人要求")
    await erase_person(alliance.office, actor.alliance, asked)

    report = await ask(client, "PDM", READ, unit="PD", date="2026-11-01")

    gone, other = report["lines"]
    assert (gone["customer"]["name"], gone["customer"]["phone"], gone["customer"]["erased"]) == (
        "已删除",
        "",
        True,
    )
    assert [entry["said"] for entry in gone["entries"]] == ["已删除", "已删除"]
    assert (gone["standing"], gone["daysLeft"]) == ("PROTECTED", 10)
    assert other["customer"]["phone"] == "13800000002"
    assert (report["remark"], report["intact"]) == ("已删除", True)
    assert "13800000001" not in str(cells(await sheet(client, "PDM")))


async def test_a_sheet_that_somebody_changed_is_not_intact(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_day(alliance)
    await submitted(alliance)
    async with alliance.office.pool.acquire() as connection:
        await connection.execute(
            "ALTER TABLE daily_report_line DISABLE TRIGGER daily_report_line_append_only"
        )
        await connection.execute("UPDATE daily_report_line SET days_left = 30 WHERE line = 2")

    assert (await ask(client, "PDM", READ, unit="PD", date="2026-11-01"))["intact"] is False


async def test_a_submitted_report_is_corrected_by_what_is_added(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    report = (await submitted(alliance)).report
    again = await ask(client, "PDM", SUBMIT, unit="PD", date="2026-11-01")
    correct = 'mutation ($id: ID!) { correctDailyReport(reportId: $id, text: "漏了一位") { __typename ... on Refused { code } } }'

    done = await ask(client, "PDM", correct, id=str(report.id))
    refused = [await ask(client, by, correct, id=str(report.id)) for by in ("OPS", "G01", "SUP")]

    assert again["code"] == "ALREADY_SUBMITTED"
    assert done["__typename"] == "DailyReportRecorded"
    assert [each["code"] for each in refused] == ["NOT_OWNER"] * 3
    read = await ask(client, "OPS", READ, unit="PD", date="2026-11-01")
    assert read["corrections"] == [{"text": "漏了一位", "correctedBy": {"code": "PDM"}}]
    assert (read["remark"], read["intact"]) == ("周末人多", True)


CORRECTIONS = (
    "SELECT count(*) FROM daily_report_correction c JOIN alliance a USING (alliance_id) WHERE a.code = $1"
)
# Each with the remark of the report for its text.
NINETY_EIGHT_MORE = """
INSERT INTO daily_report_correction (alliance_id, correction_id, report_id, corrected_at, corrected_by_id, text_id)
SELECT r.alliance_id, gen_random_uuid(), r.report_id, r.submitted_at, r.submitted_by_id, r.remark_id
  FROM daily_report r, generate_series(1, 98)
 WHERE r.report_id = $1
"""
CORRECTED = (
    "SELECT count(*) FROM audit_event e JOIN alliance a USING (alliance_id)"
    " WHERE a.code = $1 AND e.kind = 'report.corrected'"
)


async def test_a_correction_sent_twice_under_its_key_is_added_once(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    report = (await submitted(alliance)).report
    correct = """mutation ($id: ID!, $text: String!) { correctDailyReport(reportId: $id, text: $text, idempotencyKey: "k1") {
        __typename ... on DailyReportRecorded { report { id state corrections { text } } } ... on Refused { code } } }"""

    first, again = [await ask(client, "PDM", correct, id=str(report.id), text="漏了一位") for _ in range(2)]
    other = await ask(client, "PDM", correct, id=str(report.id), text="多了一位")

    assert first == again
    assert first["report"]["corrections"] == [{"text": "漏了一位"}]
    assert other == {"__typename": "Refused", "code": "IDEMPOTENCY_KEY_REUSED"}
    assert await alliance.count(CORRECTIONS, alliance.code) == 1
    assert await alliance.count(CORRECTED, alliance.code) == 1


async def test_of_one_correction_sent_at_once_one_is_added(alliance: TestAlliance) -> None:
    report = (await submitted(alliance)).report
    manager = await alliance.actor("PDM")
    correction = CorrectDailyReport(report_id=report.id, text="漏了一位", idempotency_key="k1")

    answers = await asyncio.gather(
        *(correct_daily_report(alliance.office, manager, correction) for _ in range(4))
    )

    assert not [answer for answer in answers if isinstance(answer, Refused)]
    assert await alliance.count(CORRECTIONS, alliance.code) == 1


async def test_corrections_are_as_many_as_can_be_read_also_when_sent_at_once(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    report = (await submitted(alliance)).report
    manager = await alliance.actor("PDM")
    await alliance.office.pool.execute(NINETY_EIGHT_MORE, report.id)

    answers = await asyncio.gather(
        *(
            correct_daily_report(
                alliance.office, manager, CorrectDailyReport(report_id=report.id, text=f"漏了第{number}位")
            )
            for number in range(4)
        )
    )

    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [(each.code, "100" in each.message.zh) for each in refused] == [("LIMIT", True)] * 2
    assert await alliance.count(CORRECTIONS, alliance.code) == 100
    assert await alliance.count(CORRECTED, alliance.code) == 2
    read = "query ($unit: String!, $date: Date!) { dailyReport(unitCode: $unit, date: $date) { corrections(first: 100) { text } } }"
    assert len((await ask(client, "PDM", read, unit="PD", date=str(DAY)))["corrections"]) == 100


async def test_what_was_never_submitted_cannot_be_corrected(alliance: TestAlliance) -> None:
    found = await submitted(alliance)
    other = CorrectDailyReport(report_id=None, text="漏了一位")

    answer = await correct_daily_report(alliance.office, await alliance.actor("PDM"), other)

    assert isinstance(answer, Refused)
    assert (answer.code, found.report.state.value) == ("NOT_OWNER", "SUBMITTED")


async def test_a_missed_closing_time_is_told_once_and_a_late_report_is_late(
    traveller: TestAlliance, traveller_client: GraphQLClient
) -> None:
    await a_day(traveller)
    await submitted(traveller, "YW", "SUP")
    await traveller.travel("2026-11-01T20:59:59+08:00")
    await run_due(traveller.office)
    early = await told(traveller, "report.missed")
    await traveller.travel("2026-11-01T21:00:00+08:00")
    assert (await ask(traveller_client, "OPS", READ, unit="PD", date="2026-11-01"))["state"] == "MISSING"

    await asyncio.gather(*(note_missed_reports(traveller.office) for _ in range(4)))
    await run_due(traveller.office)
    late = (await submitted(traveller)).report
    await run_due(traveller.office)

    assert (early, await told(traveller, "report.missed")) == ([], ["2026-11-01"])
    assert late.state.value == "LATE"
    subject = "SELECT count(*) FROM audit_event WHERE kind = 'report.missed' AND subject_id = $1 AND occurred_at = $2"
    assert await traveller.count(subject, late.id, late.closes_at) == 1


async def test_days_that_passed_without_a_worker_are_caught_up(traveller: TestAlliance) -> None:
    await a_day(traveller)
    await note_missed_reports(traveller.office)
    await traveller.travel("2026-11-04T09:00:00+08:00")

    noted = await note_missed_reports(traveller.office)

    days = ["2026-11-01", "2026-11-02", "2026-11-03"]
    # The headquarters owes none; the store and the department each a day.
    assert (noted.days, noted.missed) == (3, 6)
    assert sorted(await told(traveller, "report.missed")) == sorted(days * 2)
    assert (await note_missed_reports(traveller.office)).days == 0


async def test_of_two_who_submit_at_once_one_is_told_that_it_was_done(alliance: TestAlliance) -> None:
    await a_day(alliance)
    actor, request = await alliance.actor("PDM"), SubmitDailyReport(unit_code="PD", day=DAY)

    answers = await asyncio.gather(*(submit_daily_report(alliance.office, actor, request) for _ in range(8)))

    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert refused == ["ALREADY_SUBMITTED"] * 7
    assert await alliance.count(COUNT, alliance.code) == 1
    assert await told(alliance, "report.submitted") == ["2026-11-01"]


async def test_what_is_recorded_while_somebody_submits_is_on_the_sheet_or_told_beside_it(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_day(alliance)
    numbers = range(10, 30)

    await asyncio.gather(
        *(
            alliance.admitted("G02", phone=f"138000000{number}", address=ADDRESS.format(number))
            for number in numbers
        ),
        submitted(alliance),
    )

    report = await ask(client, "PDM", READ, unit="PD", date="2026-11-01")
    assert report["lineCount"] + report["recordedAfter"] == 2 + len(numbers)
    assert report["intact"] is True


async def test_a_record_stays_on_the_day_of_the_unit_in_which_its_person_worked(
    traveller: TestAlliance, traveller_client: GraphQLClient
) -> None:
    await a_day(traveller)
    await traveller.travel("2026-11-01T16:00:00+08:00")
    file = organisation_of(traveller.code, guides=["G02", "G03"], salespeople=["G01"])
    await apply_organisation(traveller.office, file)
    await traveller.admitted("G01", phone="13800000004", address=ADDRESS.format(4))

    store = await ask(traveller_client, "PDM", READ, unit="PD", date="2026-11-01")
    department = await ask(traveller_client, "SUP", READ, unit="YW", date="2026-11-01")

    assert len(store["lines"]) == 2
    assert [line["customer"]["phone"] for line in department["lines"]] == ["13800000003", "13800000004"]


async def test_reports_are_listed_by_day_and_unit_in_pages_and_by_state(
    traveller: TestAlliance, traveller_client: GraphQLClient
) -> None:
    await a_day(traveller)
    await submitted(traveller)
    await traveller.travel("2026-11-02T10:00:00+08:00")

    page = await ask(traveller_client, "OPS", LIST, first=3, **{"from": "2026-11-01"})
    rest = await ask(
        traveller_client, "OPS", LIST, first=3, after=page["pageInfo"]["endCursor"], **{"from": "2026-11-01"}
    )
    missing = await ask(traveller_client, "OPS", LIST, state="MISSING", **{"from": "2026-11-01"})

    def rows(found: Any) -> list[tuple[str, str, str]]:
        return [(n["date"], n["unit"]["code"], n["state"]) for n in (edge["node"] for edge in found["edges"])]

    assert rows(page) == [
        ("2026-11-02", "PD", "DRAFT"),
        ("2026-11-02", "YW", "DRAFT"),
        ("2026-11-01", "PD", "SUBMITTED"),
    ]
    assert (page["pageInfo"]["hasNextPage"], rows(rest)) == (True, [("2026-11-01", "YW", "MISSING")])
    assert rows(missing) == [("2026-11-01", "YW", "MISSING")]


async def test_a_cursor_stays_good_when_its_report_leaves_the_state_and_one_of_no_such_day_is_refused(
    traveller: TestAlliance, traveller_client: GraphQLClient
) -> None:
    await a_day(traveller)
    await traveller.travel("2026-11-03T10:00:00+08:00")
    asked = {"from": "2026-11-01", "state": "MISSING"}
    page = await ask(traveller_client, "OPS", LIST, first=1, **asked)
    (edge,) = page["edges"]
    left = (edge["node"]["unit"]["code"], edge["node"]["date"])
    assert left == ("PD", "2026-11-02")
    request = SubmitDailyReport(unit_code="PD", day=date(2026, 11, 2))
    await submit_daily_report(traveller.office, await traveller.actor("PDM"), request)
    rest = await ask(traveller_client, "OPS", LIST, first=9, after=edge["cursor"], **asked)
    elsewhere = {"after": edge["cursor"], "from": "2026-11-03"}
    answer = (await traveller_client.post("OPS", LIST, elsewhere)).json()

    listed = [(each["node"]["date"], each["node"]["unit"]["code"]) for each in rest["edges"]]
    assert listed == [("2026-11-02", "YW"), ("2026-11-01", "PD"), ("2026-11-01", "YW")]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_day_in_a_list_closes_as_the_policy_had_it_when_the_day_began(
    traveller: TestAlliance, traveller_client: GraphQLClient
) -> None:
    await a_day(traveller)
    document = document_of(policy(closing_time=time(12)))
    await publish_policy(
        traveller.office,
        PublishPolicy(
            alliance_code=traveller.code,
            document=document,
            name="next.yaml",
            effective_from=datetime.fromisoformat("2026-11-02T00:00:00+08:00"),
        ),
    )
    await traveller.travel("2026-11-03T10:00:00+08:00")
    listed = await ask(traveller_client, "OPS", CLOSES, **{"from": "2026-11-01"})

    found = {edge["node"]["date"]: edge["node"]["closesAt"] for edge in listed["edges"]}
    alone = {
        day: (await ask(traveller_client, "OPS", READ, unit="PD", date=day))["closesAt"] for day in found
    }
    assert found == alone
    assert len({closes[11:] for closes in found.values()}) == 2


async def test_the_sheet_is_read_back_as_it_is_on_paper(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await a_day(alliance)
    report = (await submitted(alliance)).report

    answer = await sheet(client, "PDM")
    rows = cells(answer)
    masked = cells(await sheet(client, "OPS"))

    assert answer.headers["content-disposition"].startswith('attachment; filename="2026-11-01.xlsx"')
    assert rows[0][0] == "意向客户跟踪表"
    assert "浦东店（PD）" in rows[1][0]
    assert rows[2][0] == "日期：2026-11-01　　状态：已报送　　报送：店长 11-01 10:00"
    assert report.submitted is not None
    assert rows[3][0] == f"呈送：运营经理　　校验码：{report.submitted.digest.hex()[:12]}"
    assert rows[4] == ["序号", "时间", "客户姓名", "电话", "地址", "来源", "需求", "洽谈内容", "下一步", "报备状态", "剩余天数", "跟进人"]  # fmt: skip
    assert rows[5] == [
        1, "10:00", "王小明", "13800000001", ADDRESS.format(1), "", "",
        "10:00 报备：看橱柜\n10:00 电话：=约周末，另一个号13900000009", "最晚11月4日跟进", "保护中", 10, "导购G01",
    ]  # fmt: skip
    assert rows[7][0] == "备注：周末人多"
    assert [row[3] for row in masked[5:7]] == ["138****0001", "138****0002"]


async def test_a_cell_that_begins_a_formula_is_text(alliance: TestAlliance, client: GraphQLClient) -> None:
    await alliance.register("G01", name="=1+1", phone="13800000001", address=ADDRESS.format(1))

    assert cells(await sheet(client, "PDM"))[4][2] == "'=1+1"


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "today", "0001-01-01", "9999-12-31", "20261101"])
async def test_what_is_no_day_is_answered_as_such(
    alliance: TestAlliance, client: GraphQLClient, day: str
) -> None:
    answer = await sheet(client, "PDM", day=day)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")


async def test_without_a_token_there_is_no_sheet(client: GraphQLClient) -> None:
    assert (await client.http.get("/v1/reports/PD/2026-11-01.xlsx")).status_code == 401
