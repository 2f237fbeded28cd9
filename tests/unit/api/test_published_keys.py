"""Keys of a JWKS URL: which are used, how often they are asked for, and how long they hold when it is down."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from baobei_api.published_keys import (
    LARGEST_SET_BYTES,
    KeysUnavailable,
    Lifetimes,
    PublishedKeys,
    read_keys,
)
from baobei_api.tokens import Claims, TokenError, verify_token
from jwks_issuer import AUDIENCE, ISSUER, PATH, Issuer, issuing, jwk_of, rsa_key, signed
from webhook_receiver import Received, status

LIVES = Lifetimes(fresh=300, grace=3_600, between=10, fetch=9)
ONE, TWO, STRANGER = rsa_key("one"), rsa_key("two"), rsa_key("stranger")


@dataclass(slots=True)
class HandClock:
    """A clock that the test moves."""

    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at


@dataclass(frozen=True, slots=True)
class Bench:
    """The keys of an issuer as the service holds them, and the clock that it goes by."""

    issuer: Issuer
    keys: PublishedKeys
    clock: HandClock

    async def verified(self, token: str) -> Claims:
        key = await self.keys.key_of(token)
        return verify_token(token, key=key, issuer=ISSUER, audience=AUDIENCE)

    async def believes(self, token: str) -> bool:
        try:
            await self.verified(token)
        except TokenError:
            return False
        return True


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with issuing(k1=ONE) as issuer:
        clock = HandClock()
        yield Bench(issuer, PublishedKeys(issuer.url, lifetimes=LIVES, monotonic=clock), clock)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ONE, "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
    ids=["RSA", "EC", "Ed25519"],
)
async def test_a_token_signed_with_a_published_key_names_its_staff_member(
    bench: Bench, key: Any, algorithm: str
) -> None:
    bench.issuer.publish(k1=key)
    assert await bench.verified(signed(key, algorithm=algorithm)) == Claims(
        staff_code="G01", alliance_code="jinxiu"
    )


async def test_keys_are_fetched_once_for_many_requests_at_once(bench: Bench) -> None:
    token = signed(ONE)
    assert all(await asyncio.gather(*(bench.believes(token) for _ in range(100))))
    assert bench.issuer.asked == 1


async def test_a_flood_of_unknown_keys_asks_the_issuer_once_in_ten_seconds(bench: Bench) -> None:
    assert await bench.believes(signed(ONE))
    tokens = [signed(STRANGER, kid=f"no{number}") for number in range(60)]
    bench.clock.at += 11
    assert not any(await asyncio.gather(*(bench.believes(token) for token in tokens)))
    bench.clock.at += 9
    assert not any([await bench.believes(token) for token in tokens])
    assert bench.issuer.asked == 2
    assert await bench.believes(signed(ONE))


async def test_a_rotated_key_is_found_as_soon_as_a_token_names_it(bench: Bench) -> None:
    assert await bench.believes(signed(ONE))
    bench.issuer.publish(k1=ONE, k2=TWO)
    bench.clock.at += 11
    assert await bench.believes(signed(TWO, kid="k2"))
    assert await bench.believes(signed(ONE))
    assert bench.issuer.asked == 2


async def test_a_withdrawn_key_is_none_when_the_keys_are_fetched_again(bench: Bench) -> None:
    assert await bench.believes(signed(ONE))
    bench.issuer.publish(k2=TWO)
    bench.clock.at += 299
    assert await bench.believes(signed(ONE))
    bench.clock.at += 1
    assert not await bench.believes(signed(ONE))


async def test_known_keys_go_on_being_used_for_an_hour_while_the_issuer_is_down(bench: Bench) -> None:
    assert await bench.believes(signed(ONE))
    bench.issuer.go_down()
    bench.clock.at += 3_599
    assert await bench.believes(signed(ONE))
    with pytest.raises(KeysUnavailable):
        await bench.believes(signed(TWO, kid="k2"))
    bench.clock.at += 1
    with pytest.raises(KeysUnavailable):
        await bench.believes(signed(ONE))


async def test_an_issuer_that_is_down_is_asked_once_in_ten_seconds(bench: Bench) -> None:
    assert await bench.believes(signed(ONE))
    bench.issuer.go_down()
    bench.clock.at += 400
    for _ in range(50):
        assert await bench.believes(signed(ONE))
    bench.clock.at += 10
    assert all(await asyncio.gather(*(bench.believes(signed(ONE)) for _ in range(50))))
    assert bench.issuer.asked == 3


async def test_an_issuer_that_is_back_is_believed_again(bench: Bench) -> None:
    bench.issuer.go_down()
    with pytest.raises(KeysUnavailable):
        await bench.believes(signed(ONE))
    bench.issuer.publish(k1=ONE)
    bench.clock.at += 10
    assert await bench.believes(signed(ONE))


async def test_while_one_request_waits_for_the_issuer_the_others_use_the_known_keys(bench: Bench) -> None:
    assert await bench.believes(signed(ONE))
    answered, asked = asyncio.Event(), asyncio.Event()

    async def slow(_received: Received) -> bytes:
        asked.set()
        await answered.wait()
        return status("200 OK", json.dumps({"keys": [jwk_of(ONE, "k1")]}).encode())

    bench.issuer.behave(slow)
    bench.clock.at += 400
    waiting = asyncio.create_task(bench.believes(signed(ONE)))
    await asked.wait()
    assert await bench.believes(signed(ONE))
    assert not waiting.done()
    answered.set()
    assert await waiting


GARBAGE = {
    "not JSON": b"<html>",
    "not UTF-8": b"\xff\xfe",
    "a list": b"[]",
    "no keys": b"{}",
    "keys that are no list": b'{"keys": {"k1": {}}}',
    "keys of nothing": b'{"keys": [1, "k1", null, [], {}]}',
    "deep": b'{"keys": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "huge": b'{"keys": [' + b" " * LARGEST_SET_BYTES + b"]}",
    "a number of 5000 digits": b'{"keys": [' + b"9" * 5_000 + b"]}",
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_changes_nothing_of_what_is_known(bench: Bench, body: bytes) -> None:
    assert await bench.believes(signed(ONE))
    bench.issuer.publish_body(body)
    bench.clock.at += 400
    assert await bench.believes(signed(ONE))
    with pytest.raises(KeysUnavailable):
        await bench.believes(signed(TWO, kid="k2"))
    assert bench.issuer.asked == 2


async def test_an_issuer_that_says_that_it_has_no_keys_is_believed(bench: Bench) -> None:
    assert await bench.believes(signed(ONE))
    bench.issuer.publish_body(b'{"keys": []}')
    bench.clock.at += 400
    assert not await bench.believes(signed(ONE))


async def test_an_endless_answer_is_cut_off(bench: Bench) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n"
    bench.issuer.behave(lambda _: _answer(head + b" " * (2 * LARGEST_SET_BYTES)))
    with pytest.raises(KeysUnavailable):
        await bench.believes(signed(ONE))


async def test_an_issuer_that_never_answers_is_given_up(bench: Bench) -> None:
    never = asyncio.Event()

    async def silent(_received: Received) -> bytes:
        await never.wait()
        return b""

    bench.issuer.behave(silent)
    impatient = PublishedKeys(bench.issuer.url, lifetimes=Lifetimes(fetch=0.2))
    with pytest.raises(KeysUnavailable):
        await impatient.key_of(signed(ONE))
    never.set()


async def test_a_redirect_is_not_followed(bench: Bench) -> None:
    elsewhere = bench.issuer.receiver.url("/elsewhere")
    bench.issuer.publish_body(b"", "302 Found", f"location: {elsewhere}\r\n")
    with pytest.raises(KeysUnavailable):
        await bench.believes(signed(ONE))
    assert [received.path for received in bench.issuer.receiver.received] == [PATH]


async def test_nobody_listens_at_all() -> None:
    keys = PublishedKeys("http://127.0.0.1:1/jwks", lifetimes=LIVES)
    with pytest.raises(KeysUnavailable):
        await keys.key_of(signed(ONE))


UNUSABLE = {
    "symmetric": {"kty": "oct", "k": "a" * 43, "kid": "k1", "alg": "HS256"},
    "another algorithm": jwk_of(ONE, "k1", alg="RS512"),
    "called symmetric": jwk_of(ONE, "k1", alg="HS256"),
    "for encryption": jwk_of(ONE, "k1", use="enc"),
    "for signing": jwk_of(ONE, "k1", key_ops=["sign"]),
    "operations that are no list": jwk_of(ONE, "k1", key_ops="verify"),
    "with its private half": jwk_of(ONE, "k1", d="AQAB"),
    "short": jwk_of(rsa_key("short", 1_024), "k1"),
    "another curve": jwk_of(ec.generate_private_key(ec.SECP384R1()), "k1"),
    "a point off its curve": {**jwk_of(ec.generate_private_key(ec.SECP256R1()), "k1"), "x": "AQ", "y": "AQ"},
    "without an id": {name: part for name, part in jwk_of(ONE, "k1").items() if name != "kid"},
    "an id that is a list": {**jwk_of(ONE, "k1"), "kid": ["k1"]},
    "a kind that is a list": jwk_of(ONE, "k1", kty=["RSA"]),
    "without its modulus": {name: part for name, part in jwk_of(ONE, "k1").items() if name != "n"},
    "a modulus that is no number": jwk_of(ONE, "k1", n="?"),
}


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_public_key_of_ours_is_passed_over(entry: dict[str, Any]) -> None:
    assert set(read_keys(json.dumps({"keys": [entry, jwk_of(TWO, "k2")]}).encode())) == {"k2"}


def test_of_two_keys_with_one_id_the_first_counts() -> None:
    found = read_keys(json.dumps({"keys": [jwk_of(ONE, "k1"), jwk_of(TWO, "k1")]}).encode())
    assert found["k1"].key.key.public_numbers() == ONE.public_key().public_numbers()


async def _answer(bytes_: bytes) -> bytes:
    return bytes_
