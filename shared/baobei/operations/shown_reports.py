"""What stands on a daily report as somebody may see it: customers and what was said pass through `disclosure`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.daily_reports import DailyReport
from baobei.operations.disclosure import Disclosure, ShownContact
from baobei.operations.report_digest import is_intact
from baobei.operations.report_lines import WHOLE, Part, lines_after, lines_of
from baobei.operations.transaction import lent
from baobei.policy.terms import StandingStatus
from baobei.store import contacts, daily_reports, organisation
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff
from baobei.store.report_models import ReportEntry, ReportLine
from baobei.vault import SealedContact


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """What was recorded: `said` is empty where nothing was."""

    kind: str
    record_id: UUID
    recorded_at: datetime
    recorded_by: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line of the sheet, `position` from 1; source and need are empty where they are not known."""

    position: int
    registration_id: UUID
    number: str
    customer: ShownContact
    source: str
    need: str
    status: StandingStatus
    follow_up_due_at: datetime | None
    days_left: int | None
    entries: tuple[ShownEntry, ...]


async def shown_lines(
    office: Office, actor: Actor, report: DailyReport, part: Part = WHOLE
) -> tuple[ShownLine, ...]:
    """Return lines of a report that the actor may read, as they may see them today."""
    async with lent(office, actor) as connection:
        lines = await lines_of(connection, actor.alliance, report, part)
        return await _shown_lines(connection, office, actor, lines, part)


async def shown_after(
    office: Office, actor: Actor, report: DailyReport, part: Part = WHOLE
) -> tuple[ShownLine, ...]:
    """Return what was recorded of the day after it was submitted, in lines of their own that count from 1."""
    async with lent(office, actor) as connection:
        lines = await lines_after(connection, actor.alliance, report, part)
        return await _shown_lines(connection, office, actor, lines, part)


async def is_report_intact(
    connection: Connection, office: Office, actor: Actor, report: DailyReport
) -> bool | None:
    """Return whether a submitted report is as it was submitted; None for one that was not."""
    alliance, submitted = actor.alliance, report.submitted
    if submitted is None:
        return None
    frozen = await daily_reports.lines(connection, alliance, submitted.id)
    ids = [each.line.contact_id for each in frozen]
    sealed = await contacts.by_ids(connection, alliance.id, ids)
    return is_intact(office, alliance.id, submitted, frozen, sealed)


async def _shown_lines(
    connection: Connection, office: Office, actor: Actor, lines: Sequence[ReportLine], part: Part
) -> tuple[ShownLine, ...]:
    alliance_id = actor.alliance.id
    sealed = await contacts.by_ids(connection, alliance_id, [line.contact_id for line in lines])
    owners = await organisation.staff_by_ids(connection, alliance_id, {line.owner_id for line in lines})
    disclosure = Disclosure(vault=office.vault, alliance_id=alliance_id, viewer=actor.staff)
    return tuple(
        _shown(disclosure, position, line, sealed, owners)
        for position, line in enumerate(lines, start=part.after + 1)
    )


def _shown(
    disclosure: Disclosure,
    position: int,
    line: ReportLine,
    sealed: Mapping[UUID, SealedContact],
    owners: Mapping[UUID, Staff],
) -> ShownLine:
    owner = owners[line.owner_id]
    return ShownLine(
        position=position,
        registration_id=line.registration_id,
        number=line.number,
        customer=disclosure.of_registration(sealed[line.contact_id], owner=owner),
        source=line.source or "",
        need=disclosure.optional_text(line.need, owner=owner) or "",
        status=line.status,
        follow_up_due_at=line.follow_up_due_at,
        days_left=line.days_left,
        entries=tuple(_entry(disclosure, entry, owner) for entry in line.entries),
    )


def _entry(disclosure: Disclosure, entry: ReportEntry, owner: Staff) -> ShownEntry:
    return ShownEntry(
        kind=entry.kind,
        record_id=entry.record_id,
        recorded_at=entry.recorded_at,
        recorded_by=entry.recorded_by_name,
        said=disclosure.optional_text(entry.note, owner=owner) or "",
    )
