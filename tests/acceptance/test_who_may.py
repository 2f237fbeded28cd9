"""Who may see and do what: the roles of the sample alliance against a registration and an order."""

from typing import Any

import pytest

from graphql_client import REQUEST_EXTENSION, GraphQLClient, change
from running_service import RunningService
from stories import STAFF, Story, customer, make_alliance

SEEN = "query ($id: ID!) { registration(id: $id) { customer { name phone address masked } } }"
ORDER_SEEN = """
query ($id: ID!) { order(id: $id) {
  customer { masked }
  attribution { verdict clause { number } credits { staff { code } } candidates { owner { code }
    registration { customer { masked } followUps { edges { node { note } } } } } registration { id } explanation } } }
"""
WITHDRAW = change("withdrawRegistration", "$registrationId: ID!, $reason: String!", of="registration")
TRANSFER = change(
    "transferRegistration", "$registrationId: ID!, $toStaffCode: String!, $reason: String!", of="registration"
)
MEASURE = change("recordMeasurement", "$registrationId: ID!", of="registration")
CLOSE = change("closeOrder", "$orderId: ID!", of="order")
CANCEL = change("cancelOrder", "$orderId: ID!, $reason: String!", of="order")
RULE = change("ruleOnOrder", "$orderId: ID!, $credits: [CreditInput!]!, $reason: String!", of="order")
DECIDE = change("decideApproval", "$approvalId: ID!, $approve: Boolean!, $note: String!", of="approval")

IN_FULL = {"F01", "SUP", "HEAD"}
MASKED = {"OPS", "MKT", "ADM"}
NOBODY = "01a208e0-3fd8-7169-9a23-dd8c824e9e5c"


def refused(code: str) -> dict[str, Any]:
    return {"__typename": "Refused", "code": code}


async def refusal(story: Story, staff: str, query: str, **variables: Any) -> dict[str, Any]:
    answer = await story.client.one(staff, query, **variables)
    return {name: answer.get(name) for name in ("__typename", "code")}


async def test_who_sees_the_registration_of_a_salesperson(story: Story) -> None:
    who = customer(phone="138 0000 8000", address="上海市浦东新区锦绣路100弄3号楼2单元501室")
    registration = await story.client.admitted("F01", **who)
    in_full = {"customer": who | {"masked": False}}
    masked = {
        "customer": who | {"phone": "138****8000", "address": "上海市浦东新区锦绣路****", "masked": True}
    }
    assert {
        viewer: (await story.client.ask(viewer, SEEN, id=registration["id"]))["registration"]
        for viewer in STAFF
    } == {viewer: in_full if viewer in IN_FULL else masked if viewer in MASKED else None for viewer in STAFF}


async def test_whose_registrations_are_listed(story: Story) -> None:
    await story.client.admitted("G01", **customer())
    await story.client.admitted("F01", **customer())
    both = ["F01", "G01"]
    assert {viewer: await listed_owners(story, viewer) for viewer in STAFF} == {
        viewer: [] for viewer in STAFF
    } | {
        "G01": ["G01"],
        "PDM": ["G01"],
        "F01": ["F01"],
        "SUP": ["F01"],
        "OPS": both,
        "MKT": both,
        "HEAD": both,
        "ADM": both,
    }


async def listed_owners(story: Story, viewer: str) -> list[str]:
    listed = await story.client.one(viewer, "{ registrations { edges { node { owner { code } } } } }")
    return [edge["node"]["owner"]["code"] for edge in listed["edges"]]


async def test_who_may_record_on_the_registration_of_a_salesperson(story: Story) -> None:
    registration = await story.client.admitted("F01", **customer())
    answers = {staff: await story.client.follow_up(staff, registration["id"]) for staff in STAFF}
    assert {staff: answer.get("code") for staff, answer in answers.items()} == dict.fromkeys(
        STAFF, "NOT_OWNER"
    ) | {"F01": None, "SUP": None}
    assert answers["SUP"]["followUp"]["recordedBy"] == {"code": "SUP"}


@pytest.mark.parametrize("id", [NOBODY, "17", "不是"])
async def test_a_registration_that_does_not_exist_looks_like_one_of_somebody_else(
    story: Story, id: str
) -> None:
    assert (await story.client.ask("HEAD", SEEN, id=id)) == {"registration": None}
    assert (await story.client.follow_up("F01", id))["code"] == "NOT_OWNER"
    for mutation in (MEASURE, WITHDRAW, TRANSFER):
        variables = {"registrationId": id, "reason": "调整", "toStaffCode": "F02"}
        assert await refusal(story, "HEAD", mutation, **variables) == refused("NOT_OWNER")
    request = {"registrationId": id, "days": 5, "reason": "客户出差"}
    assert await refusal(story, "F01", REQUEST_EXTENSION, input=request) == refused("NOT_OWNER")


@pytest.mark.parametrize("id", [NOBODY, "17"])
async def test_an_order_that_does_not_exist_looks_like_one_of_somebody_else(story: Story, id: str) -> None:
    assert (await story.client.ask("HEAD", ORDER_SEEN, id=id)) == {"order": None}
    credits = [{"staffCode": "F01", "shareBp": 10_000}]
    for mutation in (CLOSE, CANCEL, RULE):
        variables = {"orderId": id, "reason": "调整", "credits": credits}
        assert await refusal(story, "HEAD", mutation, **variables) == refused("NOT_OWNER")


async def test_whose_it_is_comes_before_whether_it_is_live(story: Story) -> None:
    registration = await story.client.admitted("F01", **customer())
    reason = {"registrationId": registration["id"], "reason": "客户不考虑了"}
    assert (await story.client.one("F01", WITHDRAW, **reason))["__typename"] == "RegistrationChanged"
    assert await refusal(story, "F02", WITHDRAW, **reason) == refused("NOT_OWNER")
    assert await refusal(story, "F01", WITHDRAW, **reason) == refused("NOT_LIVE")


async def test_a_manager_registers_for_a_member_of_the_unit(story: Story) -> None:
    registration = await story.client.admitted("SUP", forStaffCode="F01", **customer())
    assert (registration["owner"], registration["registrant"]) == ({"code": "F01"}, {"code": "F01"})


@pytest.mark.parametrize(
    ("staff", "for_staff", "code"),
    [
        ("PDM", "F01", "NOT_OWNER"),
        ("G01", "G02", "NOT_OWNER"),
        ("HEAD", "F01", "NOT_OWNER"),
        ("SUP", "F99", "UNKNOWN_STAFF"),
        ("HEAD", None, "NO_CHANNEL"),
    ],
)
async def test_nobody_registers_for_somebody_elses_member(
    story: Story, staff: str, for_staff: str | None, code: str
) -> None:
    answer = await story.client.register(staff, forStaffCode=for_staff, **customer())
    assert (answer["code"], answer["outcome"]) == (code, "NOT_CONSIDERED")


async def test_only_the_department_head_transfers(story: Story) -> None:
    registration = await story.client.admitted("F01", **customer())
    asked = {"registrationId": registration["id"], "toStaffCode": "F02", "reason": "调整"}
    assert await refusal(story, "SUP", TRANSFER, **asked) == refused("NOT_OWNER")
    moved = await story.client.one("HEAD", TRANSFER, **asked)
    assert (moved["registration"]["owner"], moved["registration"]["registrant"]) == (
        {"code": "F02"},
        {"code": "F01"},
    )


async def test_only_the_department_head_rules_and_decides(story: Story) -> None:
    rule = {"orderId": NOBODY, "credits": [], "reason": "裁决"}
    decide = {"approvalId": NOBODY, "approve": True, "note": "同意"}
    assert (await story.client.error("OPS", RULE, **rule))["code"] == "FORBIDDEN"
    assert (await story.client.error("OPS", DECIDE, **decide))["code"] == "FORBIDDEN"


async def test_who_closes_an_order(story: Story) -> None:
    orders = {
        staff: await story.client.placed("G01", externalRef=staff, takenByCode="G01", **customer())
        for staff in STAFF
    }
    answers = {staff: await story.client.one(staff, CLOSE, orderId=orders[staff]["id"]) for staff in STAFF}
    assert {staff: answer.get("code") for staff, answer in answers.items()} == dict.fromkeys(
        STAFF, "NOT_OWNER"
    ) | dict.fromkeys(("G01", "PDM", "OPS", "HEAD"))
    assert answers["PDM"]["order"]["status"] == "CLOSED"


async def test_who_reads_a_decision(story: Story) -> None:
    who = customer()
    await story.client.admitted("F01", **who)
    order = await story.client.placed("G03", externalRef="SO-1", takenByCode="G01", **who)
    seen = {viewer: (await story.client.ask(viewer, ORDER_SEEN, id=order["id"]))["order"] for viewer in STAFF}
    in_full = {"G01", "PDM", "F01", "SUP", "OPS", "MKT", "HEAD", "ADM"}
    credits = [{"staff": {"code": "F01"}}]
    assert {
        viewer for viewer, order in seen.items() if order and order["attribution"]["credits"] == credits
    } == in_full
    assert {
        viewer for viewer, order in seen.items() if order and order["attribution"]["candidates"]
    } == in_full
    assert {viewer for viewer, order in seen.items() if order and not order["customer"]["masked"]} == {
        "G01",
        "PDM",
        "HEAD",
    }
    assert {viewer for viewer, order in seen.items() if order is None} == set(STAFF) - in_full - {"G03"}


async def test_who_placed_an_order_of_others_reads_the_verdict_alone(story: Story) -> None:
    who = customer()
    await story.client.admitted("F01", **who)
    order = await story.client.placed("G03", externalRef="SO-1", takenByCode="G01", **who)
    seen = (await story.client.one("G03", ORDER_SEEN, id=order["id"]))["attribution"]
    assert "F01" not in seen.pop("explanation")
    assert seen == {
        "verdict": "REGISTRANT",
        "clause": {"number": "3.3.1"},
        "credits": [],
        "candidates": [],
        "registration": None,
    }


async def test_a_candidate_of_somebody_else_is_masked_and_without_its_follow_ups(story: Story) -> None:
    who = customer()
    registration = await story.client.admitted("F01", **who)
    await story.client.follow_up("F01", registration["id"])
    order = await story.client.placed("G01", externalRef="SO-1", takenByCode="G01", **who)
    seen = (await story.client.one("G01", ORDER_SEEN, id=order["id"]))["attribution"]["candidates"][0]
    assert seen["registration"] == {"customer": {"masked": True}, "followUps": {"edges": []}}


@pytest.mark.parametrize(
    ("viewer", "person", "seen"),
    [
        ("F01", "F01", True),
        ("SUP", "F01", True),
        ("OPS", "F01", True),
        ("F02", "F01", False),
        ("PDM", "F01", False),
        ("HEAD", "F99", False),
    ],
)
async def test_whose_quota_may_be_asked_for(story: Story, viewer: str, person: str, seen: bool) -> None:
    answer = (
        await story.client.post(
            viewer, "query ($code: String) { quota(staffCode: $code) { used } }", {"code": person}
        )
    ).json()
    if seen:
        assert answer == {"data": {"quota": {"used": 0}}}
    else:
        assert answer["errors"][0]["extensions"] == {"code": "NOT_FOUND", "field": "staffCode"}


async def test_one_alliance_never_sees_another(story: Story, service: RunningService) -> None:
    who = customer()
    registration = await story.client.admitted("F01", **who)
    order = await story.client.placed("G01", externalRef="SO-1", takenByCode="G01", **who)
    others = GraphQLClient(
        http=story.client.http,
        token_key=story.client.token_key,
        alliance=await make_alliance(service.database_url),
    )
    assert await others.ask("HEAD", SEEN, id=registration["id"]) == {"registration": None}
    assert await others.ask("HEAD", ORDER_SEEN, id=order["id"]) == {"order": None}
    assert (await others.follow_up("F01", registration["id"]))["code"] == "NOT_OWNER"
    assert (await others.one("OPS", CANCEL, orderId=order["id"], reason="试"))["code"] == "NOT_OWNER"
    assert (await others.register("F01", **who))["__typename"] == "RegistrationAdmitted"
    assert (await others.placed("G01", externalRef="SO-1", takenByCode="G01", **who))["id"] != order["id"]
