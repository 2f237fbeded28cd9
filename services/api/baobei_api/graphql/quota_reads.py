"""What queries read of a person's quota: None for nobody and for whoever the viewer may not ask about alike."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from baobei.operations import access
from baobei.operations.attempt_answers import staff_quota
from baobei.policy.calendar import last_instant_of_month, month_of
from baobei.policy.document import Policy
from baobei.policy.quota import quota_of
from baobei.policy.slots import SlotEntry, slot_entries
from baobei.policy.terms import Channel, StaffId
from baobei.store import organisation, policies, quota_ledger, quotas
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff
from baobei.store.paging import Page
from baobei.store.quota_models import StaffQuota
from baobei_api.graphql.checks import unknown_cursor
from baobei_api.graphql.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """A page of the ledger of a quota, and whether more follow."""

    quota: StaffQuota
    entries: tuple[SlotEntry, ...]
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Whose month is asked about, and the version that it is counted under."""

    person: Staff
    month: date
    policy: Policy


async def quota(context: Context, *, staff_code: str | None, month: date | None) -> StaffQuota | None:
    """Return a person's quota in a month, the viewer's own of this month when nothing else is asked."""
    async with context.connection() as connection:
        asked = await _asked(context, connection, staff_code=staff_code, month=month)
        return None if asked is None else await _quota(context, connection, asked)


async def ledger(
    context: Context, *, staff_code: str | None, month: date | None, page: Page
) -> LedgerPage | None:
    """Return what took and gave back the slots of a person's month, a page of it, earliest first."""
    async with context.connection() as connection:
        asked = await _asked(context, connection, staff_code=staff_code, month=month)
        if asked is None:
            return None
        found = await _quota(context, connection, asked)
        events = await quota_ledger.slot_events(
            connection, context.actor.alliance.id, staff_id=asked.person.id, month=asked.month
        )
    entries = slot_entries(events, policy=asked.policy)
    begin = 0 if page.after is None else _place_after(entries, page.after)
    end = begin + page.first
    return LedgerPage(quota=found, entries=entries[begin:end], has_next=len(entries) > end)


async def _asked(
    context: Context, connection: Connection, *, staff_code: str | None, month: date | None
) -> _Asked | None:
    """Return what is asked: under the version in force now, or for a month that is over at its last instant."""
    actor, now = context.actor, await context.now()
    person = actor.staff
    if staff_code is not None:
        found = await organisation.staff_by_code(connection, actor.alliance.id, staff_code)
        if found is None or not access.may_see_quota(actor.staff, person=found):
            return None
        person = found
    asked = month or month_of(now, actor.alliance.time_zone)
    last_instant = last_instant_of_month(asked, actor.alliance.time_zone)
    published = await policies.in_force(connection, actor.alliance, min(now, last_instant))
    return _Asked(person=person, month=asked, policy=published.policy)


async def _quota(context: Context, connection: Connection, asked: _Asked) -> StaffQuota:
    key = asked.person.id, asked.month
    tallies = await quotas.tallies(connection, context.actor.alliance.id, [key])
    channel = asked.person.unit_kind.channel
    found = quota_of(
        staff=StaffId(str(asked.person.id)),
        month=asked.month,
        tallies=tallies.get(key, {}),
        channel=channel or Channel.STORE,
        policy=asked.policy,
    )
    return replace(staff_quota(found), limit=None if channel is None else found.limit)


def _place_after(entries: tuple[SlotEntry, ...], cursor: UUID) -> int:
    for place, entry in enumerate(entries, start=1):
        if entry.sequence == cursor.int:
            return place
    raise unknown_cursor()
