"""An issuer of tokens in this process: real keys, published by real HTTP, and whatever misbehaviour a test asks for."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from baobei.clock import wall_now
from webhook_receiver import Behaviour, Receiver, answering, receiving, status

ISSUER = "https://issuer.example"
AUDIENCE = "baobei"
PATH = "/jwks"


@cache
def rsa_key(name: str, bits: int = 2_048) -> rsa.RSAPrivateKey:
    """A key of that name, the same each time: making one takes a while."""
    del name
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def jwk_of(private: Any, kid: str, **more: Any) -> dict[str, Any]:
    """The public half of a key as a JWKS states it."""
    kind = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    algorithm: Any = next((found for of, found in kind.items() if isinstance(private, of)), OKPAlgorithm)
    return {**json.loads(algorithm.to_jwk(private.public_key())), "kid": kid, "use": "sig", **more}


def signed(
    private: Any,
    *,
    kid: str | None = "k1",
    algorithm: str = "RS256",
    headers: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A token of the issuer; a change of None leaves a claim out."""
    claims = {
        "sub": "G01",
        "alliance": "jinxiu",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": wall_now() + timedelta(minutes=5),
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    named = {} if kid is None else {"kid": kid}
    return jwt.encode(kept, private, algorithm=algorithm, headers={**named, **(headers or {})})


@dataclass(slots=True)
class Issuer:
    """Publishes what it is told to, and counts how often it was asked."""

    receiver: Receiver

    @property
    def url(self) -> str:
        """Where the keys are published."""
        return self.receiver.url(PATH)

    @property
    def asked(self) -> int:
        """How often the keys were asked for."""
        return len(self.receiver.at(PATH))

    def publish(self, **keys: Any) -> None:
        """Publish the public halves of keys, each under its id."""
        self.publish_body(json.dumps({"keys": [jwk_of(key, kid) for kid, key in keys.items()]}).encode())

    def publish_body(self, body: bytes, line: str = "200 OK", headers: str = "") -> None:
        """Answer with a body, whatever it is."""
        self.behave(answering(status(line, body, headers)))

    def behave(self, behaviour: Behaviour) -> None:
        """Answer as a test says."""
        self.receiver.behaviours[PATH] = behaviour

    def go_down(self) -> None:
        """Answer as a server does that is out of order."""
        self.publish_body(b"", "503 Service Unavailable")


@asynccontextmanager
async def issuing(**keys: Any) -> AsyncIterator[Issuer]:
    """Publish keys on a free port of this machine."""
    async with receiving() as receiver:
        issuer = Issuer(receiver=receiver)
        issuer.publish(**keys)
        yield issuer
