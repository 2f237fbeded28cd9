"""How often one caller may ask, with Redis and without it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import httpx2
import pytest
from redis.asyncio import Redis

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei_api.graphql.errors import RateLimited
from baobei_api.metrics import Metrics
from baobei_api.rate_limits import Rule, counted_here, counted_in_redis
from graphql_client import GraphQLClient
from in_process import api_on, api_with_redis, settings_of

ME = "{ me { code } }"
BAD_TOKEN = {"authorization": "Bearer a.b.c"}
NO_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_alliance(pool)


@pytest.fixture
async def emptied_redis_url(redis_url: str) -> AsyncIterator[str]:
    """Redis of this run with nothing in it."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
        yield redis_url
        await redis.flushall()


class Line:
    """A line to a Redis that can be cut: then it takes connections and never answers."""

    def __init__(self, redis_url: str) -> None:
        self.cut = False
        self.taken = 0
        self._path = redis_url.removeprefix("unix://").partition("?")[0]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        if self.cut:
            await reader.read()
            writer.close()
            return
        redis_reader, redis_writer = await asyncio.open_unix_connection(self._path)
        await asyncio.gather(_pass_on(reader, redis_writer), _pass_on(redis_reader, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while said := await reader.read(4_096):
            writer.write(said)
            await writer.drain()
    writer.close()


@pytest.fixture
async def line(emptied_redis_url: str) -> AsyncIterator[tuple[Line, str]]:
    """A line to the Redis of this run, and the URL of its near end."""
    made = Line(emptied_redis_url)
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    try:
        yield made, f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        server.close()
        await server.wait_closed()


async def statuses(client: GraphQLClient, staff: str, times: int) -> list[int]:
    return [(await client.post(staff, ME)).status_code for _ in range(times)]


async def tried(client: GraphQLClient, headers: dict[str, str]) -> httpx2.Response:
    return await client.http.post("/graphql", json={"query": ME}, headers=headers)


async def test_one_caller_reads_so_often_a_minute_and_another_is_not_charged_for_it(
    alliance: TestAlliance, emptied_redis_url: str
) -> None:
    async with api_with_redis(
        alliance.office.pool, alliance.code, redis_url=emptied_redis_url, reads_per_minute=3
    ) as client:
        assert await statuses(client, "G01", 4) == [200, 200, 200, 429]
        assert await statuses(client, "G02", 1) == [200]


async def test_who_read_too_often_is_told_when_to_come_back(
    alliance: TestAlliance, emptied_redis_url: str
) -> None:
    async with api_with_redis(
        alliance.office.pool, alliance.code, redis_url=emptied_redis_url, reads_per_minute=1
    ) as client:
        await client.post("G01", ME)
        answer = await client.post("G01", ME)
        (error,) = answer.json()["errors"]
        metrics = (await client.http.get("/metrics")).text
    wait = error["extensions"]["retryAfterS"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterS": wait}
    assert 1 <= wait <= 60
    assert answer.headers["retry-after"] == str(wait)
    assert 'baobei_rate_limited_total{outcome="refused",rule="reads"} 1.0' in metrics


async def test_processes_on_one_redis_count_together(alliance: TestAlliance, emptied_redis_url: str) -> None:
    pool, code = alliance.office.pool, alliance.code
    async with (
        api_with_redis(pool, code, redis_url=emptied_redis_url, reads_per_minute=3) as one,
        api_with_redis(pool, code, redis_url=emptied_redis_url, reads_per_minute=3) as other,
    ):
        assert await statuses(one, "G01", 2) + await statuses(other, "G01", 2) == [200, 200, 200, 429]


async def test_a_document_that_is_refused_costs_as_much_as_twenty_reads(
    alliance: TestAlliance, emptied_redis_url: str
) -> None:
    async with api_with_redis(
        alliance.office.pool, alliance.code, redis_url=emptied_redis_url, reads_per_minute=25
    ) as client:
        refused = await client.post("G01", "{ nobody }")
        assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert await statuses(client, "G01", 6) == [200] * 5 + [429]


async def test_what_changes_something_is_never_kept_from_being_recorded(
    alliance: TestAlliance, emptied_redis_url: str
) -> None:
    async with api_with_redis(
        alliance.office.pool, alliance.code, redis_url=emptied_redis_url, reads_per_minute=1
    ) as client:
        assert await statuses(client, "G01", 2) == [200, 429]
        await client.admitted("G01", name="王", phone="13800138000", address=ADDRESS.format(1))


async def test_redis_holds_counters_under_digests_and_nothing_for_long(
    alliance: TestAlliance, emptied_redis_url: str
) -> None:
    async with api_with_redis(alliance.office.pool, alliance.code, redis_url=emptied_redis_url) as client:
        await client.post("G01", ME)
        await tried(client, BAD_TOKEN)
        staff = await alliance.actor("G01")
    async with Redis.from_url(emptied_redis_url) as redis:
        keys = [key.decode() async for key in redis.scan_iter()]
        values = [await redis.get(key) for key in keys]
        lives = [await redis.ttl(key) for key in keys]
    assert len(keys) == 2
    assert values == [b"1", b"1"]
    assert all(0 < seconds <= 120 for seconds in lives)
    assert not any(known in key for key in keys for known in (str(staff.staff.id), "G01", "127.0.0.1"))


async def test_tokens_that_are_not_believed_are_counted_by_their_source(
    alliance: TestAlliance, emptied_redis_url: str
) -> None:
    async with api_with_redis(
        alliance.office.pool, alliance.code, redis_url=emptied_redis_url, sign_in_failures_per_minute=3
    ) as client:
        answers = [await tried(client, BAD_TOKEN) for _ in range(4)]
        of_nobody = await client.post("G99", ME)
        good = await client.post("G01", ME)
        without = await tried(client, {})
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert (of_nobody.status_code, good.status_code, without.status_code) == (429, 200, 401)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        pytest.param(0, "10.0.0.{}", 429, id="not read unless a proxy of ours wrote it"),
        pytest.param(1, "10.0.0.{}", 401, id="read where one proxy stands in front"),
        pytest.param(1, "10.0.0.{}, 192.0.2.1", 429, id="what the client wrote itself is not read"),
        pytest.param(2, "192.0.2.7, 10.0.0.{}, 192.0.2.1", 401, id="behind two proxies"),
        pytest.param(2, "10.0.0.{}", 429, id="fewer than there are proxies"),
    ],
)
async def test_the_source_is_what_our_own_proxies_say(
    alliance: TestAlliance, emptied_redis_url: str, proxies: int, forwarded: str, expected: int
) -> None:
    async with api_with_redis(
        alliance.office.pool,
        alliance.code,
        redis_url=emptied_redis_url,
        sign_in_failures_per_minute=1,
        trusted_proxies=proxies,
    ) as client:
        answers = [
            await tried(client, BAD_TOKEN | {"x-forwarded-for": forwarded.format(host)}) for host in (1, 2)
        ]
    assert [answer.status_code for answer in answers] == [401, expected]


async def test_without_redis_reads_and_writes_go_on_and_a_bad_token_is_told_to_wait(
    alliance: TestAlliance,
) -> None:
    async with api_with_redis(
        alliance.office.pool, alliance.code, redis_url=NO_REDIS, reads_per_minute=1
    ) as client:
        assert await statuses(client, "G01", 5) == [200] * 5
        await client.admitted("G01", name="王", phone="13800138000", address=ADDRESS.format(1))
        refused = await tried(client, BAD_TOKEN)
        metrics = (await client.http.get("/metrics")).text
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfterS": 5}
    assert 'baobei_rate_limited_total{outcome="uncounted",rule="reads"} 5.0' in metrics


async def test_a_redis_that_does_not_answer_is_asked_once_and_then_left_alone(
    alliance: TestAlliance, line: tuple[Line, str]
) -> None:
    to_redis, url = line
    to_redis.cut = True
    async with counted_in_redis(settings_of(redis_url=url), alliance.office.vault, Metrics()) as limits:
        for _ in range(200):
            await limits.charge(limits.rules.reads, "1/a")
        with pytest.raises(RateLimited):
            await limits.charge(limits.rules.sign_in_failures, "192.0.2.1")
    assert to_redis.taken == 1


async def test_counting_goes_on_when_redis_is_back(alliance: TestAlliance, line: tuple[Line, str]) -> None:
    to_redis, url = line
    rule = Rule(name="tried", per_minute=1, closed=True)
    to_redis.cut = True
    async with counted_in_redis(settings_of(redis_url=url), alliance.office.vault, Metrics()) as limits:
        limits.left_alone_s = 0.0
        with pytest.raises(RateLimited) as away:
            await limits.charge(rule, "1/a")
        to_redis.cut = False
        await limits.charge(rule, "1/a")
        with pytest.raises(RateLimited):
            await limits.charge(rule, "1/a")
    assert away.value.retry_after_s == 1


async def test_a_closed_rule_holds_in_a_process_that_counts_by_itself(alliance: TestAlliance) -> None:
    limits = counted_here(settings_of(), alliance.office.vault, Metrics())
    rule = Rule(name="tried", per_minute=2, closed=True)
    await limits.charge(rule, "1/a", cost=2)
    with pytest.raises(RateLimited):
        await limits.charge(rule, "1/a")
    await limits.charge(rule, "1/b")


async def test_the_checks_of_a_minute_are_told_as_a_rate_limit(alliance: TestAlliance) -> None:
    async with api_on(alliance.office.pool, alliance.code) as client:
        asks = "query ($p: String) { checkProtection(phone: $p) { available } }"
        for number in range(alliance.office.checks.per_minute):
            await client.ask("G01", asks, p=f"138{number:08d}")
        answer = await client.post("G01", asks, {"p": "13900139000"})
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert answer.headers["retry-after"] == str(error["extensions"]["retryAfterS"])
