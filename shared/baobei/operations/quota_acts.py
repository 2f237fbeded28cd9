"""A person's month as their registrations, and the orders credited to them, change it; and who is told."""

from datetime import datetime
from uuid import UUID

from baobei.policy.calendar import last_instant_of_month, month_of
from baobei.policy.quota import Quota, change_of, quota_of
from baobei.store import policies, quotas
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance
from baobei.store.registration_models import StoredRegistration


async def count_order(
    connection: Connection,
    alliance: Alliance,
    registration: StoredRegistration,
    *,
    actor_id: UUID,
    at: datetime,
    converted: int = 0,
    closed: int = 0,
) -> list[Act]:
    """Count an order in the month in which its registration was made, and return what there is to tell.

    Judged by the version in force now, or for a month that is over at its last instant.
    """
    facts = registration.facts
    month = month_of(facts.made.at, alliance.time_zone)
    end = last_instant_of_month(month, alliance.time_zone)
    policy = (await policies.in_force(connection, alliance, min(at, end))).policy
    tallies = await quotas.lock_tallies(
        connection, alliance.id, staff_id=registration.registrant_id, month=month, channel=facts.channel
    )
    await quotas.change(connection, alliance.id, registration.id, converted=converted, closed=closed)
    changed = tallies | {facts.channel: tallies[facts.channel].plus(converted=converted, closed=closed)}
    before, after = (
        quota_of(staff=facts.registrant, month=month, tallies=counted, channel=facts.channel, policy=policy)
        for counted in (tallies, changed)
    )
    return acts_of_quota(before, after, actor_id=actor_id, at=at)


def acts_of_quota(before: Quota, after: Quota, *, actor_id: UUID, at: datetime) -> list[Act]:
    """Return the act that a month is used up, or has room again, where a change made it so."""
    change = change_of(before, after)
    if change is None:
        return []
    act = Act(
        kind=f"quota.{change.value.lower()}",
        subject_id=UUID(after.staff),
        occurred_at=at,
        actor_id=actor_id,
        detail={"month": after.month.isoformat(), "used": after.used, "limit": after.limit},
    )
    return [act]
