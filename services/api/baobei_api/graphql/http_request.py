"""A GraphQL request as it comes over HTTP, read strictly: what is malformed is named, never a 500."""

import json
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_NESTING: Final = 64
JSON_TYPE: Final = "application/json"
GRAPHQL_JSON_TYPE: Final = "application/graphql-response+json"
_OPENING: Final = ord("["), ord("{")


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
    return _from_parts(_json(await _body(request)))


def _refused(media_range: str) -> bool:
    return any(part.strip().replace(" ", "") in ("q=0", "q=0.0") for part in media_range.split(";")[1:])


async def _body(request: Request) -> bytes:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != JSON_TYPE or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise Malformed(415, f"Content-Type: expected {JSON_TYPE} in UTF-8")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise Malformed(413, f"body: expected at most {MAX_BODY_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _json_slowly(body)


def _json_slowly(body: bytes) -> Any:
    """Read what the fast parser refuses: a lone surrogate, so that the field that holds it can be named."""
    if _nesting(body) > MAX_NESTING:
        raise Malformed(400, f"body: expected JSON of at most {MAX_NESTING} levels")
    try:
        return json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed(400, "body: expected a JSON object in UTF-8") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _nesting(body: bytes) -> int:
    """Return how many brackets the body opens, which is at least how deep it nests.

    Counted only as far as matters; brackets inside strings count too, which refuses nothing that the fast
    parser would have read.
    """
    deepest = depth = 0
    in_string = escaped = False
    for byte in body:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string = True
        elif byte in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _from_query(request: Request) -> GraphQLRequest:
    asked = request.query_params
    parts: dict[str, Any] = {"query": asked.get("query"), "operationName": asked.get("operationName") or None}
    for name in ("variables", "extensions"):
        if written := asked.get(name):
            parts[name] = _json(written.encode(errors="surrogatepass"))
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
