"""Figures and targets over HTTP: each role reads what is theirs, in GraphQL and as a workbook."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from alliances import TestAlliance, new_alliance, organisation_of
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.export_figures import OF_OUTCOME, OF_STATUS
from baobei.organisation_file import StaffEntry, UnitEntry
from baobei.policy.disputes import DisputeStatus
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.organisation_models import Role, UnitKind
from figure_stage import FigureStage
from graphql_client import GraphQLClient
from in_process import api_on
from staffed import employ

FIGURES = """
query ($month: Date!, $groupBy: FigureGroup, $staffCode: String, $unitCode: String, $first: Int, $after: String) {
  figures(month: $month, groupBy: $groupBy, staffCode: $staffCode, unitCode: $unitCode, first: $first, after: $after) {
    month countedAt pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { cursor node {
      staff { code } unit { code } attempts attemptsByOutcome { outcome attempts } registered lapsed lapseRateBp
      expired expiryRateBp converted conversionBp followUpsMet followUpsMissed followUpComplianceBp creditedOrders
      creditedAmount disputes disputesByStatus { status disputes } targetAmount targetOrders amountReachedBp ordersReachedBp } }
  }
}
"""
SET_TARGET = """
mutation ($input: SetTargetInput!) {
  setTarget(input: $input) {
    ... on TargetRecorded { target { id month amount orders setAt staff { code } unit { code } setBy { code } } }
    ... on Refused { code message clause { number } }
  }
}
"""
NOVEMBER = "2026-11-01"
TARGETS = "SELECT count(*) FROM sales_target t JOIN alliance a USING (alliance_id) WHERE a.code = $1"
ACTS = "SELECT count(*) FROM audit_event e JOIN alliance a USING (alliance_id) WHERE a.code = $1 AND kind = 'target.set'"
RENAME = "UPDATE staff SET name = '=1+1' WHERE code = 'F02'"
MORE = (
    ("ADM", "HQ", Role.ADMINISTRATOR),
    ("FIN", "HQ", Role.FINANCE),
    ("MKT", "HQ", Role.MARKETING_MANAGER),
    ("CRM", "HQ", Role.INTEGRATION),
)
EVERYBODY = {
    "HEAD",
    "OPS",
    "PDM",
    "SUP",
    "G01",
    "G02",
    "G03",
    "F01",
    "F02",
    "F03",
    "ADM",
    "FIN",
    "MKT",
    "CRM",
}


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    await pool.execute("DELETE FROM dev_clock")
    made = await new_alliance(pool)
    await employ(made, *MORE)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


@pytest.fixture
async def client(alliance: TestAlliance) -> AsyncIterator[GraphQLClient]:
    async with api_on(alliance.office.pool, alliance.code) as opened:
        yield opened


async def rows(client: GraphQLClient, viewer: str, **asked: Any) -> dict[str, dict[str, Any]]:
    """The rows of November by the code of whom they are."""
    page = await client.one(viewer, FIGURES, **{"month": NOVEMBER, "first": 100, **asked})
    return {code_of(edge["node"]): edge["node"] for edge in page["edges"]}


def code_of(row: dict[str, Any]) -> str:
    whose: dict[str, str] | None = row["staff"] or row["unit"]
    return "" if whose is None else whose["code"]


async def told(stage: FigureStage) -> None:
    await stage.play(
        ("11-01 10:00", "register", "F01"),
        ("11-02 10:00", "follow_up", "F01"),
        ("11-03 10:00", "order", 1_280_000),
        ("11-03 10:00", "register", "F01"),
        ("11-03 10:00", "register", "G01"),
        ("11-20 10:00", "wait"),
    )


async def test_a_month_of_a_person_in_full(alliance: TestAlliance, client: GraphQLClient) -> None:
    await told(FigureStage(alliance=alliance))
    target = {"staffCode": "F01", "month": NOVEMBER, "amount": "25600.00", "orders": 4}
    await client.one("OPS", SET_TARGET, input=target)
    page = await client.one("F01", FIGURES, month=NOVEMBER)
    (edge,) = page["edges"]
    assert (page["month"], page["countedAt"]) == (NOVEMBER, "2026-11-20T10:00:00+08:00")
    assert edge["node"] == {
        "staff": {"code": "F01"},
        "unit": None,
        "attempts": 2,
        "attemptsByOutcome": [{"outcome": "PROTECTED", "attempts": 2}],
        "registered": 2,
        "lapsed": 1,
        "lapseRateBp": 5000,
        "expired": 1,
        "expiryRateBp": 5000,
        "converted": 1,
        "conversionBp": 5000,
        "followUpsMet": 1,
        "followUpsMissed": 1,
        "followUpComplianceBp": 5000,
        "creditedOrders": 1,
        "creditedAmount": "12800.00",
        "disputes": 0,
        "disputesByStatus": [],
        "targetAmount": "25600.00",
        "targetOrders": 4,
        "amountReachedBp": 5000,
        "ordersReachedBp": 2500,
    }


async def test_each_reads_their_own_their_units_or_everybodys(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    for viewer in ("HEAD", "OPS", "MKT", "ADM", "FIN"):
        assert set(await rows(client, viewer)) == EVERYBODY, viewer
        assert set(await rows(client, viewer, groupBy="UNIT")) == {"HQ", "PD", "YW"}, viewer
        assert set(await rows(client, viewer, groupBy="ALLIANCE")) == {""}, viewer
    for viewer, theirs, unit in (
        ("SUP", {"SUP", "F01", "F02", "F03"}, "YW"),
        ("PDM", {"PDM", "G01", "G02", "G03"}, "PD"),
    ):
        assert set(await rows(client, viewer)) == theirs
        assert set(await rows(client, viewer, groupBy="UNIT")) == {unit}
        assert set(await rows(client, viewer, unitCode=unit)) == theirs
        assert set(await rows(client, viewer, groupBy="ALLIANCE")) == set()
    for viewer in ("F01", "G01", "CRM"):
        assert set(await rows(client, viewer)) == {viewer}
        assert await rows(client, viewer, groupBy="UNIT") == {}
        assert await rows(client, viewer, groupBy="ALLIANCE") == {}


@pytest.mark.parametrize(
    ("viewer", "asked", "field"),
    [
        ("F01", {"staffCode": "F02"}, "staffCode"),
        ("SUP", {"staffCode": "G01"}, "staffCode"),
        ("HEAD", {"staffCode": "NOBODY"}, "staffCode"),
        ("F01", {"unitCode": "YW"}, "unitCode"),
        ("SUP", {"unitCode": "PD"}, "unitCode"),
        ("PDM", {"unitCode": "YW", "groupBy": "UNIT"}, "unitCode"),
        ("FIN", {"unitCode": "NOWHERE"}, "unitCode"),
    ],
)
async def test_what_is_not_theirs_looks_like_what_there_is_not(
    client: GraphQLClient, viewer: str, asked: dict[str, str], field: str
) -> None:
    error = await client.error(viewer, FIGURES, month=NOVEMBER, **asked)
    assert (error["code"], error["field"]) == ("NOT_FOUND", field)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"month": "2026-11-02"}, "month"),
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"after": "nonsense"}, "after"),
        ({"staffCode": " "}, "staffCode"),
        ({"staffCode": "F01", "groupBy": "UNIT"}, "staffCode"),
        ({"staffCode": "F01", "unitCode": "YW"}, "staffCode"),
        ({"unitCode": "YW", "groupBy": "ALLIANCE"}, "unitCode"),
    ],
)
async def test_bad_input_is_named(client: GraphQLClient, asked: dict[str, Any], field: str) -> None:
    error = await client.error("OPS", FIGURES, **{"month": NOVEMBER, **asked})
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)


async def test_pages_follow_one_another_to_the_end(client: GraphQLClient) -> None:
    codes, after, more = [], None, True
    while more:
        page = await client.one("OPS", FIGURES, month=NOVEMBER, first=5, after=after)
        codes += [code_of(edge["node"]) for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert codes == sorted(EVERYBODY)


async def test_a_target_is_set_again_and_the_earlier_version_stays(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    first = {"unitCode": "YW", "month": NOVEMBER, "amount": "100.00"}
    for aim in (first, first, {**first, "amount": "200.00", "orders": 3}):
        answer = await client.one("ADM", SET_TARGET, input=aim)
    assert answer["target"].pop("id")
    assert answer["target"] == {
        "month": NOVEMBER,
        "amount": "200.00",
        "orders": 3,
        "setAt": "2026-11-01T10:00:00+08:00",
        "staff": None,
        "unit": {"code": "YW"},
        "setBy": {"code": "ADM"},
    }
    assert await alliance.count(TARGETS, alliance.code) == await alliance.count(ACTS, alliance.code) == 2


@pytest.mark.parametrize("whose", [{"staffCode": "F01"}, {"unitCode": "YW"}, {"wholeAlliance": True}])
async def test_what_a_target_leaves_out_stays_as_it_was_set_before(
    alliance: TestAlliance, client: GraphQLClient, whose: dict[str, Any]
) -> None:
    found = []
    for part in ({"amount": "100.00"}, {"orders": 3}, {"amount": "0.00", "orders": None}, {"orders": 3}):
        answer = await client.one("OPS", SET_TARGET, input={**whose, "month": NOVEMBER, **part})
        found.append((answer["target"]["amount"], answer["target"]["orders"]))
    assert found == [("100.00", None), ("100.00", 3), ("0.00", 3), ("0.00", 3)]
    december = {**whose, "month": "2026-12-01", "orders": 5}
    answer = await client.one("OPS", SET_TARGET, input=december)
    assert (answer["target"]["amount"], answer["target"]["orders"]) == (None, 5)
    assert await alliance.count(TARGETS, alliance.code) == await alliance.count(ACTS, alliance.code) == 4


async def test_parts_of_a_target_set_at_once_are_both_kept(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    whose = {"staffCode": "F01", "month": NOVEMBER}
    parts = ({"amount": "100.00"}, {"orders": 3}) * 3
    await asyncio.gather(*(client.one("OPS", SET_TARGET, input={**whose, **part}) for part in parts))
    row = (await rows(client, "F01"))["F01"]
    assert (row["targetAmount"], row["targetOrders"]) == ("100.00", 3)
    assert await alliance.count(TARGETS, alliance.code) == 2


async def test_the_alliance_aims_at_what_its_units_do_once_each_that_registers_has_a_target(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    async def aimed() -> tuple[Any, ...]:
        whole = (await rows(client, "FIN", groupBy="ALLIANCE"))[""]
        return (
            whole["targetAmount"],
            whole["targetOrders"],
            whole["amountReachedBp"],
            whole["ordersReachedBp"],
        )

    for aim, expected in (
        ({"unitCode": "YW", "amount": "500.00"}, (None, None, None, None)),
        ({"unitCode": "HQ", "amount": "0.25"}, (None, None, None, None)),
        ({"unitCode": "PD", "amount": "0.50"}, ("500.75", None, 0, None)),
        ({"unitCode": "PD", "orders": 2}, ("500.75", None, 0, None)),
        ({"unitCode": "YW", "orders": 3}, ("500.75", 5, 0, 0)),
        ({"wholeAlliance": True, "amount": "900.00"}, ("900.00", 5, 0, 0)),
        ({"wholeAlliance": True, "orders": 9}, ("900.00", 9, 0, 0)),
    ):
        await client.one("OPS", SET_TARGET, input={**aim, "month": NOVEMBER})
        assert await aimed() == expected, aim


async def test_a_month_that_is_over_aims_at_what_it_did_when_a_unit_opens_later(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await told(FigureStage(alliance=alliance))
    for unit in ("YW", "PD"):
        await client.one("OPS", SET_TARGET, input={"unitCode": unit, "month": NOVEMBER, "orders": 2})
    opened = UnitEntry(code="PD2", name="浦东二店", kind=UnitKind.STORE, region="浦东")
    guide = StaffEntry(code="G09", name="新导购", unit="PD2", roles=[Role.GUIDE])
    file = organisation_of(alliance.code, guides=[], salespeople=[])
    await alliance.travel("2026-12-01T10:00:00+08:00")
    await apply_organisation(
        alliance.office, file.model_copy(update={"units": [*file.units, opened], "staff": [guide]})
    )
    assert (await rows(client, "FIN", groupBy="ALLIANCE"))[""]["targetOrders"] == 4


@pytest.mark.parametrize(
    ("input", "code"),
    [
        ({"staffCode": "NOBODY", "month": NOVEMBER, "orders": 1}, "UNKNOWN_STAFF"),
        ({"unitCode": "NOWHERE", "month": NOVEMBER, "orders": 1}, "UNKNOWN_UNIT"),
        ({"staffCode": "F01", "month": "2026-10-01", "orders": 1}, "MONTH_OVER"),
    ],
)
async def test_a_target_that_cannot_be_set_is_refused(
    alliance: TestAlliance, client: GraphQLClient, input: dict[str, Any], code: str
) -> None:
    answer = await client.one("OPS", SET_TARGET, input=input)
    assert (answer["code"], answer["clause"]) == (code, None)
    assert await alliance.count(TARGETS, alliance.code) == await alliance.count(ACTS, alliance.code) == 0


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({"month": NOVEMBER, "orders": 1}, "input.staffCode"),
        ({"month": NOVEMBER, "orders": 1, "wholeAlliance": False}, "input.staffCode"),
        ({"month": NOVEMBER, "orders": 1, "staffCode": "F01", "unitCode": "YW"}, "input.staffCode"),
        ({"month": NOVEMBER, "orders": 1, "unitCode": "YW", "wholeAlliance": True}, "input.staffCode"),
        ({"month": NOVEMBER, "staffCode": "F01"}, "input.amount"),
        ({"month": NOVEMBER, "staffCode": "F01", "amount": "-1.00"}, "input.amount"),
        ({"month": NOVEMBER, "staffCode": "F01", "orders": -1}, "input.orders"),
        ({"month": "2026-11", "staffCode": "F01", "orders": 1}, "input.month"),
    ],
)
async def test_a_target_that_says_too_little_or_too_much_is_bad_input(
    alliance: TestAlliance, client: GraphQLClient, input: dict[str, Any], field: str
) -> None:
    error = await client.error("OPS", SET_TARGET, input=input)
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)
    assert await alliance.count(TARGETS, alliance.code) == 0


@pytest.mark.parametrize(
    ("whose", "expected"),
    [
        (
            {},
            "expected whose target it is: the code of a person here, that of a unit in unitCode, or wholeAlliance",
        ),
        ({"staffCode": "F01", "unitCode": "YW"}, "expected one of staffCode, unitCode and wholeAlliance"),
    ],
)
async def test_who_does_not_say_whose_a_target_is_is_told_what_to_say(
    client: GraphQLClient, whose: dict[str, str], expected: str
) -> None:
    asked = {"input": {"month": NOVEMBER, "orders": 1, **whose}}
    (error,) = (await client.post("OPS", SET_TARGET, asked)).json()["errors"]
    assert expected in error["message"]


@pytest.mark.parametrize("viewer", ["HEAD", "MKT", "FIN", "SUP", "PDM", "F01", "G01", "CRM"])
async def test_targets_are_set_by_operations_managers_and_administrators_alone(
    alliance: TestAlliance, client: GraphQLClient, viewer: str
) -> None:
    aim = {"staffCode": "F01", "month": NOVEMBER, "orders": 1}
    assert (await client.error(viewer, SET_TARGET, input=aim))["code"] == "FORBIDDEN"
    assert await alliance.count(TARGETS, alliance.code) == 0


async def sheet(client: GraphQLClient, viewer: str, **query: str) -> list[list[Any]]:
    """The workbook of November, read back."""
    answer = await client.http.get("/v1/figures/2026-11.xlsx", params=query, headers=client.headers(viewer))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    opened = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert opened.sheet_names == ["2026-11"]
    return opened.get_sheet_by_index(0).to_python()


async def test_the_workbook_has_the_same_figures_and_no_formula(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await told(FigureStage(alliance=alliance))
    await alliance.office.pool.execute(RENAME)
    heading, *people = await sheet(client, "SUP")
    assert [tuple(row[:2]) for row in people[1:]] == [("F02", "'=1+1"), ("F03", "业务员F03"), ("SUP", "主管")]
    (seller,) = (dict(zip(heading, row, strict=True)) for row in people if row[0] == "F01")
    told_of = {name.split(" ", 1)[1]: value for name, value in seller.items() if value not in (0, "")}
    assert told_of == {
        "Code": "F01", "Name": "业务员F01", "Unit": "业务部", "Attempts": 2, "Protected": 2, "Registered": 2,
        "Lapsed": 1, "Lapse rate": 50, "Expired": 1, "Expiry rate": 50, "Converted": 1, "Conversion": 50,
        "Follow-ups in time": 1, "Follow-ups missed": 1, "Compliance": 50, "Credited orders": 1,
        "Credited amount": 12_800,
    }  # fmt: skip
    assert [seller[name] for name in heading if "目标" in name or "完成" in name] == ["", "", "", ""]
    credited = heading.index("业绩金额(元) Credited amount")
    _, *units = await sheet(client, "FIN", groupBy="UNIT")
    assert [(row[0], row[credited]) for row in units] == [("HQ", 0), ("PD", 0), ("YW", 12_800)]
    _, whole = await sheet(client, "FIN", groupBy="ALLIANCE")
    registered = heading.index("成功报备 Registered")
    assert (whole[1], whole[registered], whole[credited]) == ("联盟合计 Alliance", 3, 12_800)
    assert len(await sheet(client, "G01")) == 2


async def test_the_workbook_says_what_became_of_attempts_and_disputes_as_graphql_does(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    stage = FigureStage(alliance=alliance)
    await stage.play(("11-01 10:00", "register", "F01"))
    await alliance.register("F01", phone="12345", address="幸福小区")
    await stage.play(
        ("11-01 11:00", "attempt", "F02"),
        ("11-02 10:00", "order", 100),
        ("11-03 10:00", "dispute", "F02"),
        ("11-03 11:00", "give_up", "F02"),
        ("11-03 12:00", "dispute", "F02"),
        ("11-03 13:00", "uphold"),
        ("11-04 10:00", "register", "F01"),
        ("11-04 10:30", "attempt", "F02"),
        ("11-04 11:00", "order", 100),
        ("11-04 12:00", "dispute", "F02"),
        ("11-05 10:00", "cancel"),
        ("11-06 10:00", "register", "F01"),
        ("11-06 10:30", "attempt", "F02"),
        ("11-06 11:00", "order", 100),
        ("11-06 12:00", "dispute", "F02"),
        ("11-20 10:00", "wait"),
    )
    asked = await rows(client, "OPS")
    heading, *people = await sheet(client, "OPS")
    for row in (dict(zip(heading, each, strict=True)) for each in people):
        code = row["编号 Code"]
        outcomes = {each: row[f"其中{OF_OUTCOME[each]}"] for each in AttemptOutcome}
        statuses = {each: row[f"其中{OF_STATUS[each]}"] for each in DisputeStatus}
        assert {key.value: n for key, n in outcomes.items() if n} == {
            each["outcome"]: each["attempts"] for each in asked[code]["attemptsByOutcome"]
        }
        assert {key.value: n for key, n in statuses.items() if n} == {
            each["status"]: each["disputes"] for each in asked[code]["disputesByStatus"]
        }
        assert sum(outcomes.values()) == row["报备次数 Attempts"]
        assert sum(statuses.values()) == row["提出异议 Disputes opened"]
    assert [each["status"] for each in asked["F02"]["disputesByStatus"]] == [
        "OPEN",
        "UPHELD",
        "VOID",
        "WITHDRAWN",
    ]
    assert [each["outcome"] for each in asked["F01"]["attemptsByOutcome"]] == ["INCOMPLETE", "PROTECTED"]
    assert [each["outcome"] for each in asked["F02"]["attemptsByOutcome"]] == ["ALREADY_PROTECTED"]


@pytest.mark.parametrize(
    ("viewer", "path", "status", "field"),
    [
        ("OPS", "2026-13.xlsx", 400, "month"),
        ("OPS", "11.xlsx", 400, "month"),
        ("OPS", "2026-11.xlsx?groupBy=TEAM", 400, "groupBy"),
        ("OPS", "2026-11.xlsx?unitCode=YW&groupBy=ALLIANCE", 400, "unitCode"),
        ("SUP", "2026-11.xlsx?unitCode=PD", 404, "unitCode"),
        ("F01", "2026-11.xlsx?unitCode=YW", 404, "unitCode"),
    ],
)
async def test_a_workbook_that_there_is_not(
    client: GraphQLClient, viewer: str, path: str, status: int, field: str
) -> None:
    answer = await client.http.get(f"/v1/figures/{path}", headers=client.headers(viewer))
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["field"]) == (status, field)


async def test_a_workbook_is_for_who_is_known(client: GraphQLClient) -> None:
    assert (await client.http.get("/v1/figures/2026-11.xlsx")).status_code == 401
