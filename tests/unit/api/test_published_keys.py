"""Tokens of production: signed with a key that a JWKS URL publishes."""

import functools
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from baobei.clock import wall_now
from baobei_api.tokens import Claims, KeysUnavailable, PublishedKeys, TokenError, verify_token


@pytest.fixture
def jwks(tmp_path: Path) -> Iterator[tuple[str, RSAPrivateKey]]:
    """A URL that publishes one RSA key, and the key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    published = {
        **json.loads(RSAAlgorithm.to_jwk(key.public_key())),
        "kid": "k1",
        "alg": "RS256",
        "use": "sig",
    }
    (tmp_path / "jwks").write_text(json.dumps({"keys": [published]}))
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks", key
        server.shutdown()
        serving.join()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def published_token(
    key: object, *, algorithm: str = "RS256", kid: str = "k1", audience: str = "baobei"
) -> str:
    expires = wall_now() + timedelta(minutes=5)
    claims = {"sub": "G01", "alliance": "jinxiu", "exp": expires, "aud": audience}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})  # type: ignore[arg-type]


async def verified(url: str, token: str) -> Claims:
    return verify_token(token, key=await PublishedKeys(url).key_of(token), audience="baobei")


async def test_a_token_signed_with_a_published_key_names_its_staff_member(
    jwks: tuple[str, RSAPrivateKey],
) -> None:
    url, key = jwks
    claims = await verified(url, published_token(key))
    assert (claims.staff_code, claims.alliance_code) == ("G01", "jinxiu")


async def test_a_published_key_verifies_no_token_of_another_key_kid_audience_or_algorithm(
    jwks: tuple[str, RSAPrivateKey],
) -> None:
    url, key = jwks
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for token in (
        published_token(stranger),
        published_token(key, kid="k2"),
        published_token(key, audience="another"),
        published_token("s" * 32, algorithm="HS256"),
        published_token(None, algorithm="none"),
        "no token",
    ):
        with pytest.raises(TokenError):
            await verified(url, token)


async def test_keys_that_cannot_be_fetched_are_no_verdict_on_the_token() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(KeysUnavailable):
        await verified("http://127.0.0.1:1/jwks", published_token(key))
