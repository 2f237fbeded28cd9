"""Who asks: the bearer token says so, the database says what they may do."""

from typing import Final

from jwt import PyJWK
from starlette.requests import Request

from baobei.operations.actor import Actor, Office
from baobei.operations.callers import Callers
from baobei.settings import Settings
from baobei_api.graphql.errors import Unauthenticated, Unavailable
from baobei_api.rate_limits import RateLimits
from baobei_api.request_log import request_id_of
from baobei_api.source import address_of
from baobei_api.tokens import Claims, KeysUnavailable, PublishedKeys, TokenError, verify_token

SCHEME: Final = "bearer"


class Authenticator:
    """Finds the actor of a request."""

    def __init__(self, office: Office, settings: Settings, limits: RateLimits) -> None:
        self._settings = settings
        self._limits = limits
        self._callers = Callers(office)
        self._published = None if settings.jwks_url is None else PublishedKeys(settings.jwks_url)

    async def actor(self, request: Request) -> Actor:
        """Return on whose behalf a request is made; raises `Unauthenticated`.

        The staff member is read from the database each time: whoever left is out at once. Tokens that are not
        believed are counted by where they come from: too many, and `RateLimited` is raised instead. Whoever
        has a good one passes, whoever else shares the address.
        """
        try:
            return await self._believed(request)
        except Unauthenticated:
            if "authorization" in request.headers:
                await self._limits.charge(self._limits.rules.sign_in_failures, self._source(request))
            raise

    def _source(self, request: Request) -> str:
        return address_of(request, proxies=self._settings.trusted_proxies)

    async def _believed(self, request: Request) -> Actor:
        claims = await self._claims(request)
        found = await self._callers.caller(claims.alliance_code, claims.staff_code)
        if found is None or not found[1].active:
            raise Unauthenticated("the token names nobody who works for the alliance")
        alliance, staff = found
        return Actor(alliance=alliance, staff=staff, request_id=request_id_of(request))

    async def _claims(self, request: Request) -> Claims:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != SCHEME or not token.strip():
            raise Unauthenticated("expected the header Authorization: Bearer TOKEN")
        try:
            return verify_token(
                token.strip(),
                key=await self._key(token.strip()),
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
            )
        except TokenError as error:
            raise Unauthenticated(str(error)) from None
        except KeysUnavailable:
            raise Unavailable from None

    async def _key(self, token: str) -> str | PyJWK:
        if self._published is not None:
            return await self._published.key_of(token)
        if self._settings.dev_token_key is None:
            raise Unauthenticated("the service has no key to verify tokens with")
        return self._settings.dev_token_key.get_secret_value()
