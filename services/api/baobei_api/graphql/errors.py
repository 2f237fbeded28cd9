"""What a client is told when something is wrong: a stable code, and never an inner detail."""

import enum
from typing import Any, Final

RETRY_AFTER: Final = "retryAfterS"


class ErrorCode(enum.StrEnum):
    """The promised values of `extensions.code`."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_COMPLEX = "TOO_COMPLEX"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class ApiError(Exception):
    """A request that is answered with an error of the promised shape."""

    def __init__(self, code: ErrorCode, message: str, *, field: str | None = None) -> None:
        self.code, self.message, self.field = code, message, field
        super().__init__(message)

    @property
    def extensions(self) -> dict[str, Any]:
        """Return what stands in the error's `extensions`."""
        named = {} if self.field is None else {"field": self.field}
        return {"code": self.code.value, **named}


class BadInput(ApiError):
    """An input that cannot be used; `field` is its path as the client wrote it."""

    def __init__(self, field: str | None, expected: str) -> None:
        where = "" if field is None else f"{field}: "
        super().__init__(ErrorCode.BAD_USER_INPUT, f"{where}expected {expected}", field=field)


class Unauthenticated(ApiError):
    """No token, or one that says nothing the service can trust."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.UNAUTHENTICATED, message)


class RateLimited(ApiError):
    """Asked too often; `retry_after_s` is when asking again makes sense, in whole seconds of real time."""

    def __init__(self, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(ErrorCode.RATE_LIMITED, f"asked too often; try again in {retry_after_s} seconds")

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the code and when to ask again."""
        return {**super().extensions, RETRY_AFTER: self.retry_after_s}


class TooComplex(ApiError):
    """A document that would cost more than one request may."""

    def __init__(self, what: str, *, limit: int) -> None:
        super().__init__(ErrorCode.TOO_COMPLEX, f"{what}: expected at most {limit}")


class Unavailable(ApiError):
    """The service cannot answer now; trying again later is right."""

    def __init__(self, message: str = "the service cannot answer now; try again later") -> None:
        super().__init__(ErrorCode.UNAVAILABLE, message)


class TookTooLong(Unavailable):
    """An operation that was given up, and its statements with it."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        super().__init__(f"the operation took too long and was stopped; request {request_id}")

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the code and by which id the logs know the request."""
        return {**super().extensions, "requestId": self.request_id}
