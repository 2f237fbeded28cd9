"""One log line and one count for each request: who it was of no matter, what it was and how it ended."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from graphql import FieldNode, OperationDefinitionNode
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from baobei import clock
from baobei_api.metrics import Metrics

STATE: Final = "baobei"
REQUEST_ID_HEADER: Final = "x-request-id"
# What an operation is counted as when it is none of the schema's, or several at once.
UNKNOWN: Final = "unknown"
SEVERAL: Final = "several"
CLIENT_CLOSED: Final = 499

log: Final = structlog.get_logger("baobei.api")


class RequestLog:
    """Gives every request an id, and notes it when it has been answered."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        paths: frozenset[str],
        on_error: Callable[[Request, Exception], Response],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = paths
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        noted: dict[str, Any] = {"request_id": clock.new_id().hex, "status": None, "codes": []}
        scope.setdefault("state", {})[STATE] = noted

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                noted["status"] = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = noted["request_id"]
            await send(message)

        started = clock.monotonic()
        try:
            await self._app(scope, receive, send_noted)
        except ClientDisconnect:
            pass  # nobody is left to be answered
        except Exception as error:
            if noted["status"] is None:
                await self._on_error(Request(scope), error)(scope, receive, send_noted)
            else:
                log.error("answer broken off", request_id=noted["request_id"], error=type(error).__name__)
        finally:
            self._note(scope, noted, seconds=clock.monotonic() - started)

    def _note(self, scope: Scope, noted: dict[str, Any], *, seconds: float) -> None:
        # Nobody was left to be answered.
        status = noted["status"] or CLIENT_CLOSED
        path = scope["path"] if scope["path"] in self._paths else UNKNOWN
        operation = str(noted.get("operation", path))
        self._metrics.answered(operation=operation, status=status, seconds=seconds)
        self._metrics.failed(noted["codes"])
        log.info(
            "request",
            request_id=noted["request_id"],
            method=scope["method"],
            path=path,
            operation=operation,
            status=status,
            codes=noted["codes"],
            ms=round(seconds * 1000, 1),
        )


def request_id_of(request: Request) -> str:
    """Return the id of a request, as its answer's header says it."""
    return str(request.scope["state"][STATE]["request_id"])


def note_operation(
    request: Request, operation: OperationDefinitionNode | None, known: frozenset[str]
) -> None:
    """Note what a GraphQL request asks for, by the name of its one root field."""
    names = set()
    if operation is not None:
        selections = operation.selection_set.selections
        names = {node.name.value if isinstance(node, FieldNode) else SEVERAL for node in selections}
    name = names.pop() if len(names) == 1 else SEVERAL
    request.scope["state"][STATE]["operation"] = name if name in known or name == SEVERAL else UNKNOWN


def note_route(request: Request, route: str) -> None:
    """Note what a request is counted as, where its path has an id in it."""
    request.scope["state"][STATE]["operation"] = route


def note_codes(request: Request, codes: Sequence[str]) -> None:
    """Note the codes of the errors that a request is answered with."""
    request.scope["state"][STATE]["codes"] = list(codes)
