"""Submitted daily reports, their lines and corrections; append-only."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from baobei.policy.terms import StandingStatus
from baobei.store import registrations
from baobei.store.connection import Connection, Row
from baobei.store.organisation_models import Alliance
from baobei.store.registration_models import StoredRegistration
from baobei.store.report_models import Correction, FrozenLine, ReportEntry, ReportLine, SubmittedReport
from baobei.store.texts import parts, read, read_required

# More than any sheet has.
LAST_LINE: Final = 2**31 - 1

INSERT_REPORT = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT $1, $9, $10 WHERE $9::uuid IS NOT NULL
)
INSERT INTO daily_report (alliance_id, report_id, unit_id, day, closes_at, policy_version_id, submitted_at,
                          submitted_by_id, remark_id, recipient_ids, copied_ids, line_count, entry_count, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, $14, $15)
"""

INSERT_LINES = """
INSERT INTO daily_report_line (alliance_id, report_id, line, registration_id, contact_id, source, need_id, status,
                               follow_up_due_at, days_left, digest)
SELECT $1, $2, line, registration_id, contact_id, source, need_id, status, follow_up_due_at, days_left, digest
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::timestamptz[], $9::integer[],
              $10::bytea[])
       WITH ORDINALITY AS l (registration_id, contact_id, source, need_id, status, follow_up_due_at, days_left,
                             digest, line)
"""

INSERT_ENTRIES = """
INSERT INTO daily_report_entry (alliance_id, report_id, line, position, kind, record_id, recorded_at, recorded_by_id,
                                recorded_by_name, act_sequence)
SELECT $1, $2, line, position, kind, record_id, recorded_at, recorded_by_id, recorded_by_name, act_sequence
  FROM unnest($3::integer[], $4::integer[], $5::text[], $6::uuid[], $7::timestamptz[], $8::uuid[], $9::text[],
              $10::bigint[])
       AS e (line, position, kind, record_id, recorded_at, recorded_by_id, recorded_by_name, act_sequence)
"""

SELECT_BY_UNITS = """
SELECT r.report_id, r.unit_id, r.day, r.closes_at, r.policy_version_id, r.submitted_at, r.submitted_by_id,
       NULL AS remark, r.remark_id, t.sealed AS remark_sealed, r.recipient_ids, r.copied_ids, r.line_count,
       r.entry_count, r.digest
  FROM daily_report r
  LEFT JOIN sealed_text t ON t.alliance_id = r.alliance_id AND t.text_id = r.remark_id
 WHERE r.alliance_id = $1
   AND r.unit_id = ANY($2::uuid[])
   AND r.day BETWEEN $3 AND $4
"""

SELECT_BY_ID = """
SELECT r.report_id, r.unit_id, r.day, r.closes_at, r.policy_version_id, r.submitted_at, r.submitted_by_id,
       NULL AS remark, r.remark_id, t.sealed AS remark_sealed, r.recipient_ids, r.copied_ids, r.line_count,
       r.entry_count, r.digest
  FROM daily_report r
  LEFT JOIN sealed_text t ON t.alliance_id = r.alliance_id AND t.text_id = r.remark_id
 WHERE r.alliance_id = $1
   AND r.report_id = $2
"""

# $3 and $4: the first line and the last. Lines and entries are read apart: on the day of a report there are no statistics
# of either, and joined each line would be looked for among all entries.
SELECT_LINES = """
SELECT l.line, l.registration_id, l.contact_id, l.source, l.need_id, NULL AS need, w.sealed AS need_sealed, l.status,
       l.follow_up_due_at, l.days_left, l.digest
  FROM daily_report_line l
  LEFT JOIN sealed_text w ON w.alliance_id = l.alliance_id AND w.text_id = l.need_id
 WHERE l.alliance_id = $1
   AND l.report_id = $2
   AND l.line BETWEEN $3 AND $4
 ORDER BY l.line
"""

# What was said stands with the record, where it may have been sealed or erased since. Each text is looked up by itself
# (OFFSET 0), whatever the planner makes of the coalesce.
SELECT_ENTRIES = """
SELECT e.line, e.kind, e.record_id, e.recorded_at, e.recorded_by_id, e.recorded_by_name, e.act_sequence,
       coalesce(f.note, a.note, m.reason) AS note, coalesce(f.note_id, a.note_id, m.reason_id) AS note_id,
       t.sealed AS note_sealed
  FROM daily_report_entry e
  LEFT JOIN follow_up f ON f.alliance_id = e.alliance_id AND f.follow_up_id = e.record_id
  LEFT JOIN audit_event m ON m.alliance_id = e.alliance_id AND m.sequence = e.act_sequence
  LEFT JOIN registration r ON r.alliance_id = e.alliance_id AND r.registration_id = e.record_id
  LEFT JOIN LATERAL (
       SELECT note, note_id
         FROM attempt
        WHERE alliance_id = $1
          AND contact_id = r.contact_id
        ORDER BY sequence
        LIMIT 1) a ON true
  LEFT JOIN LATERAL (
       SELECT s.sealed
         FROM sealed_text s
        WHERE s.alliance_id = $1
          AND s.text_id = coalesce(f.note_id, a.note_id, m.reason_id)
       OFFSET 0) t ON true
 WHERE e.alliance_id = $1
   AND e.report_id = $2
   AND e.line BETWEEN $3 AND $4
 ORDER BY e.line, e.position
"""

SELECT_RECORD_IDS = """
SELECT record_id
  FROM daily_report_entry
 WHERE alliance_id = $1
   AND report_id = $2
"""

INSERT_CORRECTION = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    VALUES ($1, $6, $7)
)
INSERT INTO daily_report_correction (alliance_id, correction_id, report_id, corrected_at, corrected_by_id, text_id)
VALUES ($1, $2, $3, $4, $5, $6)
"""

COUNT_CORRECTIONS = """
SELECT count(*)
  FROM daily_report_correction
 WHERE alliance_id = $1
   AND report_id = $2
"""

SELECT_CORRECTIONS = """
SELECT c.correction_id, c.report_id, c.corrected_at, c.corrected_by_id, NULL AS text, c.text_id, t.sealed AS text_sealed
  FROM daily_report_correction c
  JOIN sealed_text t ON t.alliance_id = c.alliance_id AND t.text_id = c.text_id
 WHERE c.alliance_id = $1
   AND c.report_id = $2
 ORDER BY c.sequence
 LIMIT $3
"""


async def insert(
    connection: Connection, alliance_id: int, report: SubmittedReport, frozen: Sequence[FrozenLine]
) -> None:
    """Append a report with its lines; a second one of the unit's day violates `daily_report_unit_day_key`."""
    remark_id, sealed = parts(report.remark)
    await connection.execute(
        INSERT_REPORT,
        alliance_id,
        report.id,
        report.unit_id,
        report.day,
        report.closes_at,
        report.policy_version_id,
        report.submitted_at,
        report.submitted_by_id,
        remark_id,
        sealed,
        report.recipient_ids,
        report.copied_ids,
        report.line_count,
        report.entry_count,
        report.digest,
    )
    lines = [each.line for each in frozen]
    await connection.execute(
        INSERT_LINES,
        alliance_id,
        report.id,
        [line.registration_id for line in lines],
        [line.contact_id for line in lines],
        [line.source for line in lines],
        [None if line.need is None else line.need.id for line in lines],
        [line.status.value for line in lines],
        [line.follow_up_due_at for line in lines],
        [line.days_left for line in lines],
        [each.digest for each in frozen],
    )
    placed = [
        (number, position, entry)
        for number, line in enumerate(lines, start=1)
        for position, entry in enumerate(line.entries, start=1)
    ]
    await connection.execute(
        INSERT_ENTRIES,
        alliance_id,
        report.id,
        [number for number, _, _ in placed],
        [position for _, position, _ in placed],
        [entry.kind for _, _, entry in placed],
        [entry.record_id for _, _, entry in placed],
        [entry.recorded_at for _, _, entry in placed],
        [entry.recorded_by_id for _, _, entry in placed],
        [entry.recorded_by_name for _, _, entry in placed],
        [entry.act_sequence for _, _, entry in placed],
    )


async def of_units(
    connection: Connection, alliance_id: int, unit_ids: Collection[UUID], *, first: date, last: date
) -> dict[tuple[UUID, date], SubmittedReport]:
    """Return what units submitted for days from `first` to `last` (inclusive), by unit and day."""
    rows = await connection.fetch(SELECT_BY_UNITS, alliance_id, list(unit_ids), first, last)
    return {(row["unit_id"], row["day"]): _report(row) for row in rows}


async def by_id(connection: Connection, alliance_id: int, id: UUID) -> SubmittedReport | None:
    """Return a submitted report, None when there is none of that id."""
    row = await connection.fetchrow(SELECT_BY_ID, alliance_id, id)
    return None if row is None else _report(row)


async def lines(
    connection: Connection, alliance: Alliance, report_id: UUID, *, after: int = 0, up_to: int = LAST_LINE
) -> tuple[FrozenLine, ...]:
    """Return the lines of a submitted report after one place and up to another, in order."""
    wanted = (alliance.id, report_id, after + 1, up_to)
    rows = await connection.fetch(SELECT_LINES, *wanted)
    by_line: dict[int, list[Row]] = defaultdict(list)
    for entry in await connection.fetch(SELECT_ENTRIES, *wanted):
        by_line[entry["line"]].append(entry)
    stored = await registrations.by_ids(connection, alliance, {row["registration_id"] for row in rows})
    return tuple(_line(row, by_line[row["line"]], stored[row["registration_id"]]) for row in rows)


async def record_ids(connection: Connection, alliance_id: int, report_id: UUID) -> frozenset[UUID]:
    """Return the ids of the records that stand on a submitted report."""
    rows = await connection.fetch(SELECT_RECORD_IDS, alliance_id, report_id)
    return frozenset(row["record_id"] for row in rows)


async def insert_correction(connection: Connection, alliance_id: int, correction: Correction) -> None:
    """Append what is added to a report."""
    text_id, sealed = parts(correction.text)
    await connection.execute(
        INSERT_CORRECTION,
        alliance_id,
        correction.id,
        correction.report_id,
        correction.corrected_at,
        correction.corrected_by_id,
        text_id,
        sealed,
    )


async def count_corrections(connection: Connection, alliance_id: int, report_id: UUID) -> int:
    """Return how many corrections were added to a report."""
    counted: int = await connection.fetchval(COUNT_CORRECTIONS, alliance_id, report_id)
    return counted


async def corrections(
    connection: Connection, alliance_id: int, report_id: UUID, *, at_most: int
) -> tuple[Correction, ...]:
    """Return what was added to a report, oldest first."""
    return tuple(
        Correction(
            id=row["correction_id"],
            report_id=row["report_id"],
            corrected_at=row["corrected_at"],
            corrected_by_id=row["corrected_by_id"],
            text=read_required(row, "text"),
        )
        for row in await connection.fetch(SELECT_CORRECTIONS, alliance_id, report_id, at_most)
    )


def _report(row: Row) -> SubmittedReport:
    return SubmittedReport(
        id=row["report_id"],
        unit_id=row["unit_id"],
        day=row["day"],
        closes_at=row["closes_at"],
        policy_version_id=row["policy_version_id"],
        submitted_at=row["submitted_at"],
        submitted_by_id=row["submitted_by_id"],
        remark=read(row, "remark"),
        recipient_ids=tuple(row["recipient_ids"]),
        copied_ids=tuple(row["copied_ids"]),
        line_count=row["line_count"],
        entry_count=row["entry_count"],
        digest=row["digest"],
    )


def _line(row: Row, entries: Sequence[Row], registration: StoredRegistration) -> FrozenLine:
    line = ReportLine(
        registration_id=registration.id,
        number=registration.number,
        owner_id=registration.owner_id,
        contact_id=row["contact_id"],
        source=row["source"],
        need=read(row, "need"),
        status=StandingStatus(row["status"]),
        follow_up_due_at=row["follow_up_due_at"],
        days_left=row["days_left"],
        entries=tuple(entry_of(each, registration.id) for each in entries),
    )
    return FrozenLine(line=line, digest=row["digest"])


def entry_of(row: Row, registration_id: UUID) -> ReportEntry:
    """Return what a row says was recorded of a registration."""
    return ReportEntry(
        kind=row["kind"],
        record_id=row["record_id"],
        registration_id=registration_id,
        recorded_at=row["recorded_at"],
        recorded_by_id=row["recorded_by_id"],
        recorded_by_name=row["recorded_by_name"],
        note=read(row, "note"),
        act_sequence=row["act_sequence"],
    )
