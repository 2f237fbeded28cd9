"""What is sent and what comes of it: the port between the relay and whatever speaks HTTP."""

import enum
from dataclasses import dataclass
from typing import Final, Protocol

GONE: Final = 410
LONGEST_EXCERPT_CHARS: Final = 256


class Failure(enum.StrEnum):
    """Why an attempt did not deliver."""

    TIMED_OUT = "TIMED_OUT"
    NOT_CONNECTED = "NOT_CONNECTED"
    TLS = "TLS"
    UNRESOLVED = "UNRESOLVED"
    TARGET_NOT_ALLOWED = "TARGET_NOT_ALLOWED"
    GARBAGE = "GARBAGE"
    REDIRECTED = "REDIRECTED"
    STATUS = "STATUS"
    SECRET_UNREADABLE = "SECRET_UNREADABLE"  # noqa: S105 - the name of a failure
    EVENT_PURGED = "EVENT_PURGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An event for one receiver: `message_id` is the event's, the same at every attempt; secrets, newest first.

    Its representation shows neither the URL, which may hold a token, nor the secrets.
    """

    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the letter without what is nobody else's to read."""
        return f"Letter(message_id={self.message_id!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How an attempt ended: `failure` is None only for a status of 200 to 299; the excerpt holds no secret."""

    status_code: int | None
    failure: Failure | None
    duration_ms: int
    excerpt: str | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took the letter."""
        return self.failure is None

    @property
    def gone(self) -> bool:
        """Whether the receiver asks never to be written to again."""
        return self.status_code == GONE


class Sender(Protocol):
    """Whatever sends letters: one attempt a call, never raising for what a receiver does."""

    async def send(self, letter: Letter) -> Answer:
        """Try once to deliver, within the time-out."""
        ...
