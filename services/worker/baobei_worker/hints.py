"""What may stand in the queue: hints to look, and nothing else. Whatever else is there becomes one to park it.

A queue outlives programs. A job of an older version, one of another program, or bytes that are no job at all
must end as a line in the log and a parked row, not as a worker that dies of it again and again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from baobei.clock import wall_now
from baobei.operations.parked_jobs import UNKNOWN_JOB

LOOK: Final = "look"
PARK: Final = "park"
UNREADABLE: Final = "UNREADABLE"
WRONG_ARGUMENTS: Final = "WRONG_ARGUMENTS"
KNOWN: Final = frozenset({LOOK, f"cron:{LOOK}"})
LATEST_MS: Final = 4_102_444_800_000


class Hint(BaseModel):
    """A job of arq as its serializer writes it: try, function, arguments, instant in milliseconds."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    t: int | None = Field(ge=0, le=1_000)
    f: Literal["look", "cron:look"]
    a: list[None] = Field(max_length=0)
    k: dict[str, None] = Field(max_length=0)
    et: int = Field(ge=0, le=LATEST_MS)


def read_hint(written: bytes) -> dict[str, Any]:
    """Return a job for arq to run: the hint that was written, or the parking of what is none."""
    try:
        found = orjson.loads(written)
    except orjson.JSONDecodeError:
        return _parked(UNREADABLE.lower(), UNREADABLE, None)
    try:
        return Hint.model_validate(found).model_dump()
    except ValidationError:
        name = found.get("f") if isinstance(found, Mapping) else None
        given = found.get("et") if isinstance(found, Mapping) else None
        reason = WRONG_ARGUMENTS if isinstance(name, str) and name in KNOWN else UNKNOWN_JOB
        return _parked(name if isinstance(name, str) else UNREADABLE.lower(), reason, given)


def _parked(name: str, reason: str, given_ms: object) -> dict[str, Any]:
    # Not isinstance: true is an int, too.
    plausible = type(given_ms) is int and 0 <= given_ms <= LATEST_MS
    at_ms = given_ms if plausible else int(wall_now().timestamp() * 1_000)
    return {"t": None, "f": PARK, "a": [name, reason, at_ms], "k": {}, "et": at_ms}


def instant_of(milliseconds: int) -> datetime:
    """Return the instant of a number of milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
