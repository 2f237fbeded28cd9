"""Places of events: who has heard up to one misses nothing, in whatever order transactions end."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.event_feed import (
    MOST_MISSED,
    Beginning,
    begin_listening,
    hear,
)
from baobei.store import ledger
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance
from baobei_api.streams import feed as feed_module
from baobei_api.streams.feed import EVENTS_KEPT, EventFeed
from webhook_desk import NOON, WebhookDesk, new_desk, subjects

PLACES = "SELECT subject_id FROM outbox_event WHERE alliance_id = $1 ORDER BY place"
AGE = "UPDATE outbox_event SET relayed_at = relayed_at - interval '31 days'"
TO_MANY = """
INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
SELECT $1, 'registration.lapsed', gen_random_uuid(), now(), '{}'
  FROM generate_series(1, $2)
"""


@pytest.fixture
async def desk(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> WebhookDesk:
    """An alliance of this test's own, on a database of its own."""
    return await new_desk(fresh_pool)


async def write(desk: WebhookDesk, connection: Connection, subject: UUID) -> None:
    act = Act(kind="order.placed", subject_id=subject, occurred_at=NOON, actor_id=None)
    await ledger.append(connection, desk.alliance_id, [act])


async def alliance_of(desk: WebhookDesk) -> Alliance:
    return (await desk.alliance.actor("OPS")).alliance


async def heard_after(desk: WebhookDesk, place: int) -> list[tuple[int, str]]:
    told = await hear(
        desk.alliance.office, await alliance_of(desk), after=place, listeners=[], at_most=20_000
    )
    return [(heard.place, heard.letter.decode().partition('"id":"')[2][:36]) for heard in told.heard]


async def test_what_was_written_first_and_committed_last_is_not_passed_by(desk: WebhookDesk) -> None:
    early, late = subjects(2)
    async with desk.pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await write(desk, slow, early)
        await desk.write(("order.placed", late))
        await desk.relay_all()
        first = await heard_after(desk, 0)
        await transaction.commit()
    await desk.relay_all()

    assert [subject for _, subject in first] == [str(late)]
    assert [subject for _, subject in await heard_after(desk, first[-1][0])] == [str(early)]


async def test_places_rise_in_the_order_of_writing_however_many_relay(desk: WebhookDesk) -> None:
    names = subjects(300)
    relaying = asyncio.gather(*(desk.relay() for _ in range(3)))
    for name in names:
        await desk.write(("order.placed", name))
    await relaying
    await desk.relay_all()

    assert [row["subject_id"] for row in await desk.pool.fetch(PLACES, desk.alliance_id)] == names


async def test_one_begins_now_goes_on_or_has_missed_something(desk: WebhookDesk) -> None:
    office, alliance = desk.alliance.office, await alliance_of(desk)
    await desk.told(subjects(1), each=3)
    await desk.relay_all()
    places = [place for place, _ in await heard_after(desk, 0)]

    assert await begin_listening(office, alliance, after=None) == Beginning(place=places[2], missed=False)
    assert await begin_listening(office, alliance, after=0) == Beginning(place=0, missed=False)
    for place in places:
        begins = await begin_listening(office, alliance, after=place)
        assert begins == Beginning(place=place, missed=False)
    for unknown in (places[2] + 1, 10**17):
        begins = await begin_listening(office, alliance, after=unknown)
        assert begins == Beginning(place=places[2], missed=True)
    await desk.pool.execute(AGE)
    begins = await begin_listening(office, alliance, after=places[0])
    assert begins == Beginning(place=places[2], missed=True)


@pytest.mark.parametrize(("more", "missed"), [(MOST_MISSED, False), (MOST_MISSED + 1, True)])
async def test_what_can_be_caught_up_is_bounded(desk: WebhookDesk, more: int, missed: bool) -> None:
    await desk.write(("order.placed", new_id()))
    await desk.relay_all()
    ((place, _),) = await heard_after(desk, 0)
    await desk.pool.execute(TO_MANY, desk.alliance_id, more)
    await desk.relay_all()

    begins = await begin_listening(desk.alliance.office, await alliance_of(desk), after=place)
    assert begins.missed == missed


async def test_a_suspicion_is_told_to_who_sees_the_alliance_and_to_nobody_it_is_about(
    desk: WebhookDesk,
) -> None:
    suspect, boss = await desk.alliance.actor("G01"), await desk.alliance.actor("OPS")
    await desk.write(("quota.used_up", suspect.staff.id), ("staff.probing_suspected", suspect.staff.id))
    await desk.relay_all()
    told = await hear(desk.alliance.office, boss.alliance, after=0, listeners=[], at_most=10)

    quota, suspicion = told.heard
    for viewer, hears in ((suspect.staff, [True, False]), (boss.staff, [True, True])):
        assert [
            access.may_hear(viewer, people=each.people, alone=each.alone) for each in (quota, suspicion)
        ] == hears


async def test_a_test_letter_to_one_webhook_is_told_to_nobody_else(desk: WebhookDesk) -> None:
    await desk.pool.execute(
        "INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload, relayed_at)"
        " VALUES ($1, 'webhook.test', $2, now(), '{}', now())",
        desk.alliance_id,
        new_id(),
    )
    assert await heard_after(desk, 0) == []


async def test_a_feed_looks_only_while_somebody_listens_and_keeps_so_much(desk: WebhookDesk) -> None:
    feed, actor = EventFeed(desk.alliance.office), await desk.alliance.actor("G01")
    async with feed.listening(actor.alliance, actor.staff) as recent:
        begins = recent.since
        async with feed.listening(actor.alliance, actor.staff) as same:
            assert same is recent
        await desk.pool.execute(TO_MANY, desk.alliance_id, EVENTS_KEPT + 200)
        await desk.relay_all()
        async with asyncio.timeout(20):
            changed = recent.changed
            while recent.head == begins or await heard_after(desk, recent.head):
                await changed.wait()
                changed = recent.changed
        assert len(await heard_after(desk, recent.since)) == EVENTS_KEPT
        assert begins < recent.since

    assert [
        task for task in asyncio.all_tasks() if task.get_name() == "event feed" and not task.cancelling()
    ] == []


class Failing:
    """Connections of which the second and third one asked for break in a way that nobody foresees."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool, self.asked = pool, 0

    def acquire(self, **more: Any) -> Any:
        self.asked += 1
        if self.asked in (2, 3):
            raise asyncpg.InternalClientError("got a result for an unknown protocol state")
        return self.pool.acquire(**more)


async def test_a_feed_outlives_what_nobody_foresaw(
    desk: WebhookDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "LOOK_AGAIN_AFTER_FAILURE_S", 0.05)
    failing = Failing(desk.pool)
    feed = EventFeed(replace(desk.alliance.office, pool=failing))  # type: ignore[arg-type]
    actor = await desk.alliance.actor("G01")
    async with feed.listening(actor.alliance, actor.staff) as recent:
        changed = recent.changed
        await desk.write(("order.placed", new_id()))
        await desk.relay_all()
        async with asyncio.timeout(20):
            await changed.wait()

    assert failing.asked > 3
