"""The composition root of the API: settings, office, routes."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from baobei.clock import TravelClock
from baobei.logs import set_up_logging
from baobei.operations.actor import Office
from baobei.operations.office import NEEDED, open_office
from baobei.settings import Settings, SettingsError, load_settings
from baobei_api.auth import Authenticator
from baobei_api.graphql.endpoint import GraphQLEndpoint
from baobei_api.graphql.error_format import as_api_error, internal_error, request_error
from baobei_api.graphql.governed import RuleMissing
from baobei_api.graphql.schema import build_schema
from baobei_api.metrics import Metrics
from baobei_api.rate_limits import RateLimits, counted_here, counted_in_redis
from baobei_api.request_log import RequestLog, request_id_of
from baobei_api.rest.dev import DevClock, DevJobs
from baobei_api.rest.evidence import ATTACH, EVIDENCE, EvidenceFiles
from baobei_api.rest.figures import FIGURES, FigureSheets
from baobei_api.rest.health import Readiness, healthz
from baobei_api.rest.imports import IMPORT, IMPORTS, RESULT, Imports
from baobei_api.rest.openapi import OpenApi
from baobei_api.rest.prometheus import MetricsPage
from baobei_api.rest.reports import REPORT, Reports
from baobei_api.streams.endpoint import EventStreams
from baobei_api.streams.feed import EventFeed
from baobei_api.streams.shutdown import told_of_the_end
from baobei_api.walls import AnswerHeaders, hosts_and_origins

EVENTS: Final = "/v1/events"
ALWAYS: Final = frozenset(
    {
        "/graphql",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        EVENTS,
        IMPORTS,
        IMPORT,
        RESULT,
        ATTACH,
        EVIDENCE,
        FIGURES,
        REPORT,
    }
)
TRAVELLING: Final = frozenset({"/dev/clock", "/dev/jobs"})


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the API as uvicorn runs it; settings are those of the environment unless given.

    Ends the process with status 2, naming each setting that is missing or wrong, and each field of the schema
    that says not who may see or do it.
    """
    chosen = settings or _settings_or_exit()
    _rules_or_exit()
    set_up_logging(chosen.log_level)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            open_office(chosen) as office,
            counted_in_redis(chosen, office.vault, metrics) as limits,
        ):
            feed = EventFeed(office)
            # The pool belongs to the event loop, so the routes that use it come with it.
            app.router.routes.extend(routes(chosen, office, metrics, limits, feed))
            with told_of_the_end(feed.end):
                yield

    return Starlette(lifespan=lifespan, middleware=middleware(chosen, metrics))


def routes(
    settings: Settings,
    office: Office,
    metrics: Metrics,
    limits: RateLimits | None = None,
    feed: EventFeed | None = None,
) -> list[Route]:
    """Return the routes of a process that works in this office.

    Without limits it counts by itself; whoever gives a feed can end its streams.
    """
    counted = limits or counted_here(settings, office.vault, metrics)
    authenticator = Authenticator(office, settings, counted)
    streams = EventStreams(
        feed or EventFeed(office), authenticator, metrics, at_most=settings.event_streams_max
    )
    graphql = GraphQLEndpoint(
        schema=build_schema(),
        office=office,
        authenticator=authenticator,
        limits=counted,
        development=settings.mode == "development",
        operation_timeout_s=settings.operation_timeout_s,
    )
    served = [
        Route("/graphql", graphql.answer, methods=["GET", "POST"]),
        Route("/healthz", healthz),
        Route("/readyz", Readiness(office).answer),
        Route("/metrics", MetricsPage(metrics).answer),
        Route("/openapi.json", OpenApi(_paths(settings)).answer),
        Route(EVENTS, streams.answer),
        *Imports(office, authenticator).routes(),
        *EvidenceFiles(office, authenticator).routes(),
        *FigureSheets(office, authenticator).routes(),
        *Reports(office, authenticator).routes(),
    ]
    if isinstance(office.clock, TravelClock):
        served += [
            Route("/dev/clock", DevClock(office, office.clock).answer, methods=["POST"]),
            Route("/dev/jobs", DevJobs(office).answer, methods=["POST"]),
        ]
    return served


def middleware(settings: Settings, metrics: Metrics) -> list[Middleware]:
    """Return what every request passes on its way in and every answer on its way out, the outermost first."""
    return [
        Middleware(AnswerHeaders, https=settings.https),
        request_log(settings, metrics),
        *hosts_and_origins(settings),
    ]


def request_log(settings: Settings, metrics: Metrics) -> Middleware:
    """Return what notes every request, and answers for a route that raised."""
    return Middleware(RequestLog, metrics=metrics, paths=_paths(settings), on_error=_unforeseen)


def _settings_or_exit() -> Settings:
    try:
        return load_settings(*NEEDED)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        raise SystemExit(2) from None


def _rules_or_exit() -> None:
    try:
        build_schema()
    except RuleMissing as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def _paths(settings: Settings) -> frozenset[str]:
    return ALWAYS | TRAVELLING if settings.clock == "travel" else ALWAYS


def _unforeseen(request: Request, error: Exception) -> Response:
    """Answer for a route that raised: what was foreseen by its code, anything else as INTERNAL."""
    known = as_api_error(error)
    if known is None:
        told, status = internal_error(error, request_id_of(request)), HTTPStatus.INTERNAL_SERVER_ERROR
    else:
        told, status = request_error(known), HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"errors": [told]}, status_code=status)
