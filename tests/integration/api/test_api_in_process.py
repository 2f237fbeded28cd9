"""A page costs the same statements however long it is, and trouble inside is told without its details."""

from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette

from alliances import TestAlliance, new_alliance, office_on
from baobei.clock import SystemClock
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.office import PooledConnection
from baobei.organisation_file import OrganisationFile
from baobei.settings import Settings
from baobei.store.walls import ENTER
from baobei_api.app import request_log, routes
from baobei_api.metrics import Metrics
from in_process import KEY, api_on

REGISTRATIONS = """
query ($first: Int) { registrations(first: $first) { edges { node {
  id number customer { name phone address masked } registrant { code unit { code } } owner { code unit { name } }
  standing { status explanation clause { title } } past: standing(at: "2026-11-02T00:00:00+08:00") { status }
  followUps(first: 5) { edges { node { note recordedBy { code unit { code } } } } pageInfo { hasNextPage } }
  policyVersion { version digest } } } pageInfo { hasNextPage } } }
"""
ORDERS = """
query ($first: Int) { orders(first: $first) { edges { node {
  id externalRef customer { masked } takenBy { code unit { code } }
  attributions { verdict credits { staff { code unit { code } } amount }
    candidates { owner { code } registration { number customer { masked } owner { code } standing { status } } }
    registration { number } explanation policyVersion { digest } ruling { reason } } } } } }
"""
REPORTS = """
query ($first: Int) { dailyReports(first: $first, from: "2026-11-01") { edges { node {
  state intact lineCount recordedAfter } } } }
"""


@dataclass(slots=True)
class Counter:
    """Counts the statements that connections send."""

    statements: list[str] = field(default_factory=list)

    async def watch(self, connection: Any) -> None:
        connection.add_query_logger(lambda sent: self.statements.append(sent.query))


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    return alliance


async def statements_of(url: str, alliance: str, query: str, first: int) -> int:
    counter = Counter()
    async with (
        asyncpg.create_pool(
            url, min_size=1, max_size=1, init=counter.watch, connection_class=PooledConnection
        ) as pool,
        api_on(pool, alliance) as client,
    ):
        await client.ask("HEAD", query, first=first)
        counter.statements.clear()
        page = await client.one("HEAD", query, first=first)
        assert len(page["edges"]) == first
    return len(counter.statements)


async def test_a_page_of_twenty_registrations_costs_what_a_page_of_five_costs(
    fresh_database_url: str, alliance: TestAlliance
) -> None:
    for number in range(20):
        id = await alliance.admitted(
            f"G0{number % 3 + 1}",
            phone=f"138{number:08d}",
            address=f"浦东新区锦绣路100弄3号楼2单元{number + 1}室",
        )
        async with api_on(alliance.office.pool, alliance.code) as client:
            await client.follow_up(f"G0{number % 3 + 1}", str(id))
    await alliance.travel("2026-11-03T10:00:00+08:00")
    five = await statements_of(fresh_database_url, alliance.code, REGISTRATIONS, 5)
    twenty = await statements_of(fresh_database_url, alliance.code, REGISTRATIONS, 20)
    assert twenty == five
    assert twenty <= 14


async def test_a_page_of_twenty_orders_costs_what_a_page_of_five_costs(
    fresh_database_url: str, alliance: TestAlliance
) -> None:
    async with api_on(alliance.office.pool, alliance.code) as client:
        for number in range(20):
            who = {
                "name": "王小明",
                "phone": f"138{number:08d}",
                "address": f"浦东新区锦绣路100弄3号楼2单元{number + 1}室",
            }
            await client.admitted(f"G0{number % 3 + 1}", **who)
            await client.placed("G01", externalRef=f"SO-{number}", takenByCode="G01", amount="1.00", **who)
    five = await statements_of(fresh_database_url, alliance.code, ORDERS, 5)
    twenty = await statements_of(fresh_database_url, alliance.code, ORDERS, 20)
    assert twenty == five
    assert twenty <= 16


async def lends_of(url: str, alliance: str, query: str, first: int) -> int:
    """How often a query borrows a connection: one that does not know where it stands is told each time."""
    counter = Counter()
    async with (
        asyncpg.create_pool(url, min_size=1, max_size=1, init=counter.watch) as pool,
        api_on(pool, alliance) as client,
    ):
        page = await client.one("HEAD", query, first=first)
        assert len(page["edges"]) == first
    return counter.statements.count(ENTER)


async def test_a_page_of_twenty_daily_reports_borrows_no_more_connections_than_one_of_five(
    fresh_database_url: str, alliance: TestAlliance
) -> None:
    await alliance.admitted("G01", phone="13800138000", address="浦东新区锦绣路100弄3号楼2单元501室")
    await alliance.travel("2026-11-20T10:00:00+08:00")
    five = await lends_of(fresh_database_url, alliance.code, REPORTS, 5)
    twenty = await lends_of(fresh_database_url, alliance.code, REPORTS, 20)
    assert twenty == five
    assert five > 0


async def test_who_has_left_is_nobody_at_once(alliance: TestAlliance) -> None:
    async with api_on(alliance.office.pool, alliance.code) as client:
        before = await client.post("G01", "{ me { active } }")
        file = OrganisationFile.model_validate(
            {
                "alliance": {"code": alliance.code, "name": alliance.code, "time_zone": "Asia/Shanghai"},
                "units": [{"code": "PD", "name": "浦东店", "kind": "STORE", "region": "浦东"}],
                "staff": [{"code": "G01", "name": "导购", "unit": "PD", "roles": ["GUIDE"], "active": False}],
            }
        )
        await apply_organisation(alliance.office, file)
        after = await client.post("G01", "{ me { active } }")
    assert (before.status_code, after.status_code) == (200, 401)
    assert after.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_nobody_foresaw_tells_nothing_but_a_request_id(
    alliance: TestAlliance, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "王小明的电话"
    async with alliance.office.pool.acquire() as connection:
        await connection.execute(
            f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{secret}'; END $$"
        )
        await connection.execute(
            "CREATE TRIGGER fail BEFORE INSERT ON follow_up FOR EACH ROW EXECUTE FUNCTION fail()"
        )
    id = await alliance.admitted("G01", phone="13800138000", address="浦东新区锦绣路100弄3号楼2单元501室")
    async with api_on(alliance.office.pool, alliance.code) as client:
        answer = await client.post(
            "G01",
            "mutation ($i: RecordFollowUpInput!) { recordFollowUp(input: $i) { __typename } }",
            {"i": {"registrationId": str(id), "kind": "CALL", "note": secret}},
        )
    (error,) = answer.json()["errors"]
    request_id = answer.headers["x-request-id"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": request_id}
    assert error["message"] == f"an internal error occurred; request {request_id}"
    logged = capsys.readouterr()
    assert secret not in logged.out + logged.err


async def test_a_lock_that_is_not_given_in_time_is_unavailable(
    fresh_database_url: str, alliance: TestAlliance
) -> None:
    id = await alliance.admitted("G01", phone="13800138000", address="浦东新区锦绣路100弄3号楼2单元501室")
    async with (
        alliance.office.pool.acquire() as holder,
        holder.transaction(),
        asyncpg.create_pool(
            fresh_database_url, min_size=1, max_size=2, server_settings={"lock_timeout": "100"}
        ) as pool,
        api_on(pool, alliance.code) as client,
    ):
        await holder.execute("SELECT FROM registration WHERE registration_id = $1 FOR UPDATE", id)
        error = await client.error(
            "G01",
            "mutation ($id: ID!) { recordMeasurement(registrationId: $id) { __typename } }",
            id=str(id),
        )
    assert error == {"code": "UNAVAILABLE"}


async def test_a_database_that_is_gone_is_unavailable(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    pool = await asyncpg.create_pool(fresh_database_url, min_size=1, max_size=1)
    async with api_on(pool, alliance.code) as client:
        await pool.close()
        answer = await client.post("G01", "{ me { id } }")
        ready = await client.http.get("/readyz")
        alive = await client.http.get("/healthz")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (503, {"code": "UNAVAILABLE"})
    assert (ready.status_code, ready.json()["database"]) == (503, "not reachable")
    assert alive.status_code == 200


async def test_there_is_no_travelling_where_the_clock_is_the_systems(alliance: TestAlliance) -> None:
    settings = Settings(database_url="postgresql://unused", dev_token_key=KEY)  # type: ignore[arg-type]
    office = office_on(alliance.office.pool)
    app = Starlette(routes=routes(settings, replace(office, clock=SystemClock()), Metrics()))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://api") as http:
        asked = [await http.post(path, json={}) for path in ("/dev/clock", "/dev/jobs")]
    assert [answer.status_code for answer in asked] == [404, 404]


async def test_production_has_no_graphiql_and_suggests_no_names(alliance: TestAlliance) -> None:
    settings = Settings(
        database_url="postgresql://unused",
        mode="production",
        jwks_url="https://keys.example/jwks",
        jwt_issuer="https://issuer.example",
        jwt_audience="baobei",
    )
    app = Starlette(
        routes=routes(settings, office_on(alliance.office.pool), Metrics()),
        middleware=[request_log(settings, Metrics())],
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://api") as http:
        page = await http.get("/graphql", headers={"accept": "text/html"})
    assert page.status_code in (401, 406)
    assert "<html" not in page.text
