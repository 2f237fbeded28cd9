"""The bench over HTTP: what each role sees of a dispute, its case events and earlier rulings."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from baobei.operations.office import PooledConnection
from graphql_client import REQUEST_EXTENSION, GraphQLClient, change
from in_process import api_on
from stories import STORY_BEGINS, customer, make_alliance

DISPUTE = """
id status openedBy { code } endedBy { code } reason explanation(language: EN)
order { externalRef } decision { verdict credits { staff { code } } } ruling { verdict ruling { reason } }
statements { madeBy { code } text }
"""
RESULT = f"{{ __typename ... on DisputeRecorded {{ dispute {{ {DISPUTE} }} }} ... on Refused {{ code message(language: EN) clause {{ number }} }} }}"
OPEN = f"mutation ($input: OpenDisputeInput!) {{ openDispute(input: $input) {RESULT} }}"
SAY = f"mutation ($input: AddStatementInput!) {{ addStatement(input: $input) {RESULT} }}"
WITHDRAW = f'mutation ($id: ID!) {{ withdrawDispute(disputeId: $id, reason: "谈妥") {RESULT} }}'
REJECT = f'mutation ($id: ID!) {{ rejectDispute(disputeId: $id, reason: "跟进完整，客户电话13800138000") {RESULT} }}'
RULE = change("ruleOnOrder", "$orderId: ID!, $credits: [CreditInput!]!, $reason: String!", of="order")
MEASURE = change("recordMeasurement", "$registrationId: ID!", of="registration")
READ = f"query ($id: ID!) {{ dispute(id: $id) {{ {DISPUTE} }} }}"
CASE_EVENTS = """
query ($id: ID!, $first: Int, $after: String) { dispute(id: $id) { caseEvents(first: $first, after: $after) {
  edges { cursor node { kind code clauseNumber text recordId by { code } side { code } registration { id }
                        explanation(language: EN) } }
  pageInfo { hasNextPage endCursor } } } }
"""
LIST = "query ($status: DisputeStatus, $orderId: ID) { disputes(status: $status, orderId: $orderId) { edges { node { id } } } }"
PRECEDENTS = """
query ($id: ID!, $first: Int) { precedents(disputeId: $id, first: $first) {
  attributionId verdict needsReview alike inForce reason clause { number } ruledBy { code } shares { staff { code } shareBp } } }
"""


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[GraphQLClient]:
    """The staff of an alliance of this test's own, as the API's own role works for them."""
    code = await make_alliance(database_url)
    async with (
        asyncpg.create_pool(database_url, min_size=1, max_size=4, connection_class=PooledConnection) as pool,
        api_on(pool, code) as made,
    ):
        await made.http.post("/dev/clock", json={"now": STORY_BEGINS.isoformat()})
        yield made


async def quarrel(client: GraphQLClient, ref: str = "A-1") -> dict[str, Any]:
    """F01 registered, followed up and measured; G03 and F02 were refused; G01 took the order: F01 is credited."""
    who = customer()
    held = await client.admitted("F01", **who)
    await client.register("G03", **who)
    await client.register("F02", **who)
    await client.follow_up("F01", held["id"], note="电话13800138000，约周末")
    asked = {"registrationId": held["id"], "days": 5, "reason": "客户出差"}
    await client.one("F01", REQUEST_EXTENSION, input=asked)
    await client.one("F01", MEASURE, registrationId=held["id"])
    order = await client.placed("OPS", externalRef=ref, takenByCode="G01", amount="100.00", **who)
    given = {"orderId": order["id"], "statement": "客户13900139000到店是我接待的"}
    answer = await client.one("G01", OPEN, input=given)
    return {"order": order["id"], "id": answer["dispute"]["id"], "registration": held["id"]}


async def time_line(client: GraphQLClient, staff: str, id: str, **page: Any) -> list[dict[str, Any]]:
    seen = await client.one(staff, CASE_EVENTS, id=id, **{"first": 100, **page})
    return [edge["node"] for edge in seen["caseEvents"]["edges"]]


def kinds(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["kind"] for entry in entries]


async def test_the_department_head_sees_all_sides_in_the_order_of_recording(client: GraphQLClient) -> None:
    made = await quarrel(client)
    entries = await time_line(client, "HEAD", made["id"])
    told = [(e["kind"], (e["side"] or {}).get("code"), e["code"], e["clauseNumber"]) for e in entries]
    assert told == [
        ("REGISTERED", "F01", "PROTECTED", "3.3.1"),
        ("ATTEMPT_REFUSED", "G03", "ALREADY_PROTECTED", "3.3.1"),
        ("ATTEMPT_REFUSED", "F02", "ALREADY_PROTECTED", "3.3.1"),
        ("FOLLOWED_UP", "F01", "CALL", None),
        ("REQUESTED", "F01", "EXTENSION", None),
        ("MEASURED", "F01", None, None),
        ("ORDER_PLACED", "G01", None, None),
        ("DECIDED", None, "REGISTRANT", "3.3.1"),
        ("CONVERTED", "F01", None, None),
        ("DISPUTED", None, None, None),
        ("STATEMENT", "G01", None, None),
    ]
    assert entries[3]["text"] == "电话13800138000，约周末"
    assert entries[4]["text"] == "客户出差"
    assert {e["registration"]["id"] for e in entries if e["registration"]} == {made["registration"]}
    assert entries[1]["explanation"] == "tried to register the customer, refused"


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        ("G01", ["REGISTERED", "ORDER_PLACED", "DECIDED", "DISPUTED", "STATEMENT"]),
        ("PDM", ["REGISTERED", "ORDER_PLACED", "DECIDED", "DISPUTED", "STATEMENT"]),
        ("G03", ["ATTEMPT_REFUSED", "DISPUTED", "STATEMENT"]),
        ("XHM", ["ATTEMPT_REFUSED", "DISPUTED", "STATEMENT"]),
        (
            "F01",
            [
                "REGISTERED", "FOLLOWED_UP", "REQUESTED", "MEASURED", "ORDER_PLACED", "DECIDED", "CONVERTED",
                "DISPUTED", "STATEMENT",
            ],
        ),
    ],
)  # fmt: skip
async def test_a_party_sees_its_own_side_and_what_the_decision_shows(
    client: GraphQLClient, viewer: str, sees: list[str]
) -> None:
    made = await quarrel(client)
    assert kinds(await time_line(client, viewer, made["id"])) == sees


async def test_the_supervisor_sees_the_records_of_both_members(client: GraphQLClient) -> None:
    made = await quarrel(client)
    entries = await time_line(client, "SUP", made["id"])
    refused = [entry["side"]["code"] for entry in entries if entry["kind"] == "ATTEMPT_REFUSED"]
    assert refused == ["F02"]


async def test_case_events_come_in_pages(client: GraphQLClient) -> None:
    made = await quarrel(client)
    whole = await time_line(client, "HEAD", made["id"])
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await client.one("HEAD", CASE_EVENTS, id=made["id"], first=4, after=after))["caseEvents"]
        found += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == whole


@pytest.mark.parametrize(
    "viewer", ["F01", "G01", "G03", "F02", "PDM", "XHM", "SUP", "HEAD", "OPS", "MKT", "ADM"]
)
async def test_parties_their_managers_and_overseers_see_a_dispute(client: GraphQLClient, viewer: str) -> None:
    made = await quarrel(client)
    seen = await client.one(viewer, READ, id=made["id"])
    listed = await client.one(viewer, LIST, status="OPEN", orderId=made["order"])
    assert seen["status"] == "OPEN"
    assert [edge["node"]["id"] for edge in listed["edges"]] == [made["id"]]


@pytest.mark.parametrize("viewer", ["G02", "C01", "FIN"])
async def test_nobody_else_sees_that_there_is_one(client: GraphQLClient, viewer: str) -> None:
    made = await quarrel(client)
    assert await client.ask(viewer, READ, id=made["id"]) == {"dispute": None}
    assert (await client.one(viewer, LIST))["edges"] == []


async def test_whose_only_stake_is_a_refused_attempt_sees_neither_order_nor_decision(
    client: GraphQLClient,
) -> None:
    made = await quarrel(client)
    seen = await client.one("G03", READ, id=made["id"])
    assert (seen["order"], seen["decision"], seen["ruling"]) == (None, None, None)
    party = await client.one("G01", READ, id=made["id"])
    assert party["order"] == {"externalRef": "A-1"}
    assert party["decision"] == {"verdict": "REGISTRANT", "credits": [{"staff": {"code": "F01"}}]}


async def test_each_side_reads_what_the_other_says_but_no_phone(client: GraphQLClient) -> None:
    made = await quarrel(client)
    await client.one("F01", SAY, input={"disputeId": made["id"], "text": "我每周都跟进"})
    said = {who: (await client.one(who, READ, id=made["id"]))["statements"] for who in ("G01", "F01", "HEAD")}
    assert [each["madeBy"]["code"] for each in said["F01"]] == ["G01", "F01"]
    assert said["G01"][1]["text"] == "我每周都跟进"
    assert "13900139000" in said["G01"][0]["text"]
    assert "13900139000" in said["HEAD"][0]["text"]
    assert "13900139000" not in said["F01"][0]["text"]
    assert "到店是我接待的" in said["F01"][0]["text"]


async def test_a_ruling_ends_it_and_both_decisions_stay_readable(client: GraphQLClient) -> None:
    made = await quarrel(client)
    shares = [{"staffCode": "F01", "shareBp": 6_000}, {"staffCode": "G01", "shareBp": 4_000}]
    ruled = await client.one("HEAD", RULE, orderId=made["order"], credits=shares, reason="双方都有贡献")
    assert [each["verdict"] for each in ruled["order"]["attributions"]] == ["REGISTRANT", "RULED"]
    seen = await client.one("G01", READ, id=made["id"])
    assert (seen["status"], seen["endedBy"], seen["reason"]) == ("RULED", {"code": "HEAD"}, "双方都有贡献")
    assert seen["decision"]["verdict"] == "REGISTRANT"
    assert seen["ruling"] == {"verdict": "RULED", "ruling": {"reason": "双方都有贡献"}}
    assert seen["explanation"] == (
        "The department head has ruled: credit goes as ruled, and the decision before it stays readable (3.3.2)."
    )
    assert (await client.one("G03", READ, id=made["id"]))["reason"] == "双方都有贡献"


async def test_an_upheld_decision_says_why(client: GraphQLClient) -> None:
    made = await quarrel(client)
    for who in ("G01", "PDM", "OPS", "ADM"):
        assert (await client.error(who, REJECT, id=made["id"]))["code"] == "FORBIDDEN"
    upheld = await client.one("HEAD", REJECT, id=made["id"])
    assert upheld["dispute"]["status"] == "UPHELD"
    seen = await client.one("G01", READ, id=made["id"])
    assert seen["reason"].startswith("跟进完整")
    assert "13800138000" not in seen["reason"]
    again = await client.one("G01", OPEN, input={"orderId": made["order"], "statement": "再看看"})
    assert (again["code"], again["clause"]) == ("NOT_APPLICABLE", {"number": "3.3.2"})
    assert (await client.one("HEAD", REJECT, id=made["id"]))["code"] == "ALREADY_DECIDED"


async def test_refusals_say_what_is_so(client: GraphQLClient) -> None:
    made = await quarrel(client)
    again = await client.one("F01", OPEN, input={"externalRef": "A-1", "statement": "也有话说"})
    assert again == {
        "__typename": "Refused",
        "code": "ALREADY_OPEN",
        "message": "This order is disputed already; add a statement to that dispute.",
        "clause": None,
    }
    stranger = await client.one("C01", OPEN, input={"orderId": made["order"], "statement": "x"})
    assert stranger["code"] == "NOT_OWNER"
    assert (await client.one("F01", WITHDRAW, id=made["id"]))["code"] == "NOT_OWNER"
    assert (await client.one("PDM", WITHDRAW, id=made["id"]))["dispute"]["status"] == "WITHDRAWN"
    late = await client.one("G01", SAY, input={"disputeId": made["id"], "text": "还有"})
    assert (late["code"], late["message"]) == (
        "ALREADY_DECIDED",
        "This dispute has already ended and is not changed any more.",
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"statement": "没有订单"}, "input.orderId"),
        ({"externalRef": "A-1", "statement": "  "}, "input.statement"),
        ({"externalRef": "A-1", "statement": "长" * 2_001}, "input.statement"),
    ],
)
async def test_bad_input_names_its_field(client: GraphQLClient, given: dict[str, str], field: str) -> None:
    error = await client.error("G01", OPEN, input=given)
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)


async def test_earlier_rulings_on_the_same_clause_are_found_without_their_customers(
    client: GraphQLClient,
) -> None:
    first, second = await quarrel(client, "A-1"), await quarrel(client, "A-2")
    other = await client.placed("OPS", externalRef="A-3", **customer())
    for order, to, why in (
        (first["order"], "G01", "客户13800138000确认到店"),
        (second["order"], "F02", "补签"),
        (other["id"], "G02", "无人接单"),
    ):
        shares = [{"staffCode": to, "shareBp": 10_000}]
        await client.one("HEAD", RULE, orderId=order, credits=shares, reason=why)
    asked = await quarrel(client, "A-4")
    found = (await client.ask("HEAD", PRECEDENTS, id=asked["id"]))["precedents"]
    assert [(each["shares"][0]["staff"]["code"], each["shares"][0]["shareBp"]) for each in found] == [
        ("F02", 10_000),
        ("G01", 10_000),
    ]
    assert {(each["verdict"], each["clause"]["number"], each["alike"]) for each in found} == {
        ("REGISTRANT", "3.3.1", True)
    }
    assert [each["inForce"] for each in found] == [True, True]
    shares = [{"staffCode": "G01", "shareBp": 10_000}]
    await client.one("HEAD", RULE, orderId=second["order"], credits=shares, reason="改判")
    changed = (await client.ask("HEAD", PRECEDENTS, id=asked["id"]))["precedents"]
    assert [(each["shares"][0]["staff"]["code"], each["inForce"]) for each in changed] == [
        ("G01", True),
        ("G01", True),
        ("F02", False),
    ]
    assert "确认到店" in found[1]["reason"]
    assert "13800138000" not in found[1]["reason"]
    assert len((await client.ask("HEAD", PRECEDENTS, id=asked["id"], first=1))["precedents"]) == 1
    assert (await client.error("G01", PRECEDENTS, id=asked["id"]))["code"] == "FORBIDDEN"
    assert (await client.error("HEAD", PRECEDENTS, id=asked["order"]))["code"] == "NOT_FOUND"
