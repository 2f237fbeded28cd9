"""Handovers as people ask for them: a look first, then the act, then how far it has come."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance
from baobei.operations.run_handovers import run_handovers
from graphql_client import REQUEST_EXTENSION, GraphQLClient
from in_process import api_on
from staffed import ask_by_key, issued, staffed_alliance

REFUSED = "... on Refused { code message(language: EN) }"
SHARES = "shares { to { code } total moved }"
LINES = "position outcome message(language: EN) to { code } registration { id owner { code } customer { masked } }"
PREVIEW = f"""query ($input: HandoverInput!) {{ previewHandover(input: $input) {{ __typename
  ... on HandoverPreview {{ fromStaff {{ code }} total movable more requestCount distributionDigest {SHARES}
                           sample {{ {LINES} }} notMovable {{ {LINES} }} }} {REFUSED} }} }}"""
HANDOVER = f"""id state method reason total moved skipped more startedAt endedAt approvalId {SHARES}
               fromStaff {{ code }} receivers {{ code }} askedBy {{ code }} startedBy {{ code }} left {{ {LINES} }}"""
HAND_OVER = f"""mutation ($input: HandoverInput!, $reason: String!, $distributionDigest: String, $idempotencyKey: String) {{
  handOver(input: $input, reason: $reason, distributionDigest: $distributionDigest, idempotencyKey: $idempotencyKey) {{ __typename
  ... on HandoverBegun {{ handover {{ {HANDOVER} }} }} {REFUSED} }} }}"""
REQUEST = f"""mutation ($input: HandoverInput!, $reason: String!, $idempotencyKey: String) {{
  requestHandover(input: $input, reason: $reason, idempotencyKey: $idempotencyKey) {{
  __typename ... on ApprovalRecorded {{ approval {{ id kind status reason registration {{ id }} requestedBy {{ code }} }} }}
  {REFUSED} }} }}"""
FIND = f"query ($id: ID, $approvalId: ID) {{ handover(id: $id, approvalId: $approvalId) {{ {HANDOVER} }} }}"
DECIDE = f"""mutation ($id: ID!, $approve: Boolean!) {{ decideApproval(approvalId: $id, approve: $approve, note: "已核对") {{
  __typename ... on ApprovalRecorded {{ approval {{ id status decidedBy {{ code }} }} }} {REFUSED} }} }}"""
TO_TWO = {"fromStaffCode": "F01", "method": "ROUND_ROBIN", "toStaffCodes": ["F02", "F03"]}
ACTS = "SELECT count(*) FROM audit_event a JOIN alliance b USING (alliance_id) WHERE b.code = $1"


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await staffed_alliance(pool)


@pytest.fixture
async def client(alliance: TestAlliance) -> AsyncIterator[GraphQLClient]:
    async with api_on(alliance.office.pool, alliance.code) as client:
        yield client


def customer(number: int) -> dict[str, str]:
    return {"name": "王小明", "phone": f"1380013{number:04}", "address": ADDRESS.format(number)}


async def some_of_f01(client: GraphQLClient, count: int) -> list[str]:
    return [(await client.admitted("F01", **customer(number)))["id"] for number in range(1, count + 1)]


async def test_a_preview_says_what_the_handover_then_does(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    ids = await some_of_f01(client, 3)
    asked = {"registrationId": ids[0], "days": 5, "reason": "出差"}
    await client.one("F01", REQUEST_EXTENSION, input=asked)
    before = await alliance.count(ACTS, alliance.code)

    preview = await client.one("HEAD", PREVIEW, input=TO_TWO)

    assert await alliance.count(ACTS, alliance.code) == before
    assert (preview["total"], preview["movable"], preview["more"], preview["requestCount"]) == (
        3,
        3,
        False,
        1,
    )
    assert preview["shares"] == [
        {"to": {"code": "F02"}, "total": 2, "moved": 0},
        {"to": {"code": "F03"}, "total": 1, "moved": 0},
    ]
    planned = [(line["registration"]["id"], line["to"]["code"]) for line in preview["sample"]]
    assert planned == list(zip(ids, ["F02", "F03", "F02"], strict=True))
    assert preview["notMovable"] == []

    begun = await client.one(
        "HEAD", HAND_OVER, input=TO_TWO, reason="F01离职", distributionDigest=preview["distributionDigest"]
    )
    waiting = begun["handover"]
    assert (waiting["state"], waiting["total"], waiting["moved"]) == ("WAITING", 3, 0)
    await run_handovers(alliance.office)

    done = (await client.ask("SUP", FIND, id=waiting["id"]))["handover"]
    assert (done["state"], done["total"], done["moved"], done["skipped"]) == ("DONE", 3, 3, 0)
    assert [(each["to"]["code"], each["total"], each["moved"]) for each in done["shares"]] == [
        ("F02", 2, 2),
        ("F03", 1, 1),
    ]
    assert done["startedAt"] <= done["endedAt"]
    assert done["endedAt"].endswith("+08:00")
    assert (done["fromStaff"]["code"], done["startedBy"]["code"], done["reason"]) == (
        "F01",
        "HEAD",
        "F01离职",
    )
    owned = "query ($id: ID!) { registration(id: $id) { owner { code } registrant { code } } }"
    found = [(await client.ask("HEAD", owned, id=id))["registration"] for id in ids]
    assert [each["owner"]["code"] for each in found] == ["F02", "F03", "F02"]
    assert {each["registrant"]["code"] for each in found} == {"F01"}


async def test_a_preview_that_is_out_of_date_begins_nothing(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await some_of_f01(client, 1)
    preview = await client.one("HEAD", PREVIEW, input=TO_TWO)
    await client.admitted("F01", **customer(9))
    before = await alliance.count(ACTS, alliance.code)

    answer = await client.one(
        "HEAD", HAND_OVER, input=TO_TWO, reason="离职", distributionDigest=preview["distributionDigest"]
    )

    assert answer["code"] == "DISTRIBUTION_CHANGED"
    assert await alliance.count(ACTS, alliance.code) == before


async def test_what_nobody_of_its_store_takes_is_named_before_and_after(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    (from_the_field,) = await some_of_f01(client, 1)
    from_a_store = await client.admitted("G01", **customer(30))
    transfer = """mutation ($id: ID!) { transferRegistration(registrationId: $id, toStaffCode: "F01", reason: "调整") {
                    __typename } }"""
    await client.ask("HEAD", transfer, id=from_a_store["id"])
    by_store = {"fromStaffCode": "F01", "method": "BY_STORE", "toStaffCodes": ["G02"]}

    preview = await client.one("OPS", PREVIEW, input=by_store)
    begun = await client.one("HEAD", HAND_OVER, input=by_store, reason="离职")
    await run_handovers(alliance.office)
    done = (await client.ask("HEAD", FIND, id=begun["handover"]["id"]))["handover"]

    left = {
        "position": 1,
        "outcome": "NO_RECEIVER",
        "message": "None of the receivers works in the store or department of whoever made this registration: choose somebody else.",
        "to": None,
        "registration": {"id": from_the_field, "owner": {"code": "F01"}, "customer": {"masked": False}},
    }
    masked = left["registration"] | {"customer": {"masked": True}}  # type: ignore[operator]
    assert preview["notMovable"] == [left | {"registration": masked}]
    assert (preview["total"], preview["movable"]) == (2, 1)
    assert done["left"] == [left]
    assert (done["moved"], done["skipped"]) == (1, 1)


async def test_a_request_names_its_handover_and_waits(client: GraphQLClient, alliance: TestAlliance) -> None:
    await some_of_f01(client, 2)
    asked = {"input": TO_TWO, "reason": "F01要休长假", "idempotencyKey": "leave-1"}
    answer = await client.one("SUP", REQUEST, **asked)
    assert await client.one("SUP", REQUEST, **asked) == answer
    await run_handovers(alliance.office)

    approval = answer["approval"]
    assert (approval["kind"], approval["status"], approval["registration"]) == ("HANDOVER", "PENDING", None)
    found = (await client.ask("HEAD", FIND, approvalId=approval["id"]))["handover"]
    assert (found["state"], found["total"], found["moved"]) == ("ASKED", 0, 0)
    assert [each["code"] for each in found["receivers"]] == ["F02", "F03"]
    assert (await client.ask("F01", FIND, approvalId=approval["id"]))["handover"] is None


async def decide(client: GraphQLClient, who: str, approval_id: str, approve: bool = True) -> dict[str, Any]:
    answer: dict[str, Any] = await client.one(who, DECIDE, id=approval_id, approve=approve)
    return answer


async def test_a_request_that_is_granted_begins_the_handover_as_things_stand_then(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await some_of_f01(client, 2)
    asked = (await client.one("SUP", REQUEST, input=TO_TWO, reason="F01要休长假"))["approval"]
    await client.admitted("F01", **customer(9))

    decided = await decide(client, "HEAD", asked["id"])
    await run_handovers(alliance.office)

    assert decided["approval"]["status"] == "APPROVED"
    found = (await client.ask("SUP", FIND, approvalId=asked["id"]))["handover"]
    assert (found["state"], found["total"], found["moved"], found["askedBy"]["code"]) == ("DONE", 3, 3, "SUP")
    assert found["startedBy"]["code"] == "HEAD"


async def test_a_request_that_is_rejected_moves_nothing(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await some_of_f01(client, 2)
    asked = (await client.one("SUP", REQUEST, input=TO_TWO, reason="F01要休长假"))["approval"]

    decided = await decide(client, "HEAD", asked["id"], approve=False)
    await run_handovers(alliance.office)

    assert decided["approval"]["status"] == "REJECTED"
    found = (await client.ask("SUP", FIND, approvalId=asked["id"]))["handover"]
    assert (found["state"], found["moved"]) == ("REJECTED", 0)
    assert found["endedAt"] is not None
    assert (await client.one("SUP", PREVIEW, input=TO_TWO))["total"] == 2


async def test_a_request_with_nothing_left_to_move_is_too_late(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await some_of_f01(client, 1)
    asked, under_way = [
        (await client.one("SUP", REQUEST, input=TO_TWO, reason="长假"))["approval"] for _ in range(2)
    ]
    await client.one("HEAD", HAND_OVER, input=TO_TWO, reason="长假")
    assert (await client.one("SUP", REQUEST, input=TO_TWO, reason="长假"))["code"] == "HANDOVER_UNDER_WAY"

    assert (await decide(client, "HEAD", under_way["id"]))["approval"]["status"] == "TOO_LATE"
    await run_handovers(alliance.office)
    assert (await decide(client, "HEAD", asked["id"]))["approval"]["status"] == "TOO_LATE"


async def test_nobody_decides_a_handover_that_they_asked_for_or_have_a_part_in(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await some_of_f01(client, 1)
    own = (await client.one("HEAD", REQUEST, input=TO_TWO, reason="长假"))["approval"]
    received = TO_TWO | {"toStaffCodes": ["F02", "HEAD2"]}
    theirs = (await client.one("SUP", REQUEST, input=received, reason="长假"))["approval"]
    before = await alliance.count(ACTS, alliance.code)

    assert (await decide(client, "HEAD", own["id"]))["code"] == "OWN_CASE"
    assert (await decide(client, "HEAD2", theirs["id"]))["code"] == "OWN_CASE"
    assert (await client.error("SUP", DECIDE, id=own["id"], approve=True))["code"] == "FORBIDDEN"
    assert await alliance.count(ACTS, alliance.code) == before
    assert (await decide(client, "HEAD2", own["id"]))["approval"]["status"] == "APPROVED"


@pytest.mark.parametrize("who", ["F01", "F02", "SUP", "PDM", "OPS", "ADM", "CRM"])
async def test_only_a_department_head_hands_over(
    client: GraphQLClient, alliance: TestAlliance, who: str
) -> None:
    await some_of_f01(client, 1)
    before = await alliance.count(ACTS, alliance.code)
    answer = await client.error(who, HAND_OVER, input=TO_TWO, reason="离职")
    assert answer["code"] == "FORBIDDEN"
    assert await alliance.count(ACTS, alliance.code) == before


@pytest.mark.parametrize(
    ("who", "answered"),
    [
        ("F01", "UNKNOWN_STAFF"),
        ("F02", "UNKNOWN_STAFF"),
        ("PDM", "UNKNOWN_STAFF"),
        ("CRM", "UNKNOWN_STAFF"),
        ("SUP", None),
        ("OPS", None),
        ("ADM", None),
        ("HEAD", None),
    ],
)
async def test_who_reads_what_a_leaver_leaves_may_look_and_ask(
    client: GraphQLClient, who: str, answered: str | None
) -> None:
    await some_of_f01(client, 1)
    assert (await client.one(who, PREVIEW, input=TO_TWO)).get("code") == answered
    assert (await client.one(who, REQUEST, input=TO_TWO, reason="长假")).get("code") == answered


async def test_a_key_needs_the_scope_of_decisions(client: GraphQLClient, alliance: TestAlliance) -> None:
    key = await issued(alliance, for_everybody=True)
    await some_of_f01(client, 1)
    variables: dict[str, Any] = {"input": TO_TWO, "reason": "离职"}
    answer = (await ask_by_key(client, key.text, HAND_OVER, "HEAD", **variables)).json()
    assert answer["data"]["handOver"]["__typename"] == "HandoverBegun"


@pytest.mark.parametrize(
    ("input", "field"),
    [
        (TO_TWO | {"toStaffCodes": []}, "input.toStaffCodes"),
        (TO_TWO | {"toStaffCodes": ["F02", "F02"]}, "input.toStaffCodes"),
        (TO_TWO | {"toStaffCodes": ["F02"] * 101}, "input.toStaffCodes"),
        (TO_TWO | {"method": "ONE_COLLEAGUE"}, "input.toStaffCodes"),
        (TO_TWO | {"toStaffCodes": ["F02", " "]}, "input.toStaffCodes.1"),
        (TO_TWO | {"fromStaffCode": ""}, "input.fromStaffCode"),
    ],
)
async def test_a_distribution_that_cannot_be_is_a_bad_request(
    client: GraphQLClient, input: dict[str, Any], field: str
) -> None:
    answer = await client.error("HEAD", PREVIEW, input=input)
    assert answer["code"] == "BAD_USER_INPUT"
    assert answer["field"] == field


IN_SHORT = """{ approvalInbox { edges { node { kind handover { state method registrationCount requestCount
  fromStaff { code } receivers { code } } } } } }"""
WITHDRAW = "mutation ($id: ID!) { withdrawApproval(approvalId: $id) { __typename } }"


async def test_the_inbox_says_from_whom_to_whom_and_how_much(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await some_of_f01(client, 2)
    asked = (await client.one("SUP", REQUEST, input=TO_TWO, reason="长假"))["approval"]
    (edge,) = (await client.ask("HEAD", IN_SHORT))["approvalInbox"]["edges"]
    assert edge["node"] == {
        "kind": "HANDOVER",
        "handover": {
            "state": "ASKED",
            "method": "ROUND_ROBIN",
            "registrationCount": 2,
            "requestCount": 0,
            "fromStaff": {"code": "F01"},
            "receivers": [{"code": "F02"}, {"code": "F03"}],
        },
    }
    await client.ask("SUP", WITHDRAW, id=asked["id"])
    found = (await client.ask("SUP", FIND, approvalId=asked["id"]))["handover"]
    assert (found["state"], found["total"]) == ("WITHDRAWN", 0)


COUNTED = "handover { state pendingRequestCount passingRequestCount }"
DECIDE_COUNTED = f"""mutation ($id: ID!) {{ decideApproval(approvalId: $id, approve: true, note: "已核对") {{
  ... on ApprovalRecorded {{ approval {{ {COUNTED} }} }} }} }}"""
INBOX_COUNTED = f"{{ approvalInbox {{ edges {{ node {{ kind {COUNTED} }} }} }} }}"


async def test_requests_that_wait_are_told_until_a_handover_begins_and_those_that_pass_from_then_on(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    """One on a registration goes with it: two wait, one passes by itself."""
    registration = await client.admitted("F01", **customer(1))
    on_it = {
        "registrationId": registration["id"],
        "listPrice": "100.00",
        "askedPrice": "90.00",
        "reason": "竞价",
    }
    of_another = {"phone": "13700137000", "listPrice": "100.00", "askedPrice": "90.00", "reason": "竞价"}
    for price in (on_it, of_another):
        assert "approval" in await client.one("F01", PRICE, input=price)
    asked = (await client.one("SUP", REQUEST, input=TO_TWO, reason="长假"))["approval"]
    inbox = (await client.ask("HEAD", INBOX_COUNTED))["approvalInbox"]["edges"]
    (waiting,) = [edge["node"]["handover"] for edge in inbox if edge["node"]["kind"] == "HANDOVER"]
    begun = (await client.one("HEAD", DECIDE_COUNTED, id=asked["id"]))["approval"]["handover"]

    assert waiting == {"state": "ASKED", "pendingRequestCount": 2, "passingRequestCount": None}
    assert begun == {"state": "WAITING", "pendingRequestCount": None, "passingRequestCount": 1}


PRICE = """mutation ($input: RequestSpecialPriceInput!) { requestSpecialPrice(input: $input) {
  ... on ApprovalRecorded { approval { id } } } }"""
OWN = "position outcome message(language: EN) to { code } request { id kind receiver { code } requestedBy { code } }"
PREVIEW_OWN = f"""query ($input: HandoverInput!) {{ previewHandover(input: $input) {{ ... on HandoverPreview {{
  total passingRequestCount passingRequests {{ {OWN} }} }} {REFUSED} }} }}"""
FIND_OWN = (
    f"query ($id: ID) {{ handover(id: $id) {{ state requestTotal requestsMoved requests {{ {OWN} }} }} }}"
)


async def test_a_preview_lists_the_requests_that_pass_on_by_themselves_and_the_handover_says_that_they_did(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    price = {"phone": "13700137000", "listPrice": "100.00", "askedPrice": "90.00", "reason": "竞价"}
    id = (await client.one("F01", PRICE, input=price))["approval"]["id"]
    line = {
        "position": 1,
        "outcome": None,
        "message": None,
        "to": {"code": "F02"},
        "request": {"id": id, "kind": "SPECIAL_PRICE", "receiver": None, "requestedBy": {"code": "F01"}},
    }
    preview = await client.one("SUP", PREVIEW_OWN, input=TO_TWO)
    assert preview == {"total": 0, "passingRequestCount": 1, "passingRequests": [line]}

    begun = (await client.one("HEAD", HAND_OVER, input=TO_TWO, reason="长假"))["handover"]
    await run_handovers(alliance.office, only=UUID(begun["id"]))

    done = (await client.ask("SUP", FIND_OWN, id=begun["id"]))["handover"]
    assert (done["state"], done["requestTotal"], done["requestsMoved"]) == ("DONE", 1, 1)
    moved = {"outcome": "MOVED", "message": "It has passed on."}
    assert done["requests"] == [
        line | moved | {"request": line["request"] | {"receiver": {"code": "F02"}}}  # type: ignore[operator]
    ]
