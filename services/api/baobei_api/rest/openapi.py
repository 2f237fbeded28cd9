"""`/openapi.json`: describes the REST part as it is served."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_DESCRIBED: Final = {
    "/healthz": ("get", "The process is alive.", {"200": "Alive."}),
    "/readyz": (
        "get",
        "The service can do its work.",
        {"200": "Ready.", "503": "Not ready; the body says what is missing."},
    ),
    "/metrics": ("get", "Metrics in the text format of Prometheus.", {"200": "The metrics."}),
    "/openapi.json": ("get", "This description.", {"200": "The description."}),
    "/dev/clock": (
        "post",
        "Let the business clock stand at an instant.",
        {
            "200": "The instant at which it stands.",
            "400": "No instant with an offset.",
            "409": "It would go back.",
        },
    ),
    "/dev/jobs": ("post", "Run every job that is due.", {"200": "What each job did."}),
}
_CLOCK_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["now"],
                "properties": {"now": {"type": "string", "format": "date-time"}},
            }
        }
    },
}


class OpenApi:
    """Answers with the description of the routes that this process has."""

    def __init__(self, paths: frozenset[str]) -> None:
        self._document = describe(paths)

    async def answer(self, _request: Request) -> Response:
        """Answer with the description."""
        return JSONResponse(self._document)


def describe(paths: frozenset[str]) -> dict[str, Any]:
    """Return the OpenAPI document of these paths."""
    described: dict[str, Any] = {}
    for path, (method, summary, responses) in _DESCRIBED.items():
        if path not in paths:
            continue
        operation: dict[str, Any] = {
            "summary": summary,
            "responses": {status: {"description": text} for status, text in responses.items()},
        }
        if path == "/dev/clock":
            operation["requestBody"] = _CLOCK_BODY
        described[path] = {method: operation}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Baobei, the REST part", "version": "1"},
        "paths": described,
    }
