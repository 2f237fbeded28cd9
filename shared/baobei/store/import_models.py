"""What the store hands out of imports: frozen values."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.terms import ClauseNumber


class ImportState(enum.StrEnum):
    """Where an import is; the last two are its ends. Equal to the CHECK of `import_job`."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class FilePart(enum.StrEnum):
    """The file as it came, and as it is given back."""

    FILE = "FILE"
    RESULT = "RESULT"


class TakenAway(enum.StrEnum):
    """Why an import has lost its file: it was old, or the data of a person were erased."""

    AGE = "AGE"
    ERASURE = "ERASURE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """An import and how far it has come.

    `uploaded_at` is business time, the other instants wall time. `kind` is that of the file, `problem` why it
    failed. `sheet_number`, `header_row` and `rows_total` are None until the file was opened; `counts` are
    answers by code. `taken_away` is None while there is a file, and for those that lost it before that was written down.
    """

    id: UUID
    alliance_id: int
    uploaded_by_id: UUID
    uploaded_at: datetime
    kind: str
    dry_run: bool
    state: ImportState
    problem: str | None
    sheet_number: int | None
    header_row: int | None
    encoding: str | None
    rows_total: int | None
    rows_done: int
    last_row: int
    counts: Mapping[str, int]
    started_at: datetime | None
    ended_at: datetime | None
    purged_at: datetime | None
    taken_away: TakenAway | None
    read_at: datetime

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (ImportState.DONE, ImportState.FAILED)

    @property
    def has_result(self) -> bool:
        """Whether there is a file to give back."""
        return self.state is ImportState.DONE and self.purged_at is None

    @property
    def rows_per_second(self) -> float | None:
        """Return the rows answered in a second of wall time on average; None before the first."""
        if self.started_at is None or self.rows_done == 0:
            return None
        seconds = ((self.ended_at or self.read_at) - self.started_at).total_seconds()
        return self.rows_done / max(seconds, 0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedImport:
    """An import that was given up, for those who run the service: how far it came, and nothing of what is in it."""

    id: UUID
    alliance_code: str
    rows_done: int
    rows_total: int | None
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportClaim:
    """An import held for work: `fence` says which claim this is, `attempts` counts those since any progress."""

    job: ImportJob
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    """What became of a row; number and `protected_until` only of what is the person's own claim."""

    row_number: int
    code: str
    clause: ClauseNumber | None
    message: str
    registration_number: str | None = None
    protected_until: datetime | None = None
