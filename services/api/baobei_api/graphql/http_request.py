"""A GraphQL request as it comes over HTTP, read strictly: what is malformed is named, never a 500."""

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

# A document of the greatest length, with variables.
MAX_BODY_BYTES: Final = 256 * 1024
JSON_TYPE: Final = "application/json"
GRAPHQL_JSON_TYPE: Final = "application/graphql-response+json"
IDENTITY: Final = "identity"
PARAMETERS: Final = "query", "operationName", "variables", "extensions"


class Malformed(Exception):
    """A request that is not GraphQL over HTTP; `status` is the HTTP status to answer with."""

    def __init__(self, status: int, expected: str) -> None:
        self.status, self.expected = status, expected
        super().__init__(expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """The parts of a GraphQL request."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None


def media_type(request: Request) -> str:
    """Return the media type to answer in, by `Accept`; raises `Malformed` when neither may be sent."""
    accepted = request.headers.get("accept")
    if accepted is None:
        return JSON_TYPE
    ranges = [part.split(";")[0].strip().lower() for part in accepted.split(",") if not _refused(part)]
    for wanted in ranges:
        if wanted in (GRAPHQL_JSON_TYPE, JSON_TYPE):
            return wanted
    if any(wanted in ("*/*", "application/*") for wanted in ranges):
        return JSON_TYPE
    raise Malformed(406, f"Accept: expected {GRAPHQL_JSON_TYPE} or {JSON_TYPE}")


async def read_request(request: Request) -> GraphQLRequest:
    """Return what a request asks; raises `Malformed`."""
    if request.method != "POST":
        return _from_query(request)
    return _from_parts(_json(await _body(request), "body"))


def _refused(media_range: str) -> bool:
    return any(part.strip().replace(" ", "") in ("q=0", "q=0.0") for part in media_range.split(";")[1:])


async def _body(request: Request) -> bytes:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != JSON_TYPE or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise Malformed(415, f"Content-Type: expected {JSON_TYPE} in UTF-8")
    if request.headers.get("content-encoding", IDENTITY).strip().lower() != IDENTITY:
        raise Malformed(415, "Content-Encoding: expected none")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise Malformed(413, f"body: expected at most {MAX_BODY_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _json(text: bytes | str, what: str) -> Any:
    """Read JSON as strictly as it is written: no constant beyond it, no name twice in one object.

    A lone surrogate is let through, so that the field that holds it can be named.
    """
    try:
        written = text.decode() if isinstance(text, bytes) else text
        return json.loads(
            written, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_names_once
        )
    except _NameTwice:
        raise Malformed(400, f"{what}: expected each name once in an object, got one twice") from None
    except (ValueError, RecursionError):
        raise Malformed(400, f"{what}: expected JSON in UTF-8") from None


class _NameTwice(Exception):
    """An object that has a name twice: two readers could take it for two different requests."""


def _names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise _NameTwice
    return read


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _finite(written: str) -> float:
    if not math.isfinite(number := float(written)):
        raise ValueError
    return number


def _from_query(request: Request) -> GraphQLRequest:
    asked = request.query_params
    for name in PARAMETERS:
        if len(asked.getlist(name)) > 1:
            raise Malformed(400, f"{name}: expected once")
    parts: dict[str, Any] = {"query": asked.get("query"), "operationName": asked.get("operationName") or None}
    for name in ("variables", "extensions"):
        if written := asked.get(name):
            parts[name] = _json(written, name)
    return _from_parts(parts)


def _from_parts(parts: Any) -> GraphQLRequest:
    if isinstance(parts, list):
        raise Malformed(400, "body: expected one JSON object; batches are not accepted")
    if not isinstance(parts, dict):
        raise Malformed(400, "body: expected a JSON object")
    query, name = parts.get("query"), parts.get("operationName")
    variables, extensions = parts.get("variables"), parts.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise Malformed(400, "query: expected a GraphQL document as a string")
    if not isinstance(variables, dict | None):
        raise Malformed(400, "variables: expected a JSON object")
    if not isinstance(name, str | None):
        raise Malformed(400, "operationName: expected a string")
    if not isinstance(extensions, dict | None):
        raise Malformed(400, "extensions: expected a JSON object")
    return GraphQLRequest(query=query, variables=variables or {}, operation_name=name)
