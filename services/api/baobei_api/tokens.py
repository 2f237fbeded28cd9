"""Bearer tokens: who asks, never what they may do.

A token names a staff member and their alliance; roles come from the database at each request. Tokens go by
wall time, whatever the business clock says. What a token says of itself chooses nothing but which of our keys
it is tried with: the algorithm is the key's, and keys that it brings along or points at are never looked at.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import jwt

from baobei import clock

ALGORITHM: Final = "HS256"
# How far the clock of an issuer may be from ours. The development key signs on this machine and has none.
LEEWAY_S: Final = 30
LONGEST_TOKEN_CHARS: Final = 4_096
LONGEST_CODE_CHARS: Final = 64
# What a token may call itself; a token made for something else (a logout, say) is signed with the same keys.
TYPES: Final = frozenset({"JWT", "AT+JWT"})

NOT_OURS: Final = "the token is not one of this service"


class TokenError(Exception):
    """A token that cannot be trusted; the message says why, and nothing of what stands in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says."""

    staff_code: str
    alliance_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a token says of itself before anything of it is believed."""

    algorithm: str
    key_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """A public key with the one algorithm that it verifies."""

    algorithm: str
    key: jwt.PyJWK


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


def read_header(token: str) -> Header:
    """Return which key and algorithm a token names; raises `TokenError` for what is no token.

    Extensions that we do not know (`crit`) and tokens made for something else (`typ`) are refused here.
    """
    if len(token) > LONGEST_TOKEN_CHARS:
        raise TokenError("the token is too long")
    try:
        header: dict[str, Any] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenError(NOT_OURS) from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(key_id, str | None):
        raise TokenError(NOT_OURS)
    if "crit" in header or "b64" in header:
        raise TokenError("the token asks for an extension that this service does not have")
    type_ = header.get("typ", "JWT")
    if not isinstance(type_, str) or type_.upper().removeprefix("APPLICATION/") not in TYPES:
        raise TokenError("the token was made for something else")
    return Header(algorithm=algorithm, key_id=key_id)


def verify_token(
    token: str,
    *,
    key: str | PublishedKey,
    issuer: str | None = None,
    audience: str | None = None,
) -> Claims:
    """Return what a token says; raises `TokenError` unless it is signed with the key and in time.

    A text is the development key (HS256, no leeway); a published key verifies its one algorithm alone, so that
    its public half is never taken for a shared secret. `issuer` and `audience` are asked for when given.
    """
    published = isinstance(key, PublishedKey)
    algorithm = key.algorithm if isinstance(key, PublishedKey) else ALGORITHM
    if read_header(token).algorithm != algorithm:
        raise TokenError(NOT_OURS)
    try:
        claims = jwt.decode(
            token,
            key.key if isinstance(key, PublishedKey) else key,
            algorithms=[algorithm],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_S if published else 0,
            options={"require": ["sub", "alliance", "exp"], "verify_aud": audience is not None},
        )
    except jwt.ExpiredSignatureError:
        raise TokenError("the token has expired") from None
    except jwt.ImmatureSignatureError:
        raise TokenError("the token is not valid yet") from None
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
        raise TokenError(NOT_OURS) from None
    return Claims(staff_code=_code(claims["sub"]), alliance_code=_code(claims["alliance"]))


def _code(claim: object) -> str:
    if not isinstance(claim, str) or not 1 <= len(claim) <= LONGEST_CODE_CHARS or not claim.isprintable():
        raise TokenError("the token names nobody")
    return claim
