"""What a browser is told on every answer, which hosts we answer as, and whose pages may ask."""

from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from baobei.settings import Settings

log: Final = structlog.get_logger("baobei.api")

# Nothing that we answer is a page that loads or frames anything; the one page there is says more of itself.
NOTHING_LOADED: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS: Final = {
    "content-security-policy": NOTHING_LOADED,
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
HTTPS_ALONE: Final = "max-age=31536000; includeSubDomains"
ANY: Final = "*"
# Health checks and people on this machine; a page from elsewhere can make no browser send these names.
THIS_MACHINE: Final = ("127.0.0.1", "localhost")
ASKED_WITH: Final = ("authorization", "content-type", "baobei-act-as")
TOLD_OF: Final = ("x-request-id", "retry-after")


class AnswerHeaders:
    """Adds the headers to every answer that does not say otherwise, errors and refusals too."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"strict-transport-security": HTTPS_ALONE} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def hosts_and_origins(settings: Settings) -> list[Middleware]:
    """Return the walls that the settings ask for."""
    walls = []
    hosts = settings.trusted_hosts.split(",")
    if ANY not in hosts:
        allowed = [*hosts, *THIS_MACHINE]
        walls.append(Middleware(TrustedHostMiddleware, allowed_hosts=allowed, www_redirect=False))
    elif settings.mode == "production":
        log.warning("answering as any host", setting="BAOBEI_TRUSTED_HOSTS")
    if settings.cors_origins is not None:
        walls.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins.split(","),
                allow_methods=["GET", "POST"],
                allow_headers=ASKED_WITH,
                expose_headers=TOLD_OF,
            )
        )
    return walls
