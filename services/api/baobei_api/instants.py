"""Instants as clients write them."""

import re
from datetime import datetime
from typing import Final

EARLIEST_YEAR: Final = 1971
LATEST_YEAR: Final = 2999
EXPECTED: Final = (
    f"an instant in ISO 8601 with an offset, as 2026-11-01T10:00:00+08:00,"
    f" of the years {EARLIEST_YEAR} to {LATEST_YEAR}"
)

_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def read_instant(text: str) -> datetime | None:
    """Return an instant, which must have an offset; None for text that is not one."""
    try:
        read = datetime.fromisoformat(text.upper()) if _INSTANT.fullmatch(text) else None
    except ValueError:
        return None
    return read if read is not None and EARLIEST_YEAR <= read.year <= LATEST_YEAR else None
