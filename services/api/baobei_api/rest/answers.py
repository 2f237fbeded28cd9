"""How the REST part answers what is wrong: the shape and the codes of GraphQL errors, with a status of HTTP."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from baobei_api.graphql.error_format import as_api_error, request_error
from baobei_api.graphql.errors import ApiError, ErrorCode
from baobei_api.request_log import note_codes, note_route

STATUS_OF: Final = {
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.BAD_USER_INPUT: HTTPStatus.BAD_REQUEST,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}

Handler = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """A request that is answered with an error and a status of its own."""

    def __init__(self, status: HTTPStatus, error: ApiError) -> None:
        self.status, self.error = status, error
        super().__init__(error.message)


def answering(route: str, handler: Handler) -> Handler:
    """Return a handler whose errors are answered; `route` is what its requests are counted as."""

    async def answer(request: Request) -> Response:
        note_route(request, route)
        try:
            return await handler(request)
        except Refused as refused:
            return error_answer(request, refused.error, refused.status)
        except Exception as error:
            known = as_api_error(error)
            if known is None or known.code not in STATUS_OF:
                raise
            return error_answer(request, known, STATUS_OF[known.code])

    return answer


def error_answer(request: Request, error: ApiError, status: HTTPStatus) -> Response:
    """Return an error as it is sent, and note its code."""
    note_codes(request, [error.code.value])
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"errors": [request_error(error)]}, status_code=status, headers=headers)
