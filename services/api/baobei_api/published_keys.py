"""The keys of a JWKS URL: fetched when they are needed, kept for a while, and no longer than is safe.

What comes from the URL is somebody else's: it is bounded in size and time, read as data, and anything in it that
is no public key of a kind we know is passed over.
"""

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from baobei import clock
from baobei_api.tokens import PublishedKey, TokenError, read_header

LARGEST_SET_BYTES: Final = 256 * 1024
MOST_KEYS: Final = 100
RSA_BITS: Final = range(2_048, 8_193)
# One algorithm for each kind of key, and no symmetric one: whatever a token's header or a key says.
ALGORITHM_OF: Final[Mapping[tuple[str, str | None], str]] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
USER_AGENT: Final = "Baobei-JWKS/1"

log: Final = structlog.get_logger("baobei.api")


class KeysUnavailable(Exception):
    """The keys that verify tokens cannot be fetched now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long keys are kept, in seconds.

    `fresh` until they are fetched again; `grace` for how long they go on being used while the URL is down;
    `between` the beginnings of two fetches at least, whoever asks and whatever for; `fetch`, which is less, for
    one of them in all.
    """

    fresh: float = 300
    grace: float = 3_600
    between: float = 10
    fetch: float = 5


class PublishedKeys:
    """The keys of one URL.

    One request at a time fetches, and no more often than `Lifetimes.between`; meanwhile the others go on with the
    keys that are known, or wait for it when the key they need is not. So a flood of tokens that name keys there
    are not asks the URL as often as one such token.
    """

    def __init__(
        self,
        url: str,
        *,
        lifetimes: Lifetimes | None = None,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._url = url
        self._lifetimes = lifetimes or Lifetimes()
        self._monotonic = monotonic
        self._tls = ssl.create_default_context()
        self._fetching = asyncio.Lock()
        self._keys: Mapping[str, PublishedKey] = {}
        self._tried_at: float | None = None
        self._fetched_at: float | None = None

    async def key_of(self, token: str) -> PublishedKey:
        """Return the key that a token names; raises `TokenError` or `KeysUnavailable`."""
        header = read_header(token)
        if header.key_id is None:
            raise TokenError("the token does not name its key (kid)")
        if not self._may_be_used(header.key_id) or self._wants_fetch(header.key_id):
            async with self._fetching:
                # Whoever held it before has perhaps brought what is wanted.
                if self._wants_fetch(header.key_id):
                    await self._refresh()
        return self._found(header.key_id)

    def _wants_fetch(self, key_id: str) -> bool:
        if self._tried_at is not None and self._monotonic() - self._tried_at < self._lifetimes.between:
            return False
        return key_id not in self._keys or self._age() >= self._lifetimes.fresh

    def _may_be_used(self, key_id: str) -> bool:
        return key_id in self._keys and self._age() < self._lifetimes.grace

    def _found(self, key_id: str) -> PublishedKey:
        if self._may_be_used(key_id):
            return self._keys[key_id]
        # What the last fetch did not bring, the issuer does not publish; if it failed, nobody knows.
        if self._fetched_at is None or self._fetched_at != self._tried_at:
            raise KeysUnavailable
        raise TokenError("the token names a key (kid) that its issuer does not publish")

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._monotonic() - self._fetched_at

    async def _refresh(self) -> None:
        self._tried_at = self._monotonic()
        try:
            async with asyncio.timeout(self._lifetimes.fetch):
                self._keys = read_keys(await self._fetched())
        except (
            TimeoutError,
            OSError,
            ValueError,
            RuntimeError,
            httpx2.HTTPError,
            httpx2.InvalidURL,
        ) as error:
            log.warning("jwks_unavailable", error=type(error).__qualname__, kept=len(self._keys))
        else:
            self._fetched_at = self._tried_at

    async def _fetched(self) -> bytes:
        """Return the body of the URL; no redirects, proxies or decoding, and no more than may be there."""
        request = httpx2.Request(
            "GET",
            self._url,
            headers={
                "accept": "application/jwk-set+json, application/json",
                "accept-encoding": "identity",
                "user-agent": USER_AGENT,
            },
            extensions={
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._lifetimes.fetch)
            },
        )
        async with httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False) as transport:
            response = await transport.handle_async_request(request)
            try:
                if response.status_code != httpx2.codes.OK:
                    raise ValueError("not answered with 200")
                return await _body(response)
            finally:
                await response.aclose()


def read_keys(body: bytes) -> dict[str, PublishedKey]:
    """Return the usable keys of a JWKS by their ids; raises `ValueError` for what is none.

    A set without keys says that there are none. One that has entries and not a single usable key is taken for
    garbage, so that the keys from before it go on being used.
    """
    try:
        document = json.loads(body)
    except RecursionError:
        raise ValueError("not a JWKS") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWKS")
    keys: dict[str, PublishedKey] = {}
    for entry in entries[:MOST_KEYS]:
        read = _read_key(entry)
        if read is not None:
            # The first of two with one id: which one a token means must not depend on the order of fetching.
            keys.setdefault(*read)
    if entries and not keys:
        raise ValueError("a JWKS without a usable key")
    return keys


def _read_key(entry: Any) -> tuple[str, PublishedKey] | None:
    """Return a key under its id, None for what is no public key that verifies with an algorithm of ours."""
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or "d" in entry:
        return None
    kind = (entry.get("kty"), entry.get("crv"))
    if not all(isinstance(word, str | None) for word in kind):
        return None
    algorithm = ALGORITHM_OF.get(kind)  # type: ignore[arg-type]  # a kind without words is none of ours
    if algorithm is None or entry.get("alg", algorithm) != algorithm or entry.get("use", "sig") != "sig":
        return None
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        key = jwt.PyJWK(entry, algorithm)
    except (jwt.PyJWTError, TypeError, ValueError, OverflowError):
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size not in RSA_BITS:
        return None
    return entry["kid"], PublishedKey(algorithm=algorithm, key=key)


async def _body(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > LARGEST_SET_BYTES:
            raise ValueError("larger than a JWKS may be")
    return bytes(body)
