"""Tokens that are not what they claim to be, over real HTTP, against the API as production runs it."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alliances import TestAlliance, new_alliance
from baobei.clock import wall_now
from baobei.settings import Settings
from baobei_api.app import create_app
from baobei_api.tokens import LEEWAY_S
from jwks_issuer import AUDIENCE, ISSUER, Issuer, issuing, jwk_of, rsa_key, signed
from served import served

OURS, STRANGER = rsa_key("ours"), rsa_key("stranger")
ME = {"query": "{ me { code } }"}
VAULT_KEY = "A" * 43 + "="


@dataclass(frozen=True, slots=True)
class Production:
    """The API in production mode, the issuer whose tokens it believes, and an alliance."""

    issuer: Issuer
    http: httpx2.AsyncClient
    alliance: TestAlliance

    def token(self, private: Any = OURS, **changes: Any) -> str:
        return signed(private, **{"alliance": self.alliance.code, **changes})

    async def ask(self, token: str) -> httpx2.Response:
        return await self.http.post("/graphql", json=ME, headers={"authorization": f"Bearer {token}"})


@asynccontextmanager
async def _running(database_url: str, redis_url: str) -> AsyncIterator[Production]:
    async with (
        asyncpg.create_pool(database_url, min_size=1, max_size=2, timeout=10) as pool,
        issuing(k1=OURS) as issuer,
    ):
        alliance = await new_alliance(pool)
        settings = Settings(
            database_url=database_url,
            redis_url=redis_url,
            mode="production",
            jwks_url=issuer.url,
            jwt_issuer=ISSUER,
            jwt_audience=AUDIENCE,
            vault_keys=f"1:{VAULT_KEY}",  # type: ignore[arg-type]
            vault_index_key=VAULT_KEY,  # type: ignore[arg-type]
            # Fewer failures than these tests make, and everybody would be told to wait.
            sign_in_failures_per_minute=10_000,
            log_level="error",
            pool_min_size=1,
            pool_max_size=2,
        )
        async with (
            served(create_app(settings)) as url,
            httpx2.AsyncClient(base_url=url, timeout=30) as http,
        ):
            yield Production(issuer, http, alliance)


@pytest.fixture(scope="module")
async def production(database_url: str, redis_url: str) -> AsyncIterator[Production]:
    """One for all attacks: none of them changes anything."""
    async with _running(database_url, redis_url) as running:
        yield running


@pytest.fixture
async def troubled(database_url: str, redis_url: str) -> AsyncIterator[Production]:
    """One of a test's own, which has not asked for the keys yet."""
    async with _running(database_url, redis_url) as running:
        yield running


async def test_a_token_of_the_issuer_is_believed(production: Production) -> None:
    answer = await production.ask(production.token())
    assert (answer.status_code, answer.json()) == (200, {"data": {"me": {"code": "G01"}}})


def _forged(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """A token signed with HS256, whatever its header says."""
    parts = (header, claims)
    signing = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(key, signing, "sha256")).rstrip(b"=")
    return b".".join([signing, signature]).decode()


def _claims(production: Production) -> dict[str, Any]:
    return jwt.decode(production.token(), options={"verify_signature": False})


def _pem() -> bytes:
    return OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _unsigned(production: Production, algorithm: str) -> str:
    token = _forged({"alg": algorithm, "typ": "JWT", "kid": "k1"}, _claims(production), b"")
    return token.rpartition(".")[0] + "."


def _changed(production: Production) -> str:
    head, _, signature = production.token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(_claims(production) | {"sub": "HEAD"}).encode()).rstrip(b"=")
    return f"{head}.{body.decode()}.{signature}"


def _ago(**much: float) -> int:
    return int((wall_now() - timedelta(**much)).timestamp())


ATTACKS = {
    "not signed": lambda p: _unsigned(p, "none"),
    "not signed, in other letters": lambda p: _unsigned(p, "nOnE"),
    "signed with the public key as a shared secret": lambda p: _forged(
        {"alg": "HS256", "typ": "JWT", "kid": "k1"}, _claims(p), _pem()
    ),
    "signed with the public key, and claiming RS256": lambda p: _forged(
        {"alg": "RS256", "typ": "JWT", "kid": "k1"}, _claims(p), _pem()
    ),
    "signed with the modulus as a shared secret": lambda p: _forged(
        {"alg": "HS256", "typ": "JWT", "kid": "k1"}, _claims(p), jwk_of(OURS, "k1")["n"].encode()
    ),
    "signed with nothing": lambda p: _forged({"alg": "HS256", "typ": "JWT", "kid": "k1"}, _claims(p), b""),
    "another algorithm of the same key": lambda p: p.token(algorithm="RS512"),
    "padding of another kind": lambda p: p.token(algorithm="PS256"),
    "another issuer": lambda p: p.token(iss="https://other.example"),
    "no issuer": lambda p: p.token(iss=None),
    "another audience": lambda p: p.token(aud="another"),
    "no audience": lambda p: p.token(aud=None),
    "expired": lambda p: p.token(exp=_ago(seconds=LEEWAY_S + 5)),
    "never expires": lambda p: p.token(exp=None),
    "expires in words": lambda p: p.token(exp="tomorrow"),
    "not valid yet": lambda p: p.token(nbf=_ago(seconds=-LEEWAY_S - 60)),
    "issued in the future": lambda p: p.token(iat=_ago(seconds=-LEEWAY_S - 60)),
    "an unknown key": lambda p: p.token(STRANGER, kid="k9"),
    "no key named": lambda p: p.token(kid=None),
    "a stranger's key under our id": lambda p: p.token(STRANGER),
    "its own key brought along": lambda p: p.token(STRANGER, headers={"jwk": jwk_of(STRANGER, "k1")}),
    "its own key brought along under another id": lambda p: p.token(
        STRANGER, kid="mine", headers={"jwk": jwk_of(STRANGER, "mine")}
    ),
    "its own keys pointed at": lambda p: p.token(
        STRANGER, kid="mine", headers={"jku": p.issuer.receiver.url("/mine")}
    ),
    "its own certificate pointed at": lambda p: p.token(
        STRANGER, headers={"x5u": p.issuer.receiver.url("/mine")}
    ),
    "a path as a key": lambda p: _forged(
        {"alg": "HS256", "typ": "JWT", "kid": "../../../dev/null"}, _claims(p), b""
    ),
    "a critical extension": lambda p: p.token(headers={"crit": ["urn:x"], "urn:x": True}),
    "made for something else": lambda p: p.token(headers={"typ": "logout+jwt"}),
    "claims changed after signing": _changed,
    "nobody of ours": lambda p: p.token(sub="G99"),
    "another alliance": lambda p: p.token(alliance="nowhere"),
    "too long": lambda p: p.token(padding="x" * 5_000),
    "not a token": lambda _: "a.b.c",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_a_token_that_is_not_ours_is_nobody(production: Production, attack: Any) -> None:
    answer = await production.ask(attack(production))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    # Nothing that a token points at was ever asked for.
    assert {received.path for received in production.issuer.receiver.received} <= {"/jwks"}


async def test_an_unknown_key_is_named_as_what_is_wrong(production: Production) -> None:
    answer = await production.ask(production.token(STRANGER, kid="k9"))
    (error,) = answer.json()["errors"]
    assert error["message"] == "the token names a key (kid) that its issuer does not publish"


BELIEVED = {
    "just expired": lambda: {"exp": _ago(seconds=LEEWAY_S // 3)},
    "just before its time": lambda: {"nbf": _ago(seconds=-LEEWAY_S // 3)},
    "issued in a moment": lambda: {"iat": _ago(seconds=-LEEWAY_S // 3)},
    "one of its audiences": lambda: {"aud": ["another", AUDIENCE]},
    "an access token": lambda: {"headers": {"typ": "at+jwt"}},
}


@pytest.mark.parametrize("changes", BELIEVED.values(), ids=BELIEVED)
async def test_clocks_may_differ_a_little_and_audiences_be_several(
    production: Production, changes: Any
) -> None:
    assert (await production.ask(production.token(**changes()))).status_code == 200


async def test_an_issuer_that_is_down_from_the_start_is_no_verdict_on_a_token(troubled: Production) -> None:
    troubled.issuer.go_down()
    answer = await troubled.ask(troubled.token())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}


async def test_an_issuer_that_goes_down_later_is_not_missed_at_once(troubled: Production) -> None:
    assert (await troubled.ask(troubled.token())).status_code == 200
    troubled.issuer.go_down()
    assert (await troubled.ask(troubled.token())).status_code == 200


@pytest.mark.parametrize("body", [b"<html>", b'{"keys": [' + b" " * 300_000 + b"]}"], ids=["garbage", "huge"])
async def test_an_issuer_that_publishes_garbage_is_no_verdict_on_a_token(
    troubled: Production, body: bytes
) -> None:
    troubled.issuer.publish_body(body)
    assert (await troubled.ask(troubled.token())).status_code == 503


async def test_a_deactivated_person_is_out_with_the_same_token(troubled: Production) -> None:
    token = troubled.token()
    assert (await troubled.ask(token)).status_code == 200
    await troubled.alliance.office.pool.execute(
        "UPDATE staff SET active = false WHERE code = 'G01' AND alliance_id = $1",
        (await troubled.alliance.actor("G01")).alliance.id,
    )
    assert (await troubled.ask(token)).status_code == 401


async def test_a_token_acts_for_nobody_else(production: Production) -> None:
    headers = {"authorization": f"Bearer {production.token()}", "baobei-act-as": "HEAD"}
    answer = await production.http.post("/graphql", json=ME, headers=headers)
    assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


async def test_two_tokens_in_one_request_are_none(production: Production) -> None:
    headers = [("authorization", f"Bearer {production.token()}")] * 2
    assert (await production.http.post("/graphql", json=ME, headers=headers)).status_code == 401
