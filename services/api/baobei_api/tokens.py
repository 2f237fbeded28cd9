"""Bearer tokens: who asks, never what they may do.

A token names a staff member and their alliance; roles come from the database at each request. Tokens go by
wall time, whatever the business clock says.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import jwt

from baobei import clock

ALGORITHM: Final = "HS256"
# What keys of a JWKS sign with: never a symmetric algorithm, whatever a token's header says.
PUBLIC_KEY_ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
JWKS_KEPT_S: Final = 300
JWKS_TIMEOUT_S: Final = 5
LONGEST_TOKEN_CHARS: Final = 4_096
LONGEST_CODE_CHARS: Final = 64


class TokenError(Exception):
    """A token that cannot be trusted; the message says why, and nothing of what stands in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says."""

    staff_code: str
    alliance_code: str


def issue_token(
    *,
    key: str,
    staff_code: str,
    alliance: str,
    expires_in_s: int,
    issuer: str | None = None,
    audience: str | None = None,
) -> str:
    """Return a development token for a staff member, good for so many seconds of wall time."""
    claims = {
        "sub": staff_code,
        "alliance": alliance,
        "exp": clock.wall_now() + timedelta(seconds=expires_in_s),
    }
    if issuer is not None:
        claims["iss"] = issuer
    if audience is not None:
        claims["aud"] = audience
    return jwt.encode(claims, key, algorithm=ALGORITHM)


class KeysUnavailable(Exception):
    """The keys that verify tokens cannot be fetched now."""


class PublishedKeys:
    """The keys of a JWKS URL, fetched when they are needed and kept for a while."""

    def __init__(self, url: str) -> None:
        self._client = jwt.PyJWKClient(url, lifespan=JWKS_KEPT_S, timeout=JWKS_TIMEOUT_S)

    async def key_of(self, token: str) -> jwt.PyJWK:
        """Return the key that a token names; raises `TokenError` or `KeysUnavailable`."""
        if len(token) > LONGEST_TOKEN_CHARS:
            raise TokenError("the token is too long")
        try:
            return await asyncio.to_thread(self._client.get_signing_key_from_jwt, token)
        except jwt.PyJWKClientConnectionError:
            raise KeysUnavailable from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise TokenError("the token is not one of this service") from None


def verify_token(
    token: str,
    *,
    key: str | jwt.PyJWK,
    issuer: str | None = None,
    audience: str | None = None,
) -> Claims:
    """Return what a token says; raises `TokenError` unless it is signed with the key and has not expired.

    A text is the development key; a published key is used with the algorithms of public keys alone.
    """
    if len(token) > LONGEST_TOKEN_CHARS:
        raise TokenError("the token is too long")
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM] if isinstance(key, str) else list(PUBLIC_KEY_ALGORITHMS),
            issuer=issuer,
            audience=audience,
            options={"require": ["sub", "alliance", "exp"], "verify_aud": audience is not None},
        )
    except jwt.ExpiredSignatureError:
        raise TokenError("the token has expired") from None
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
        raise TokenError("the token is not one of this service") from None
    return Claims(staff_code=_code(claims["sub"]), alliance_code=_code(claims["alliance"]))


def _code(claim: object) -> str:
    if not isinstance(claim, str) or not 1 <= len(claim) <= LONGEST_CODE_CHARS or not claim.isprintable():
        raise TokenError("the token names nobody")
    return claim
