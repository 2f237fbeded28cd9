"""Which part of a list is read."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a keyset page starts and how long it is; `after` is the last id of the page before."""

    first: int
    after: UUID | None = None
