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
    "/v1/events": (
        "get",
        "What concerns the caller as it happens, as Server-Sent Events that can be resumed.",
        {
            "200": "The stream. Each event has a number as its id and a letter as its data.",
            "400": "Last-Event-ID is no id of a stream.",
            "401": "No token, or one that names nobody who works for the alliance.",
            "403": "The API key does not act for this staff member.",
            "429": "The caller has as many streams as one may have.",
            "503": "The service cannot answer now, or has as many streams as it may have.",
        },
    ),
    "/openapi.json": ("get", "This description.", {"200": "The description."}),
    "/v1/imports": (
        "post",
        "Import a tracking sheet (意向客户跟踪表), xlsx or csv: as a form, or the file alone.",
        {
            "200": "The same file was sent before: its first import.",
            "202": "Accepted; Location says where to follow it.",
            "400": "The file or the form cannot be used; nothing was kept.",
            "401": "No token, or one that says nothing.",
            "403": "Not for this role.",
            "413": "Too large, packed or unpacked.",
            "415": "No xlsx or csv, by its contents.",
            "429": "Too many imports at once, or dry runs a day.",
        },
    ),
    "/v1/imports/{id}": (
        "get",
        "How far an import has come: state, rows, answers by code; one's own alone.",
        {
            "200": "The import.",
            "401": "No token, or one that says nothing.",
            "404": "No such import of yours.",
        },
    ),
    "/v1/imports/{id}/result": (
        "get",
        "The file with an answer on every row, in the format in which it came.",
        {
            "200": "The file.",
            "202": "Not ready yet; the body says how far it has come.",
            "401": "No token, or one that says nothing.",
            "404": "No such import of yours, it failed, or its file was taken away after 30 days.",
        },
    ),
    "/v1/approvals/{id}/evidence": (
        "post",
        "Attach a file to a request that waits, by who asked: pdf, jpeg, png, webp, xlsx or docx, at most 5 MB.",
        {
            "201": "Kept; Location says where to fetch it.",
            "400": "The form cannot be used; nothing was kept.",
            "401": "No token, or one that says nothing.",
            "403": "The API key lacks the scope.",
            "404": "No such request of yours.",
            "409": "The request was decided, or has as much evidence as may be.",
            "413": "Too large.",
            "415": "Not one of these types, by its contents; or cut off, or an office file with macros or unpacking to too much.",
        },
    ),
    "/v1/evidence/{id}": (
        "get",
        "A file that was attached to a request, for who asked, who decides, and who sees the customer in full.",
        {
            "200": "The file.",
            "401": "No token, or one that says nothing.",
            "403": "The API key lacks the scope.",
            "404": "No such evidence that is for you, or it was erased.",
        },
    ),
    "/v1/figures/{month}.xlsx": (
        "get",
        "The figures of a month by person, by unit or of the whole alliance, as a workbook.",
        {
            "200": "The workbook, of what is the caller's to read.",
            "400": "No such month, or what does not go together.",
            "401": "No token, or one that says nothing.",
            "403": "The API key lacks the scope READ.",
            "404": "No unit whose figures are the caller's to read.",
        },
    ),
    "/v1/reports/{unit}/{date}.xlsx": (
        "get",
        "The report of a unit's day (意向客户跟踪表) as a sheet to print, submitted or draft.",
        {
            "200": "The workbook.",
            "400": "The date is no day of the calendar.",
            "401": "No token, or one that says nothing.",
            "404": "No such unit, or one whose reports the caller may not read.",
        },
    ),
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
_EVENTS: Final = {
    "security": [{"bearer": []}],
    "parameters": [
        {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "description": "The id of the event that was heard last: the stream goes on after it.",
            "schema": {"type": "string", "pattern": r"^\d{1,18}$"},
        }
    ],
}
_EVENTS_SENT: Final = {
    "type": "string",
    "description": "Blocks of `id: NUMBER` and `data: LETTER`; a letter is JSON with type, timestamp and data.",
}

_IMPORT_BODY: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "dry_run": {"type": "boolean", "default": False},
                },
            }
        },
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"schema": {"type": "string"}},
        "text/csv": {"schema": {"type": "string"}},
    },
}
_DRY_RUN: Final = {
    "name": "dry_run",
    "in": "query",
    "description": "Check the rows and register nobody.",
    "schema": {"type": "boolean", "default": False},
}
_IMPORT_ID: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_EVIDENCE_BODY: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        }
    },
}
_BODIES: Final = {
    "/dev/clock": _CLOCK_BODY,
    "/v1/imports": _IMPORT_BODY,
    "/v1/approvals/{id}/evidence": _EVIDENCE_BODY,
}
_FIGURES: Final = [
    {
        "name": "month",
        "in": "path",
        "required": True,
        "description": "A calendar month, as 2026-11.",
        "schema": {"type": "string", "pattern": r"^\d{4}-\d{2}$"},
    },
    {
        "name": "groupBy",
        "in": "query",
        "description": "What each row is of.",
        "schema": {"type": "string", "enum": ["PERSON", "UNIT", "ALLIANCE"], "default": "PERSON"},
    },
    {
        "name": "unitCode",
        "in": "query",
        "description": "Only this unit, or its people.",
        "schema": {"type": "string"},
    },
]
_REPORT: Final = [
    {
        "name": "unit",
        "in": "path",
        "required": True,
        "description": "The code of the unit.",
        "schema": {"type": "string"},
    },
    {
        "name": "date",
        "in": "path",
        "required": True,
        "description": "A day in the alliance's time zone.",
        "schema": {"type": "string", "format": "date"},
    },
]
_PARAMETERS: Final = {
    "/v1/imports": [_DRY_RUN],
    "/v1/imports/{id}": [_IMPORT_ID],
    "/v1/imports/{id}/result": [_IMPORT_ID],
    "/v1/approvals/{id}/evidence": [_IMPORT_ID],
    "/v1/evidence/{id}": [_IMPORT_ID],
    "/v1/figures/{month}.xlsx": _FIGURES,
    "/v1/reports/{unit}/{date}.xlsx": _REPORT,
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
        if path in _BODIES:
            operation["requestBody"] = _BODIES[path]
        if path in _PARAMETERS:
            operation["parameters"] = _PARAMETERS[path]
        if path == "/v1/events":
            operation |= _EVENTS
            operation["responses"]["200"]["content"] = {"text/event-stream": {"schema": _EVENTS_SENT}}
        described[path] = {method: operation}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Baobei, the REST part", "version": "1"},
        "paths": described,
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }
