"""Who asks: a bearer token or an API key says so, the database says what they may do."""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request

from baobei import clock
from baobei.operations.actor import Actor, Office
from baobei.operations.api_key_text import PREFIX, read_key
from baobei.operations.callers import Callers
from baobei.operations.use_api_key import KeyProblem, use_api_key
from baobei.settings import Settings
from baobei_api.graphql.errors import ApiError, ErrorCode, Unauthenticated, Unavailable
from baobei_api.published_keys import KeysUnavailable, PublishedKeys
from baobei_api.rate_limits import RateLimits
from baobei_api.request_log import request_id_of
from baobei_api.source import address_of
from baobei_api.tokens import (
    LONGEST_CODE_CHARS,
    LONGEST_TOKEN_CHARS,
    Claims,
    PublishedKey,
    TokenError,
    verify_token,
)

SCHEME: Final = "bearer"
ACT_AS: Final = "baobei-act-as"
ORIGIN_TOKEN: Final = "token"  # noqa: S105 - the name of an origin

_PROBLEMS: Final = {
    KeyProblem.NOT_GOOD: (ErrorCode.UNAUTHENTICATED, "the API key is not one of this service"),
    KeyProblem.NOT_FOR_THEM: (
        ErrorCode.FORBIDDEN,
        "Baobei-Act-As: the API key does not act for this staff member",
    ),
    KeyProblem.FOR_NOBODY: (
        ErrorCode.FORBIDDEN,
        "Baobei-Act-As: expected the code of a staff member for whom the API key acts",
    ),
}


class Authenticator:
    """Finds the actor of a request."""

    def __init__(
        self,
        office: Office,
        settings: Settings,
        limits: RateLimits,
        *,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._office = office
        self._settings = settings
        self._limits = limits
        self._callers = Callers(office)
        url = settings.jwks_url
        self._published = None if url is None else PublishedKeys(url, monotonic=monotonic)

    async def actor(self, request: Request) -> Actor:
        """Return on whose behalf a request is made; raises `ApiError`.

        Token or key, staff member and roles are looked at anew each time, so that whoever left, and whatever was
        revoked or has expired, is out at once. What stays open for long asks again and again. What is presented and
        not believed is counted by where it comes from: too much of it, and `RateLimited` is raised instead. Whoever
        has a good one passes, whoever else shares the address.
        """
        try:
            return await self._believed(request)
        except ApiError as error:
            if error.code is ErrorCode.UNAUTHENTICATED and "authorization" in request.headers:
                await self._limits.charge(self._limits.rules.sign_in_failures, self._source(request))
            raise

    def _source(self, request: Request) -> str:
        return address_of(request, proxies=self._settings.trusted_proxies)

    async def _believed(self, request: Request) -> Actor:
        credential = self._credential(request)
        act_as = _only(request, ACT_AS)
        if credential.startswith(PREFIX):
            return await self._of_key(credential, act_as, request_id_of(request))
        if act_as is not None:
            raise ApiError(
                ErrorCode.FORBIDDEN, "Baobei-Act-As: only an API key acts for somebody, a token never does"
            )
        return await self._of_token(credential, request_id_of(request))

    def _credential(self, request: Request) -> str:
        scheme, _, credential = (_only(request, "authorization") or "").partition(" ")
        if scheme.lower() != SCHEME or not credential.strip():
            raise Unauthenticated("expected the header Authorization: Bearer TOKEN")
        return credential.strip()

    async def _of_key(self, text: str, act_as: str | None, request_id: str) -> Actor:
        presented = read_key(text)
        if presented is None:
            raise ApiError(*_PROBLEMS[KeyProblem.NOT_GOOD])
        if act_as is not None and not _could_be_a_code(act_as):
            raise ApiError(*_PROBLEMS[KeyProblem.NOT_FOR_THEM])
        found = await use_api_key(self._office, presented, for_staff_code=act_as, request_id=request_id)
        if isinstance(found, KeyProblem):
            raise ApiError(*_PROBLEMS[found])
        return found

    async def _of_token(self, token: str, request_id: str) -> Actor:
        claims = await self._claims(token)
        found = await self._callers.caller(claims.alliance_code, claims.staff_code)
        if found is None or not found[1].active:
            raise Unauthenticated("the token names nobody who works for the alliance")
        alliance, staff = found
        return Actor(alliance=alliance, staff=staff, origin=ORIGIN_TOKEN, request_id=request_id)

    async def _claims(self, token: str) -> Claims:
        # Before anything is fetched for it.
        if len(token) > LONGEST_TOKEN_CHARS:
            raise Unauthenticated("the token is too long")
        try:
            return verify_token(
                token,
                key=await self._key(token),
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
            )
        except TokenError as error:
            raise Unauthenticated(str(error)) from None
        except KeysUnavailable:
            raise Unavailable from None

    async def _key(self, token: str) -> str | PublishedKey:
        if self._published is not None:
            return await self._published.key_of(token)
        if self._settings.dev_token_key is None:
            raise Unauthenticated("the service has no key to verify tokens with")
        return self._settings.dev_token_key.get_secret_value()


def _only(request: Request, name: str) -> str | None:
    """Return a header that stands there once at most: of two, somebody else may have read the other."""
    values = request.headers.getlist(name)
    if len(values) > 1:
        raise Unauthenticated(f"expected one header {name}, got {len(values)}")
    return values[0] if values else None


def _could_be_a_code(text: str) -> bool:
    return text.isascii() and text.isprintable() and 1 <= len(text) <= LONGEST_CODE_CHARS
