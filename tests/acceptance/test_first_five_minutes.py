"""The first five minutes: register, follow up, let a colleague place the order, read who is credited."""

from datetime import timedelta

from graphql_client import REQUEST_EXTENSION, change
from stories import Story, customer


async def test_a_registration_tells_what_it_is_worth_and_until_when(story: Story) -> None:
    who = customer()
    registration = await story.client.admitted("F01", **who)
    assert registration["standing"] == {
        "status": "PROTECTED",
        "clause": {"number": "3.3.1"},
        "followUpDueAt": story.midnight_after(3),
        "followUpOverdue": False,
        "lapsesAt": story.midnight_after(10),
        "expiresAt": story.midnight_after(15),
        "endedAt": None,
    }
    assert registration["customer"] == {k: who[k] for k in ("name", "phone", "address")} | {"masked": False}
    assert (registration["channel"], registration["owner"]["code"]) == ("FIELD", "F01")
    assert registration["registeredAt"] == story.begins.isoformat()


async def test_a_colleague_is_told_until_when_the_customer_is_protected_and_nothing_else(
    story: Story,
) -> None:
    who = customer()
    await story.client.admitted("F01", **who)
    refused = await story.client.register("G01", **who)
    assert refused.pop("attemptId")
    message = refused.pop("message")
    assert story.shown(10) in message
    assert "F01" not in message
    assert refused == {
        "__typename": "RegistrationRefused",
        "code": "ALREADY_PROTECTED",
        "clause": {"number": "3.3.1"},
        "outcome": "ALREADY_PROTECTED",
        "fields": [],
        "existing": None,
        "protectedUntil": story.midnight_after(10),
        "quota": None,
    }


async def test_a_follow_up_in_time_moves_the_lapse(story: Story) -> None:
    registration = await story.client.admitted("G01", **customer())
    await story.after(days=9)
    recorded = await story.client.follow_up("G01", registration["id"], note="带看样板间")
    assert recorded["registration"]["standing"]["lapsesAt"] == story.midnight_after(19)
    assert recorded["followUp"]["note"] == "带看样板间"
    assert recorded["followUp"]["recordedAt"] == (story.begins + timedelta(days=9)).isoformat()


async def test_an_order_taken_by_a_colleague_is_credited_to_the_registrant(story: Story) -> None:
    who = customer()
    registration = await story.client.admitted("F01", **who)
    order = await story.client.placed(
        "G01", externalRef="SO-1", name=who["name"], phone=who["phone"], takenByCode="G01", amount="12800.00"
    )
    attribution = order["attribution"]
    assert attribution["verdict"] == "REGISTRANT"
    assert attribution["credits"] == [{"staff": {"code": "F01"}, "shareBp": 10_000, "amount": "12800.00"}]
    assert attribution["clause"] == {"number": "3.3.1"}
    assert attribution["registration"] == {"id": registration["id"]}
    assert "员工F01" in attribution["explanation"]
    assert registration["number"] in attribution["candidates"][0]["finding"]


async def test_ten_days_without_contact_an_order_with_a_colleague_is_the_colleagues(story: Story) -> None:
    who = customer()
    await story.client.admitted("F01", **who)
    await story.after(days=11)
    order = await story.client.placed("G01", externalRef="SO-1", takenByCode="G01", **who)
    attribution = order["attribution"]
    assert (attribution["verdict"], attribution["clause"]) == ("TAKER", {"number": "3.3.2"})
    assert [credit["staff"]["code"] for credit in attribution["credits"]] == ["G01"]
    assert [candidate["standing"] for candidate in attribution["candidates"]] == ["LAPSED"]


async def test_a_past_instant_can_be_asked_for(story: Story) -> None:
    registration = await story.client.admitted("G01", **customer())
    await story.after(days=11)
    await story.client.follow_up("G01", registration["id"])
    lapsed = (story.begins.replace(hour=0) + timedelta(days=11)).isoformat()
    answer = await story.client.one(
        "G01",
        """query ($id: ID!, $at: DateTime!) { registration(id: $id) {
             then: standing(at: $at) { status asOf } now: standing { status } } }""",
        id=registration["id"],
        at=lapsed,
    )
    assert answer == {"then": {"status": "LAPSED", "asOf": lapsed}, "now": {"status": "PROTECTED"}}


async def test_an_expiry_extension_is_asked_for_and_granted(story: Story) -> None:
    registration = await story.client.admitted("F01", **customer())
    asked = await story.client.one(
        "F01",
        REQUEST_EXTENSION,
        input={"registrationId": registration["id"], "days": 7, "reason": "客户出差"},
    )
    waiting = await story.client.one(
        "HEAD", "{ approvals(status: PENDING) { id reason requestedBy { code } } }"
    )
    assert waiting == [{"id": asked["approval"]["id"], "reason": "客户出差", "requestedBy": {"code": "F01"}}]
    decided = await story.client.one(
        "HEAD",
        change("decideApproval", "$approvalId: ID!, $approve: Boolean!, $note: String!", of="approval"),
        approvalId=asked["approval"]["id"],
        approve=True,
        note="同意",
    )
    assert decided["approval"]["status"] == "APPROVED"
    seen = await story.client.one(
        "F01", "query ($id: ID!) { registration(id: $id) { standing { expiresAt } } }", id=registration["id"]
    )
    assert seen["standing"]["expiresAt"] == story.midnight_after(22)


async def test_a_ruling_replaces_the_decision_and_both_stay_readable(story: Story) -> None:
    who = customer()
    await story.client.admitted("F01", **who)
    order = await story.client.placed("G01", externalRef="SO-1", takenByCode="G01", amount="100.01", **who)
    ruled = await story.client.one(
        "HEAD",
        change("ruleOnOrder", "$orderId: ID!, $credits: [CreditInput!]!, $reason: String!", of="order"),
        orderId=order["id"],
        credits=[{"staffCode": "F01", "shareBp": 5_000}, {"staffCode": "G01", "shareBp": 5_000}],
        reason="共同服务",
    )
    assert [each["verdict"] for each in ruled["order"]["attributions"]] == ["REGISTRANT", "RULED"]
    assert [credit["amount"] for credit in ruled["order"]["attribution"]["credits"]] == ["50.01", "50.00"]
    assert ruled["order"]["attribution"]["ruling"]["reason"] == "共同服务"


async def test_a_cancelled_order_credits_nobody_and_the_registration_lives_again(story: Story) -> None:
    who = customer()
    registration = await story.client.admitted("F01", **who)
    order = await story.client.placed("G01", externalRef="SO-1", takenByCode="G01", **who)
    cancelled = await story.client.one(
        "G01",
        change("cancelOrder", "$orderId: ID!, $reason: String!", of="order"),
        orderId=order["id"],
        reason="客户退单",
    )
    assert (cancelled["order"]["status"], cancelled["order"]["attribution"]["credits"]) == ("CANCELLED", [])
    seen = await story.client.one(
        "F01", "query ($id: ID!) { registration(id: $id) { standing { status } } }", id=registration["id"]
    )
    assert seen["standing"]["status"] == "PROTECTED"


async def test_the_quota_of_a_salesperson_is_used_and_given_back(story: Story) -> None:
    who = customer()
    await story.client.admitted("F01", **who)
    quota = "{ quota { month limit used remaining } }"
    before = await story.client.one("F01", quota)
    await story.client.placed("F01", externalRef="SO-1", takenByCode="F01", **who)
    after = await story.client.one("F01", quota)
    month = story.begins.date().isoformat()
    assert before == {"month": month, "limit": 20, "used": 1, "remaining": 19}
    assert after == {"month": month, "limit": 20, "used": 0, "remaining": 20}


async def test_the_sweep_tells_what_it_did_and_changes_no_answer(story: Story) -> None:
    registration = await story.client.admitted("F01", **customer())
    await story.after(days=16)
    asked = "query ($id: ID!) { registration(id: $id) { standing { status endedAt clause { number } } } }"
    before = await story.client.one("F01", asked, id=registration["id"])
    jobs = (await story.client.http.post("/dev/jobs")).json()["jobs"]
    after = await story.client.one("F01", asked, id=registration["id"])
    expired = {"status": "EXPIRED", "endedAt": story.midnight_after(15), "clause": {"number": "3.3.3"}}
    assert before["standing"] == after["standing"] == expired
    assert jobs[0]["job"] == "sweep_deadlines"
