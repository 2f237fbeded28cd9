"""A caller's own events over real HTTP: who hears what, resuming without loss, and how a stream ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from event_listener import PATH, Listener, listening, token_of
from graphql_client import REQUEST_EXTENSION, change
from running_service import RunningService, eventually, running_service
from stories import STAFF, Story, customer, make_alliance

TRANSFER = change(
    "transferRegistration", "$registrationId: ID!, $toStaffCode: String!, $reason: String!", of="registration"
)
LEAVES = "UPDATE staff SET active = false WHERE code = $2 AND alliance_id = (SELECT alliance_id FROM alliance WHERE code = $1)"
MOVES = """
UPDATE staff SET unit_id = (SELECT u.unit_id FROM unit u WHERE u.alliance_id = staff.alliance_id AND u.code = $3)
 WHERE code = $2 AND alliance_id = (SELECT alliance_id FROM alliance WHERE code = $1)
"""
PURGE = """
DELETE FROM outbox_event WHERE alliance_id = (SELECT alliance_id FROM alliance WHERE code = $1) AND place <= $2
"""
MANY = """
INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
SELECT alliance_id, 'registration.lapsed', gen_random_uuid(), now(), '{}'
  FROM alliance, generate_series(1, $2) WHERE code = $1
"""
HELD_BY_STREAMS = """
SELECT count(*) FROM pg_stat_activity
 WHERE application_name = 'baobei' AND state LIKE 'idle in transaction%' AND state_change < now() - interval '1 second'
"""
QUIET_S = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Listens as staff of a story's alliance."""

    service: RunningService
    story: Story
    opened: ExitStack

    def of(self, staff: str, **more: Any) -> Listener:
        client = self.story.client
        token = token_of(client.token_key, client.alliance, staff)
        return self.opened.enter_context(listening(self.service.base_url, token, **more))

    async def run(self, statement: str, *arguments: object) -> None:
        connection = await asyncpg.connect(self.service.database_url)
        await connection.execute(statement, self.story.client.alliance, *arguments)
        await connection.close()


@pytest.fixture
async def ears(service: RunningService, story: Story) -> AsyncIterator[Ears]:
    """Listeners that end with the test; the month has been opened before they begin."""
    await story.client.http.post("/dev/jobs", timeout=60)
    with ExitStack() as opened:
        yield Ears(service=service, story=story, opened=opened)


def types(listener: Listener) -> list[str]:
    return [event.letter["type"] for event in listener.events]


async def test_who_hears_of_a_registration_a_refusal_a_quota_an_order_and_a_request(
    ears: Ears, story: Story
) -> None:
    client, staff = (
        story.client,
        ("G01", "G02", "G03", "PDM", "XHM", "SUP", "F01", "F02", "OPS", "HEAD", "FIN"),
    )
    heard = {code: ears.of(code) for code in staff}
    who = customer()
    registration = await client.admitted("F01", **who)
    refused = await client.register("F02", **who)
    asked = {"registrationId": registration["id"], "days": 5, "reason": "客户出差"}
    approval = (await client.one("F01", REQUEST_EXTENSION, input=asked))["approval"]
    order = await client.placed("G01", externalRef="SO-1", takenByCode="G02", **who)
    own = await client.admitted("G03", **customer())
    assert heard["OPS"].heard(6)
    assert heard["XHM"].heard(1)

    admitted = ("registration.admitted", registration["id"])
    refusal = ("registration.refused", refused["attemptId"])
    request = ("approval.requested", approval["id"])
    placed, attributed = ("order.placed", order["id"]), ("order.attributed", order["id"])
    of_others = ("registration.admitted", own["id"])
    order_events = [placed, attributed]
    everything = [admitted, refusal, request, *order_events, of_others]
    wanted = {
        "F01": [admitted, request, *order_events],
        "F02": [refusal],
        "SUP": [admitted, refusal, request, *order_events],
        "G01": order_events,
        "G02": order_events,
        "PDM": order_events,
        "G03": [of_others],
        "XHM": [of_others],
        "OPS": everything,
        "HEAD": everything,
        "FIN": [],
    }
    assert eventually(lambda: all(len(heard[code].events) >= len(wanted[code]) for code in staff))
    await asyncio.sleep(QUIET_S)
    assert {code: sorted(heard[code].whats()) for code in staff} == {
        code: sorted(events) for code, events in wanted.items()
    }


async def test_a_letter_is_that_of_webhooks_and_holds_ids_only(ears: Ears, story: Story) -> None:
    listener = ears.of("G01")
    registration = await story.client.admitted("G01", **customer())
    assert listener.heard(1)

    letter = listener.events[0].letter
    assert set(letter) == {"type", "timestamp", "data"}
    assert letter["data"]["id"] == letter["data"]["registration"] == registration["id"]
    assert set(letter["data"]) == {"id", "registration", "attempt", "limit", "used", "month"}


async def test_of_a_transfer_both_hear_and_of_what_follows_the_new_owner_alone(
    ears: Ears, story: Story
) -> None:
    before, after = ears.of("F01"), ears.of("G01")
    registration = await story.client.admitted("F01", **customer())
    assert before.heard(1)
    moved = {"registrationId": registration["id"], "toStaffCode": "G01", "reason": "交接"}
    await story.client.one("HEAD", TRANSFER, **moved)
    assert before.heard(2)
    await story.after(days=3)
    await story.client.http.post("/dev/jobs")
    assert after.heard(2)
    await asyncio.sleep(QUIET_S)

    assert types(before) == ["registration.admitted", "registration.transferred"]
    assert types(after)[0] == "registration.transferred"
    assert len(types(after)) > 1


async def test_one_alliance_hears_nothing_of_another(
    ears: Ears, story: Story, service: RunningService
) -> None:
    other = await make_alliance(service.database_url)
    await story.client.http.post("/dev/jobs", timeout=60)
    token = token_of(story.client.token_key, other, "OPS")
    stranger = ears.opened.enter_context(listening(service.base_url, token))
    own = ears.of("OPS")
    await story.client.admitted("G01", **customer())
    assert own.heard(1)
    await asyncio.sleep(QUIET_S)

    assert stranger.events == []


async def test_whoever_comes_back_hears_what_was_missed_once_and_in_order(ears: Ears, story: Story) -> None:
    all_along = ears.of("G01")
    first = ears.of("G01", resumes=False)
    for _ in range(2):
        await story.client.admitted("G01", **customer())
    assert first.heard(2)
    first.stopping.set()
    for _ in range(3):
        await story.client.admitted("G01", **customer())
    assert all_along.heard(5)

    again = ears.of("G01", last_id=first.events[0].id)
    await story.client.admitted("G01", **customer())
    assert again.heard(5)
    assert all_along.heard(6)
    await asyncio.sleep(QUIET_S)

    assert again.events == all_along.events[1:]
    assert [event.id for event in all_along.events] == sorted({event.id for event in all_along.events})


async def test_an_api_that_is_killed_costs_nobody_an_event(
    ears: Ears, story: Story, service: RunningService
) -> None:
    listener = ears.of("OPS")
    admitted = []
    for turn in range(6):
        admitted.append((await story.client.admitted("G01", **customer()))["id"])
        if turn in (1, 3):
            pid = service.pid_of("api")
            os.kill(pid, signal.SIGKILL)
            assert eventually(lambda pid=pid: service.pid_of("api") != pid)  # type: ignore[misc]
    assert listener.heard(6)
    await asyncio.sleep(QUIET_S)

    assert [subject for _, subject in listener.whats()] == admitted
    assert listener.connected == 3


async def test_a_leaver_s_stream_ends_and_tells_nothing_more(ears: Ears, story: Story) -> None:
    leaver, stays = ears.of("PDM"), ears.of("OPS")
    await ears.run(LEAVES, "PDM")
    await story.client.admitted("G01", **customer())
    assert stays.heard(1)

    assert eventually(lambda: 401 in leaver.statuses)
    assert leaver.events == []


async def test_who_has_moved_to_another_unit_hears_of_that_one(ears: Ears, story: Story) -> None:
    manager, all_of_it = ears.of("PDM"), ears.of("OPS")
    await ears.run(MOVES, "PDM", "XH")
    await asyncio.sleep(QUIET_S)
    await story.client.admitted("G01", **customer())
    theirs = await story.client.admitted("G03", **customer())
    assert all_of_it.heard(2)
    assert manager.heard(1)
    await asyncio.sleep(QUIET_S)

    assert manager.whats() == [("registration.admitted", theirs["id"])]


async def test_who_comes_back_too_late_is_told_to_read_anew(ears: Ears, story: Story) -> None:
    listener = ears.of("OPS")
    for _ in range(2):
        await story.client.admitted("G01", **customer())
    assert listener.heard(2)
    await ears.run(PURGE, listener.events[0].id)

    late = ears.of("OPS", last_id=listener.events[0].id)
    forged = ears.of("OPS", last_id=10**17)
    assert late.heard(1)
    assert forged.heard(1)
    await story.client.admitted("G01", **customer())
    assert late.heard(2)

    assert types(late) == ["stream.reset", "registration.admitted"]
    assert late.events[0].letter["data"] == {}
    assert types(forged)[0] == "stream.reset"


async def test_a_burst_larger_than_what_is_kept_arrives_whole(ears: Ears, story: Story) -> None:
    slow = ears.of("OPS", resumes=False)
    await story.client.admitted("G01", **customer())
    assert slow.heard(1)
    slow.stopping.set()
    await ears.run(MANY, 3_000)
    live = ears.of("OPS")
    again = ears.of("OPS", last_id=slow.events[0].id)

    assert again.heard(3_000)
    await asyncio.sleep(QUIET_S)
    assert len({event.id for event in again.events}) == len(again.events) == 3_000
    assert live.events == again.events[len(again.events) - len(live.events) :]


@asynccontextmanager
async def asking(
    story: Story, headers: dict[str, str], method: str = "GET"
) -> AsyncIterator[httpx2.Response]:
    async with story.client.http.stream(method, PATH, headers=headers) as answer:
        yield answer


async def test_who_may_not_listen_is_told_why(story: Story) -> None:
    headers = story.client.headers("G01")
    for given, status, code in (
        ({}, 401, "UNAUTHENTICATED"),
        ({"authorization": "Bearer x"}, 401, "UNAUTHENTICATED"),
        (headers | {"last-event-id": "yesterday"}, 400, "BAD_USER_INPUT"),
        (headers | {"last-event-id": "-1"}, 400, "BAD_USER_INPUT"),
        (headers | {"last-event-id": "9" * 19}, 400, "BAD_USER_INPUT"),
        (headers | {"last-event-id": ""}, 400, "BAD_USER_INPUT"),
    ):
        async with asking(story, given) as answer:
            await answer.aread()
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    async with asking(story, headers, "HEAD") as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            "text/event-stream; charset=utf-8",
        )
    async with asking(story, headers, "POST") as answer:
        assert answer.status_code == 405


async def test_one_caller_has_four_streams_at_once_and_a_place_is_free_when_one_ends(
    ears: Ears, story: Story
) -> None:
    four = [ears.of("G01", resumes=False) for _ in range(4)]
    fifth = ears.of("G01", resumes=False)
    other = ears.of("G02", resumes=False)
    assert (fifth.statuses, other.statuses) == ([429], [200])
    four[0].stopping.set()
    await story.client.admitted("G01", **customer())
    assert four[1].heard(1)

    def gets_in() -> bool:
        return ears.of("G01", resumes=False).statuses == [200]

    assert eventually(gets_in)


async def test_no_stream_holds_a_connection_between_looks(ears: Ears, service: RunningService) -> None:
    for code in STAFF:
        ears.of(code)
    await asyncio.sleep(QUIET_S)
    connection = await asyncpg.connect(service.database_url)

    assert await connection.fetchval(HELD_BY_STREAMS) == 0
    busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'baobei'"
    assert await connection.fetchval(busy) <= 20
    await connection.close()


async def test_a_service_that_is_asked_to_stop_ends_its_streams_first(tmp_path: Path) -> None:
    with running_service(tmp_path / "data", "--clock", "travel") as service:
        alliance = await make_alliance(service.database_url)
        key = (service.data / "secrets" / "dev_token_key").read_text().strip()
        with listening(service.base_url, token_of(key, alliance, "OPS"), resumes=False) as listener:
            assert listener.statuses == [200]
            assert service.stop() == 0
    api_log = (service.data / "logs" / "api.log").read_text()
    assert "Cancel" not in api_log
    assert "timeout" not in api_log.lower()
