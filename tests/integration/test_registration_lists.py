"""Lists of registrations: each status is what the standing says, and a list is planned for what is asked of it."""

from itertools import combinations
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.results import RegistrationChanged
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.standing import standing
from baobei.policy.terms import StandingStatus
from baobei.store import registration_lists
from baobei.store.paging import Page
from baobei.store.registration_lists import RegistrationFilter, Scope
from baobei.store.registration_models import StoredRegistration

MADE, ASKED = "2026-11-01T10:00:00+08:00", "2026-11-17T10:00:00+08:00"
TIMES_RUN = """
SELECT coalesce(max(generic_plans + custom_plans), 0)
  FROM pg_prepared_statements
 WHERE statement = $1
"""


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_alliance(fresh_pool)


async def listed(
    connection: "asyncpg.Connection[asyncpg.Record]", alliance: TestAlliance, filter: RegistrationFilter
) -> tuple[StoredRegistration, ...]:
    found, _ = await registration_lists.page(
        connection,
        (await alliance.actor("OPS")).alliance,
        scope=Scope(),
        filter=filter,
        page=Page(first=50),
        at=await alliance.office.clock.now(connection),
    )
    return found


async def one_of_each(alliance: TestAlliance) -> None:
    """One that has lapsed, one that has expired, one that was withdrawn, and one that is protected."""
    await alliance.travel(MADE)
    await alliance.admitted("G01", phone="13800000001", address=ADDRESS.format(1))
    await alliance.admitted("F01", phone="13800000002", address=ADDRESS.format(2))
    mistaken = await alliance.admitted("G02", phone="13800000003", address=ADDRESS.format(3))
    withdrawn = await withdraw_registration(
        alliance.office,
        await alliance.actor("G02"),
        WithdrawRegistration(registration_id=mistaken, reason="登记错了"),
    )
    assert isinstance(withdrawn, RegistrationChanged), withdrawn
    await alliance.travel(ASKED)
    await alliance.admitted("G03", phone="13800000004", address=ADDRESS.format(4))


async def test_whatever_statuses_are_asked_for_the_list_is_what_stands_so(alliance: TestAlliance) -> None:
    await one_of_each(alliance)
    async with alliance.office.pool.acquire() as connection:
        at = await alliance.office.clock.now(connection)
        everything = await listed(connection, alliance, RegistrationFilter())
        status: dict[UUID, StandingStatus] = {each.id: standing(each.facts, at).status for each in everything}
        assert sorted(status.values()) == ["EXPIRED", "LAPSED", "PROTECTED", "WITHDRAWN"]
        for size in range(1, 4):
            for asked in combinations(StandingStatus, size):
                found = await listed(connection, alliance, RegistrationFilter(statuses=frozenset(asked)))
                assert {each.id for each in found} == {id for id in status if status[id] in asked}, asked


async def test_no_list_is_read_by_a_plan_that_was_made_for_another(alliance: TestAlliance) -> None:
    async with alliance.office.pool.acquire() as connection:
        for source in ("网络", "活动", None) * 5:
            await listed(connection, alliance, RegistrationFilter(source=source))
            assert await connection.fetchval(TIMES_RUN, registration_lists.SELECT_PAGE) <= 1
