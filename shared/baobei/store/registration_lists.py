"""Lists of registrations: whose may be seen, what they are narrowed to, and a page of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from baobei.policy.records import RecordedEnd
from baobei.policy.terms import Channel, StandingStatus
from baobei.store import registrations
from baobei.store.connection import Connection, fetch_planned_anew
from baobei.store.organisation_models import Alliance
from baobei.store.paging import Page
from baobei.store.registration_models import Segment, StoredRegistration

_RECORDED: Final = frozenset(StandingStatus(end.value) for end in RecordedEnd)

# $2 owner's unit, $3 owner: who may see; $4 owner, $5 unit, $6 statuses, $7 channel, $8 from (inclusive),
# $9 to (exclusive): what is asked for; $10 the last id of the page before, $11 rows, $12 the instant of the
# statuses, $13 classes, $14 segment, $15 source. The CASE says what baobei.policy.standing says, for the search alone;
# $16 says the same of statuses that an act alone brings about, by which they are found.
SELECT_PAGE = (
    registrations.COLUMNS
    + """
  JOIN staff o ON o.alliance_id = r.alliance_id AND o.staff_id = r.owner_id
 WHERE r.alliance_id = $1
   AND ($2::uuid IS NULL OR o.unit_id = $2)
   AND ($3::uuid IS NULL OR r.owner_id = $3)
   AND ($4::text IS NULL OR o.code = $4)
   AND ($5::text IS NULL OR o.unit_id = (SELECT u.unit_id FROM unit u WHERE u.alliance_id = $1 AND u.code = $5))
   AND ($6::text[] IS NULL OR $6 @> ARRAY[CASE
           WHEN r.end_kind IS NOT NULL THEN r.end_kind
           WHEN NOT r.lapse_curable AND r.lapses_at <= $12
                AND (r.expires_at IS NULL OR r.lapses_at < r.expires_at) THEN 'LAPSED'
           WHEN r.expires_at <= $12 THEN 'EXPIRED'
           WHEN r.lapses_at <= $12 THEN 'LAPSED'
           ELSE 'PROTECTED' END])
   AND ($7::text IS NULL OR r.channel = $7)
   AND ($8::timestamptz IS NULL OR r.registered_at >= $8)
   AND ($9::timestamptz IS NULL OR r.registered_at < $9)
   AND ($13::text[] IS NULL OR r.customer_class = ANY ($13))
   AND ($14::text IS NULL OR r.segment = $14)
   AND ($15::text IS NULL OR r.source = $15)
   AND ($16::text[] IS NULL OR r.end_kind = ANY ($16))
   AND ($10::uuid IS NULL OR r.sequence < (
           SELECT p.sequence FROM registration p WHERE p.alliance_id = $1 AND p.registration_id = $10))
 ORDER BY r.sequence DESC
 LIMIT $11
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose registrations may be listed: everybody's, those of a unit's staff, or one's own."""

    unit_id: UUID | None = None
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationFilter:
    """What a list is narrowed to; None leaves a field open. `registered_to` is exclusive."""

    owner_code: str | None = None
    unit_code: str | None = None
    statuses: frozenset[StandingStatus] | None = None
    channel: Channel | None = None
    registered_from: datetime | None = None
    registered_to: datetime | None = None
    customer_classes: frozenset[str] | None = None
    segment: Segment | None = None
    source: str | None = None


async def page(
    connection: Connection,
    alliance: Alliance,
    *,
    scope: Scope,
    filter: RegistrationFilter,
    page: Page,
    at: datetime,
) -> tuple[tuple[StoredRegistration, ...], bool]:
    """Return a page of registrations, newest first, and whether more follow; statuses are those at `at`."""
    statuses = None if filter.statuses is None else sorted(status.value for status in filter.statuses)
    rows = await fetch_planned_anew(
        connection,
        SELECT_PAGE,
        alliance.id,
        scope.unit_id,
        scope.owner_id,
        filter.owner_code,
        filter.unit_code,
        statuses,
        None if filter.channel is None else filter.channel.value,
        filter.registered_from,
        filter.registered_to,
        page.after,
        page.first + 1,
        at,
        None if filter.customer_classes is None else sorted(filter.customer_classes),
        None if filter.segment is None else filter.segment.value,
        filter.source,
        _ends(filter.statuses),
    )
    return await registrations.stored(connection, alliance, rows[: page.first]), len(rows) > page.first


def _ends(statuses: frozenset[StandingStatus] | None) -> list[str] | None:
    """Return the recorded ends that statuses come down to; None where the calendar has a say, or where any is asked for."""
    if not statuses or not statuses <= _RECORDED:
        return None
    return sorted(status.value for status in statuses)
