"""What several people hold, counted at once, is what each of them has in hand."""

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import ApprovalRecorded
from baobei.store import held, leavers


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


async def price(alliance: TestAlliance, by: str, phone: str) -> None:
    asked = RequestSpecialPrice(list_fen=10_000, asked_fen=9_000, reason="竞价", phone=phone)
    answer = await request_special_price(alliance.office, await alliance.actor(by), asked)
    assert isinstance(answer, ApprovalRecorded), answer


async def test_several_people_are_counted_at_once_as_each_of_them_is_alone(alliance: TestAlliance) -> None:
    """F02's two have ended by the end of the year; G01 has one request more than registrations, F03 nothing."""
    for number, who in enumerate(("F01", "F02", "F02", "G01")):
        await alliance.admitted(who, phone=f"1380000000{number}", address=ADDRESS.format(number + 1))
    for number, who in enumerate(("G01", "G01", "F01")):
        await price(alliance, who, f"1390000000{number}")
    office = alliance.office
    people = [(await alliance.actor(who)).staff.id for who in ("F01", "F02", "F03", "G01")]
    alliance_id = (await alliance.actor("F01")).alliance.id
    live = {"2026-11-01T10:00:00+08:00": [1, 2, 0, 1], "2026-12-31T10:00:00+08:00": [0, 0, 0, 1]}
    for at, expected in live.items():
        now = await alliance.travel(at)
        async with office.pool.acquire() as connection:
            at_once = await held.held_by(connection, alliance_id, people, at=now)
            alone = [await leavers.count_left(connection, alliance_id, id, at=now) for id in people]
        assert (
            [at_once[id].registrations for id in people] == [each.registrations for each in alone] == expected
        )
        assert [at_once[id].requests for id in people] == [each.requests for each in alone] == [1, 0, 0, 2]
