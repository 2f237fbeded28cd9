"""Signatures and the schedule of webhooks."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from baobei.clock import wall_now
from baobei.webhooks.letters import Letter
from baobei.webhooks.schedule import RETRIES
from baobei.webhooks.signature import new_secret, signed_headers, without_secrets


def test_the_reference_library_verifies_each_of_two_secrets() -> None:
    old, new = new_secret(), new_secret()
    body = b'{"type":"order.placed"}'
    headers = signed_headers(message_id="m1", sent_at=wall_now(), body=body, signing_secrets=[new, old])

    assert Webhook(new).verify(body, headers) == Webhook(old).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(body + b" ", headers)


def test_the_signature_is_that_of_the_reference_library() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    sent_at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        sent_at=sent_at,
        body=b'{"test": 2432232314}',
        signing_secrets=[secret],
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_ten_attempts_are_spread_over_75_hours_give_or_take_a_tenth() -> None:
    assert RETRIES.attempts == 10
    assert sum(RETRIES.waits, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    for attempt, wait in enumerate(RETRIES.waits, start=1):
        drawn = [RETRIES.wait_after(attempt) for _ in range(50)]
        assert all(each is not None and wait * 0.9 <= each <= wait * 1.1 for each in drawn)
        assert len(set(drawn)) > 1
    assert RETRIES.wait_after(10) is None


def test_a_letter_shows_neither_its_url_nor_its_secrets() -> None:
    letter = Letter(url="https://h/?token=abc", message_id="m1", body=b"{}", secrets=("whsec_abc",))

    assert repr(letter) == "Letter(message_id='m1')"


def test_what_a_receiver_repeats_of_the_secrets_is_hidden() -> None:
    secret = new_secret()
    signature = signed_headers(message_id="m", sent_at=wall_now(), body=b"", signing_secrets=[secret])

    said = f"{secret}, {secret.removeprefix('whsec_')} and {signature['webhook-signature']}."
    assert without_secrets(said, [secret]) == "[hidden], [hidden] and [hidden]."
