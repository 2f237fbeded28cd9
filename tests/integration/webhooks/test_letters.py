"""Letters: signed, without secrets and without anybody's personal data."""

import json
from uuid import UUID

import pytest
from standardwebhooks import WebhookVerificationError

from baobei.clock import new_id
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.rotate_webhook_secret import rotate_webhook_secret
from baobei.webhooks.schedule import RETRIES, Schedule
from webhook_desk import ATTEMPTS, WebhookDesk
from webhook_receiver import Received, Receiver, status

NEVER = Schedule(waits=())


async def test_a_letter_is_verified_by_the_reference_library(desk: WebhookDesk, receiver: Receiver) -> None:
    issued = await desk.webhook(receiver.url("/hook?key=1"))
    subject, owner = new_id(), new_id()
    await desk.write(("registration.lapsed", subject), clause="3.3.2", owner=str(owner))

    relayed = await desk.relay()

    (letter,) = receiver.received
    assert letter.verified(issued.secret) == {
        "type": "registration.lapsed",
        "timestamp": "2026-11-01T12:00:00Z",
        "data": {"id": str(subject), "clause": "3.3.2", "owner": str(owner)},
    }
    assert letter.path == "/hook?key=1"
    assert UUID(letter.id)
    assert letter.headers["content-type"] == "application/json"
    assert letter.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (relayed.events, relayed.delivered, relayed.more, relayed.waiting_s) == (1, 1, False, 0.0)


async def test_another_secret_does_not_verify(desk: WebhookDesk, receiver: Receiver) -> None:
    await desk.webhook(receiver.url())
    other = await desk.webhook(receiver.url("/other"))
    await desk.write(("order.placed", new_id()))
    await desk.relay()

    with pytest.raises(WebhookVerificationError):
        receiver.at("/hook")[0].verified(other.secret)


async def test_both_secrets_sign_while_they_overlap_and_only_the_new_one_after(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    first = await desk.webhook(receiver.url())
    office, boss = desk.alliance.office, await desk.alliance.actor("OPS")
    second = await rotate_webhook_secret(office, boss, first.webhook.id)
    await desk.write(("order.placed", new_id()))
    await desk.relay()
    (during,) = receiver.received
    assert during.verified(first.secret) == during.verified(second.secret)  # type: ignore[union-attr]
    assert len(during.headers["webhook-signature"].split()) == 2

    await desk.pool.execute("UPDATE webhook_subscription SET previous_secret_until = now()")
    await desk.write(("order.placed", new_id()))
    await desk.relay()
    after = receiver.received[-1]
    assert after.verified(second.secret)["type"] == "order.placed"  # type: ignore[union-attr]
    with pytest.raises(WebhookVerificationError):
        after.verified(first.secret)


async def test_secrets_are_nowhere_but_sealed_even_when_a_receiver_repeats_them(
    desk: WebhookDesk, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    issued = await desk.webhook(receiver.url())

    async def echoes(received: Received) -> bytes:
        said = (
            f"{issued.secret} {issued.secret.removeprefix('whsec_')} {received.headers['webhook-signature']}"
        )
        return status("500 No", said.encode())

    receiver.behaviours["/hook"] = echoes
    await desk.write(("order.placed", new_id()))
    await desk.relay(schedule=NEVER)

    (attempt,) = await desk.fetch(ATTEMPTS)
    assert attempt["excerpt"] == "[hidden] [hidden] [hidden]"
    secret = issued.secret.removeprefix("whsec_")
    for table in (
        "webhook_subscription",
        "webhook_delivery",
        "webhook_attempt",
        "audit_event",
        "outbox_event",
    ):
        rows = await desk.fetch(f"SELECT t::text AS row FROM {table} t WHERE alliance_id = $1")
        assert all(secret not in row["row"] for row in rows), table
    printed = capsys.readouterr()
    assert secret not in printed.out + printed.err + repr(issued)


async def test_a_secret_that_cannot_be_opened_is_a_failed_attempt_and_not_a_crash(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url())
    await desk.pool.execute("UPDATE webhook_subscription SET secret_sealed = '\\x0001'")
    await desk.write(("order.placed", new_id()))
    relayed = await desk.relay(schedule=RETRIES)

    (attempt,) = await desk.fetch(ATTEMPTS)
    assert (attempt["failure"], relayed.retrying, receiver.received) == ("SECRET_UNREADABLE", 1, [])


async def test_an_event_holds_ids_codes_and_instants_and_nothing_that_a_person_wrote(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url())
    plain = {
        "registration": str(new_id()),
        "code": "ALREADY_PROTECTED",
        "clause": "3.3.2",
        "month": "2026-11-01",
        "until": "2026-11-14T00:00:00+08:00",
        "used": 20,
        "review": False,
        "limit": None,
    }
    await desk.write(
        ("registration.admitted", new_id()),
        **plain,
        name="王小明",
        phone="13800138000",
        number=13800138000,
        note="Call back",
        deep={"phone": "13800138000"},
        listed=["13800138000"],
    )
    await desk.relay()

    (letter,) = receiver.received
    assert {name: value for name, value in letter.event["data"].items() if name != "id"} == plain


async def test_what_the_service_writes_of_a_customers_story_leaves_whole_and_without_the_customer(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url())
    await desk.alliance.travel("2026-11-01T10:00:00+08:00")
    phone, address = "13800138000", "浦东新区锦绣路100弄3号楼2单元501室"
    await desk.alliance.admitted("G01", phone=phone, address=address)
    await desk.alliance.register("G02", phone=phone, address=address)
    order = PlaceOrder(external_ref="SO-1", name="王小明", phone=phone, address=address, taken_by_code="G02")
    await place_order(desk.alliance.office, await desk.alliance.actor("OPS"), order)
    await desk.relay_all()

    sent = {letter.event["type"]: letter.event["data"] for letter in receiver.received}
    assert {"registration.admitted", "registration.refused", "order.placed", "order.attributed"} <= set(sent)
    stored = await desk.fetch("SELECT event_type, payload FROM outbox_event WHERE alliance_id = $1")
    assert {row["event_type"]: set(json.loads(row["payload"])) | {"id"} for row in stored} == {
        type_: set(data) for type_, data in sent.items()
    }
    whole = json.dumps(sent, ensure_ascii=False)
    assert not any(personal in whole for personal in ("王小明", phone, "锦绣路", "SO-1"))
