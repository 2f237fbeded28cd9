"""`/graphql`: GraphQL over HTTP, one request at a time."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
from graphql import ExecutionResult, GraphQLSchema, execute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from baobei.operations.actor import Actor, Office
from baobei_api.auth import Authenticator
from baobei_api.graphql.context import Context
from baobei_api.graphql.convert import Converter
from baobei_api.graphql.documents import Document, Documents, is_mutation
from baobei_api.graphql.error_format import as_api_error, formatted, internal_error, request_error
from baobei_api.graphql.errors import RETRY_AFTER, ApiError, ErrorCode, TookTooLong
from baobei_api.graphql.graphiql import page
from baobei_api.graphql.http_request import (
    GRAPHQL_JSON_TYPE,
    JSON_TYPE,
    GraphQLRequest,
    Malformed,
    media_type,
    read_request,
)
from baobei_api.graphql.loaders import Loaders
from baobei_api.rate_limits import RateLimits, caller_of
from baobei_api.request_log import note_codes, note_operation, request_id_of

# A document that is refused costs more to look at than most queries cost to answer.
REFUSED_COST: Final = 20
_STATUS: Final = {
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered with; `executed` is False when it was not a request to execute."""

    body: dict[str, Any]
    executed: bool
    status: HTTPStatus | None = None


class GraphQLEndpoint:
    """Answers `/graphql` for one schema."""

    def __init__(
        self,
        *,
        schema: GraphQLSchema,
        office: Office,
        authenticator: Authenticator,
        limits: RateLimits,
        development: bool,
        operation_timeout_s: float,
    ) -> None:
        self._schema = schema
        self._office = office
        self._authenticator = authenticator
        self._limits = limits
        self._development = development
        self._operation_timeout_s = operation_timeout_s
        self._documents = Documents(schema, suggestions=development, introspection=development)
        roots = (schema.query_type, schema.mutation_type)
        self._root_fields = frozenset(name for root in roots if root is not None for name in root.fields)

    async def answer(self, request: Request) -> Response:
        """Answer a request; whatever goes wrong has the promised shape."""
        if self._wants_page(request):
            return page()
        try:
            media = media_type(request)
            answer = await self._asked(request)
        except Malformed as error:
            note_codes(request, [ErrorCode.BAD_USER_INPUT.value])
            bad = ApiError(ErrorCode.BAD_USER_INPUT, error.expected)
            return _response({"errors": [request_error(bad)]}, error.status, JSON_TYPE)
        status = answer.status or HTTPStatus.OK
        if answer.status is None and not answer.executed and media == GRAPHQL_JSON_TYPE:
            status = HTTPStatus.BAD_REQUEST
        return _response(answer.body, status, media)

    def _wants_page(self, request: Request) -> bool:
        asks = "text/html" in request.headers.get("accept", "")
        return self._development and request.method in ("GET", "HEAD") and asks

    async def _asked(self, request: Request) -> Answer:
        try:
            return await self._in_time(request)
        except (Malformed, ClientDisconnect):
            raise
        except Exception as error:
            return self._failed(request, error)

    async def _in_time(self, request: Request) -> Answer:
        try:
            # Giving up cancels what still runs, and asyncpg then cancels it in the database too.
            async with asyncio.timeout(self._operation_timeout_s) as limit:
                actor = await self._authenticator.actor(request)
                asked = await read_request(request)
                return await self._execute(request, actor, asked)
        except TimeoutError:
            if limit.expired():
                raise TookTooLong(request_id_of(request)) from None
            raise

    def _failed(self, request: Request, error: Exception) -> Answer:
        known = as_api_error(error)
        if known is None:
            note_codes(request, [ErrorCode.INTERNAL.value])
            told = internal_error(error, request_id_of(request))
            return Answer(body={"errors": [told]}, executed=False, status=HTTPStatus.INTERNAL_SERVER_ERROR)
        note_codes(request, [known.code.value])
        return Answer(body={"errors": [request_error(known)]}, executed=False, status=_STATUS.get(known.code))

    async def _execute(self, request: Request, actor: Actor, asked: GraphQLRequest) -> Answer:
        document = await self._documents.compiled_in_turn(asked.query)
        note_operation(request, document.operation(asked.operation_name), self._root_fields)
        refused = document.parsed is None or bool(document.errors)
        await self._charge(actor, document, asked, refused=refused)
        if refused:
            return self._refused(request, document)
        self._documents.check_cost(document, asked.variables)
        self._check_method(request, document, asked)
        context = Context(
            office=self._office,
            actor=actor,
            convert=Converter(self._office, actor),
            metrics=self._limits.metrics,
            loaders=Loaders(self._office, actor),
        )
        result = await self._run(document, asked, context)
        return self._executed(request, document, result)

    async def _charge(
        self, actor: Actor, document: Document, asked: GraphQLRequest, *, refused: bool
    ) -> None:
        """Charge the caller for what is read or refused; what changes something is never kept from being recorded."""
        operation = document.operation(asked.operation_name)
        if not refused and operation is not None and is_mutation(operation):
            return
        cost = REFUSED_COST if refused else 1
        await self._limits.charge(self._limits.rules.reads, caller_of(actor), cost=cost)

    async def _run(self, document: Document, asked: GraphQLRequest, context: Context) -> ExecutionResult:
        if document.parsed is None:
            raise TypeError("a document that was refused is not executed")
        result = execute(
            self._schema,
            document.parsed,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            hide_suggestions=not self._development,
        )
        return result if isinstance(result, ExecutionResult) else await result

    def _check_method(self, request: Request, document: Document, asked: GraphQLRequest) -> None:
        operation = document.operation(asked.operation_name)
        if request.method != "POST" and operation is not None and is_mutation(operation):
            raise Malformed(405, "method: expected POST for a mutation")

    def _refused(self, request: Request, document: Document) -> Answer:
        errors = formatted(document.errors, document=document.parsed, request_id=request_id_of(request))
        note_codes(request, [error["extensions"]["code"] for error in errors])
        return Answer(body={"errors": errors}, executed=False)

    def _executed(self, request: Request, document: Document, result: ExecutionResult) -> Answer:
        if not result.errors:
            return Answer(body={"data": result.data}, executed=True)
        errors = formatted(result.errors, document=document.parsed, request_id=request_id_of(request))
        note_codes(request, [error["extensions"]["code"] for error in errors])
        # Variables that cannot be read and operations that there are not: nothing was executed.
        if result.data is None and all(error.path is None for error in result.errors):
            return Answer(body={"errors": errors}, executed=False)
        return Answer(body={"errors": errors, "data": result.data}, executed=True)


def _response(body: dict[str, Any], status: int, media: str) -> Response:
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = "POST"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = "1"
    waits = [error["extensions"].get(RETRY_AFTER, 0) for error in body.get("errors", ())]
    if longest := max(waits, default=0):
        headers["retry-after"] = str(longest)
    return Response(
        orjson.dumps(body), status_code=status, headers=headers, media_type=f"{media}; charset=utf-8"
    )
