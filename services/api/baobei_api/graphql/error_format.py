"""How errors leave the service: promised codes, input paths as the client wrote them, and nothing inner."""

import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg
import structlog
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from baobei.operations.errors import Forbidden, TooOften, UnusableInput
from baobei_api.graphql.errors import ApiError, BadInput, ErrorCode, RateLimited, Unavailable
from baobei_api.graphql.scalars import UnexpectedKind

log: Final = structlog.get_logger("baobei.api")

# The database cannot answer now, and may well a moment later.
UNAVAILABLE: Final = (
    TimeoutError,
    OSError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
LONGEST_MESSAGE: Final = 500
MAX_LOCATIONS: Final = 10
FORBIDDEN: Final = "this is not for your role"
_VARIABLE: Final = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ([\w.\[\]]+))?")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# How the engine writes values into its messages. What a client wrote may be a customer's, and messages are logged
# by whoever is on the way: they say what is wrong and where, and not with what.
_VALUES: Final = (
    (re.compile(r"(cannot represent [^:]*): .*", re.DOTALL), r"\1"),
    (re.compile(r",? found:? .*", re.DOTALL), ""),
    (re.compile(r"Value .* does not exist in ('\w+' enum).*", re.DOTALL), r"The value does not exist in \1."),
    (re.compile(r"unknown field .*", re.DOTALL), "an unknown field"),
    (re.compile(r"(Syntax Error: Unexpected \w+) .*", re.DOTALL), r"\1"),
    (re.compile(r"(Syntax Error: Cannot parse the unexpected character) .*", re.DOTALL), r"\1"),
)
# What was raised while a value was read, as the engine quotes it: of int() the limits of this very process.
_CAUSE: Final = re.compile(r",? but encountered error .*", re.DOTALL)
_STEP: Final = re.compile(r"\[(\d+)\]")


def as_api_error(error: BaseException) -> ApiError | None:
    """Return an exception as what a client is told of it; None for one that nobody foresaw."""
    match error:
        case ApiError():
            return error
        case Forbidden():
            return ApiError(ErrorCode.FORBIDDEN, FORBIDDEN)
        case TooOften(retry_after_s=retry_after_s):
            return RateLimited(retry_after_s=retry_after_s)
        case UnusableInput(field=field, expected=expected):
            return BadInput(field, expected)
        case _:
            return Unavailable() if _is_unavailable(error) else None


def _is_unavailable(error: BaseException) -> bool:
    # The driver says InterfaceError of a connection that is gone, and of a value that it cannot send; and
    # InternalClientError of one that went while a statement was on its way.
    gone = isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError) and not isinstance(
        error, ValueError
    )
    if gone or isinstance(error, UNAVAILABLE):
        log.warning("unavailable", error=type(error).__qualname__, where=_frames(error))
        return True
    return False


def formatted(
    errors: Sequence[GraphQLError], *, document: DocumentNode | None, request_id: str
) -> list[dict[str, Any]]:
    """Return errors as they are sent; what nobody foresaw is logged, and told as INTERNAL."""
    paths = {} if document is None else dict(_input_paths(document))
    return [_formatted(error, paths=paths, request_id=request_id) for error in errors]


def request_error(error: ApiError) -> dict[str, Any]:
    """Return the error of a request that was not executed."""
    return {"message": _clean(error.message), "extensions": error.extensions}


def internal_error(error: BaseException, request_id: str) -> dict[str, Any]:
    """Log what nobody foresaw, without the values it may hold, and return what a client is told."""
    log.error("internal_error", error=type(error).__qualname__, where=_frames(error), request_id=request_id)
    return {
        "message": f"an internal error occurred; request {request_id}",
        "extensions": {"code": ErrorCode.INTERNAL.value, "requestId": request_id},
    }


def _formatted(error: GraphQLError, *, paths: Mapping[int | str, str], request_id: str) -> dict[str, Any]:
    told: dict[str, Any] = dict(error.formatted)
    if "locations" in told:
        told["locations"] = told["locations"][:MAX_LOCATIONS]
    cause = error.original_error
    known = None if cause is None else as_api_error(cause)
    if known is not None:
        return told | request_error(known)
    # Without a path nothing was executed: the engine found it in the request, whatever made it say so.
    if cause is None or isinstance(cause, GraphQLError) or error.path is None:
        return told | {
            "message": _clean(_without_values(_in_our_words(error.message, cause))),
            "extensions": _extensions(error, paths),
        }
    return told | internal_error(cause, request_id)


def _extensions(error: GraphQLError, paths: Mapping[int | str, str]) -> dict[str, Any]:
    """Return the extensions of an error that the GraphQL engine found in the request itself."""
    if error.message.startswith("Syntax Error: Document contains more than"):
        return {"code": ErrorCode.TOO_COMPLEX.value}
    field = _field(error, paths)
    return {"code": ErrorCode.BAD_USER_INPUT.value} | ({} if field is None else {"field": field})


def _field(error: GraphQLError, paths: Mapping[int | str, str]) -> str | None:
    """Return the path of the input that an error is about, as the client wrote it."""
    if (found := _VARIABLE.match(error.message)) is not None:
        variable, below = found.groups()
        start = paths.get(f"${variable}", variable)
        steps = _STEP.sub(r".\1", below or "").strip(".")
        return f"{start}.{steps}" if steps else start
    return next((paths[id(node)] for node in error.nodes or () if id(node) in paths), None)


def _input_paths(document: DocumentNode) -> Iterator[tuple[int | str, str]]:
    """Yield the path of every input node by its identity, and of every variable by its name."""
    pending: list[Node] = list(document.definitions)
    while pending:
        node = pending.pop()
        if isinstance(node, FieldNode):
            for argument in node.arguments or ():
                yield from _value_paths(argument, argument.value, argument.name.value)
        if isinstance(node, VariableDefinitionNode):
            continue
        selections = getattr(node, "selection_set", None)
        if selections is not None:
            pending += selections.selections


def _value_paths(
    owner: ArgumentNode | ObjectFieldNode | None, value: ValueNode, path: str
) -> Iterator[tuple[int | str, str]]:
    if owner is not None:
        yield id(owner), path
    yield id(value), path
    match value:
        case VariableNode():
            yield f"${value.name.value}", path
        case ObjectValueNode():
            for inner in value.fields:
                yield from _value_paths(inner, inner.value, f"{path}.{inner.name.value}")
        case ListValueNode():
            for place, item in enumerate(value.values):
                yield from _value_paths(None, item, f"{path}.{place}")
        case _:
            pass


def _in_our_words(message: str, cause: BaseException | None) -> str:
    """Return a message without what a library said of a value that it could not read; our own scalars say it well."""
    ours = cause is None or isinstance(cause, GraphQLError | UnexpectedKind)
    return message if ours else _CAUSE.sub("", message)


def _without_values(message: str) -> str:
    """Return a message of the engine without the values that it found."""
    for pattern, instead in _VALUES:
        message = pattern.sub(instead, message)
    return message


def _clean(message: str) -> str:
    """Return a message that can be sent: what a client wrote into it may be no text at all, or a whole book."""
    shown = message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…"
    return _SURROGATES.sub("\ufffd", shown)


def _frames(error: BaseException) -> list[str]:
    """Return where an exception came from: file, line and function, innermost last, and no values."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]
