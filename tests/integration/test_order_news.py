"""The morning's news of orders: whoever loses a credit hears of it, and when."""

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei.operations.my_day import my_day
from baobei.store.attribution_models import AttributionVerdict
from dispute_desk import cancel, code, ordered, rule


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


async def told(alliance: TestAlliance) -> dict[str, list[AttributionVerdict]]:
    """Return the news of everybody who has any, by staff code."""
    staff = ("G01", "G02", "F01", "F02", "F03")
    days = {who: await my_day(alliance.office, await alliance.actor(who)) for who in staff}
    return {who: [each.verdict for each in day.news] for who, day in days.items() if day.news}


async def test_who_is_credited_no_more_hears_of_the_ruling_and_of_the_cancellation(
    alliance: TestAlliance,
) -> None:
    order = await ordered(alliance)
    assert set(await told(alliance)) == {"F01", "G01"}

    await alliance.travel("2026-11-03T10:00:00+08:00")
    assert code(await rule(alliance, order, "F03")) == "DONE"
    ruled = [AttributionVerdict.RULED]
    assert await told(alliance) == {"F01": ruled, "F03": ruled, "G01": ruled}

    await alliance.travel("2026-11-05T10:00:00+08:00")
    assert code(await rule(alliance, order, "G02")) == "DONE"
    assert await told(alliance) == {"F01": ruled, "F03": ruled, "G01": ruled, "G02": ruled}

    await alliance.travel("2026-11-07T10:00:00+08:00")
    assert code(await cancel(alliance, order)) == "DONE"
    gone = [AttributionVerdict.REVERSED]
    assert await told(alliance) == {"F01": gone, "F03": gone, "G01": gone, "G02": gone}


async def test_a_decision_from_before_one_had_a_part_in_the_order_is_no_news(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    assert code(await rule(alliance, order, "F03")) == "DONE"
    assert (await told(alliance))["F03"] == [AttributionVerdict.RULED]
