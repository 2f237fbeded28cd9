"""Disputes on the real database: what ends one, who decides, and who is first when two meet."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance, publish
from baobei.operations.errors import Forbidden
from baobei.operations.results import DisputeRecorded, Refused
from baobei.policy.disputes import DisputeStatus
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.organisation_models import Role
from builders import policy
from dispute_desk import (
    WRITTEN,
    cancel,
    code,
    dispute,
    disputed,
    ordered,
    rule,
    say,
    stored,
    take_back,
    uphold,
    verdicts,
)


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


async def test_an_order_is_named_by_its_number_too_and_both_names_must_agree(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    assert code(await dispute(alliance, "F02", UUID(int=7), external_ref="A-1")) == "NOT_OWNER"
    assert code(await dispute(alliance, "F02", None, external_ref="A-2")) == "NOT_OWNER"
    answer = await dispute(alliance, "F02", None, external_ref="A-1")
    assert isinstance(answer, DisputeRecorded)
    assert answer.dispute.order_id == order


async def test_in_time_to_the_last_second_and_late_at_the_deadline(alliance: TestAlliance) -> None:
    first = await ordered(alliance)
    second = await ordered(alliance, "A-2", phone="13800138002", home=ADDRESS.format(2))
    await alliance.travel("2026-11-08T23:59:59+08:00")
    assert code(await dispute(alliance, "F01", first)) == "DONE"
    await alliance.travel("2026-11-09T00:00:00+08:00")
    before = await alliance.count(WRITTEN)
    late = await dispute(alliance, "F01", second)
    assert code(late) == "TOO_LATE"
    assert isinstance(late, Refused)
    assert late.clause == "3.3.2"
    assert await alliance.count(WRITTEN) == before


async def test_the_order_keeps_its_version_of_the_days(alliance: TestAlliance) -> None:
    await publish(alliance, policy(dispute_days=1))
    order = await ordered(alliance)
    await alliance.travel("2026-11-03T00:00:00+08:00")
    assert code(await dispute(alliance, "F01", order)) == "TOO_LATE"


async def test_the_days_run_anew_from_a_ruling(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await alliance.travel("2026-11-20T10:00:00+08:00")
    await rule(alliance, order, "F01")
    await alliance.travel("2026-11-27T23:59:59+08:00")
    assert code(await dispute(alliance, "G01", order)) == "DONE"


async def test_an_order_is_disputed_once_at_a_time(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await disputed(alliance, "F01", order)
    before = await alliance.count(WRITTEN)
    assert code(await dispute(alliance, "G01", order)) == "ALREADY_OPEN"
    assert await alliance.count(WRITTEN) == before


async def test_a_repeated_key_answers_with_the_same_dispute(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    one = await dispute(alliance, "F01", order, idempotency_key="k")
    two = await dispute(alliance, "F01", order, idempotency_key="k")
    assert one == two
    assert code(await dispute(alliance, "F01", None, external_ref="A-1", idempotency_key="k")) == (
        "IDEMPOTENCY_KEY_REUSED"
    )


async def test_a_ruling_ends_the_dispute_with_its_reason_and_the_decision_before_stays(
    alliance: TestAlliance,
) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    assert code(await rule(alliance, order, "F01")) == "DONE"
    ended = await stored(alliance, id)
    assert ended.status is DisputeStatus.RULED
    assert await verdicts(alliance, order) == [AttributionVerdict.REGISTRANT, AttributionVerdict.RULED]
    ruling = await alliance.office.pool.fetchrow(
        "SELECT attribution_id, reason_id, decided_at FROM attribution WHERE verdict = 'RULED'"
    )
    assert ruling is not None
    assert (ended.ruling_id, ended.reason and ended.reason.id, ended.ended_at) == tuple(ruling)


async def test_a_ruling_needs_no_dispute(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await alliance.travel("2027-11-20T10:00:00+08:00")
    assert code(await rule(alliance, order, "F01")) == "DONE"


async def test_an_upheld_decision_is_not_disputed_again(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    assert code(await uphold(alliance, id)) == "DONE"
    assert (await stored(alliance, id)).status is DisputeStatus.UPHELD
    assert await verdicts(alliance, order) == [AttributionVerdict.REGISTRANT]
    assert code(await dispute(alliance, "F02", order)) == "NOT_APPLICABLE"


async def test_the_other_side_disputes_the_ruling_and_then_there_is_an_end(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await disputed(alliance, "F01", order)
    await rule(alliance, order, "F01")
    await disputed(alliance, "G01", order)
    await rule(alliance, order, "G01")
    assert code(await dispute(alliance, "F01", order)) == "LIMIT"


async def test_whose_dispute_a_manager_took_back_may_open_it_again_each_time(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    await alliance.travel("2026-11-20T10:00:00+08:00")
    assert code(await take_back(alliance, "SUP", id)) == "DONE"
    again = await disputed(alliance, "F01", order)
    await alliance.travel("2026-12-20T10:00:00+08:00")
    assert code(await take_back(alliance, "SUP", again)) == "DONE"
    own = await disputed(alliance, "F01", order)
    await alliance.travel("2027-01-20T10:00:00+08:00")
    assert code(await take_back(alliance, "F01", own)) == "DONE"
    assert code(await dispute(alliance, "F01", order)) == "TOO_LATE"


async def test_a_cancelled_order_ends_its_dispute_and_is_disputed_no_more(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    assert code(await cancel(alliance, order)) == "DONE"
    ended = await stored(alliance, id)
    assert (ended.status, ended.reason) == (DisputeStatus.VOID, None)
    assert code(await dispute(alliance, "F01", order)) == "CANCELLED"
    assert code(await uphold(alliance, id)) == "ALREADY_DECIDED"


async def test_both_sides_speak_while_it_is_open_and_nobody_else(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    assert [code(await say(alliance, by, id)) for by in ("G01", "F02", "PDM", "G02", "OPS", "HEAD")] == [
        "DONE", "DONE", "DONE", "NOT_OWNER", "NOT_OWNER", "NOT_OWNER",
    ]  # fmt: skip
    await take_back(alliance, "F01", id)
    before = await alliance.count(WRITTEN)
    assert code(await say(alliance, "G01", id)) == "ALREADY_DECIDED"
    assert code(await say(alliance, "G01", UUID(int=7))) == "NOT_OWNER"
    assert await alliance.count(WRITTEN) == before


async def test_what_was_said_stays_and_a_dispute_ends_once(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    await uphold(alliance, id)
    for statement in (
        "UPDATE dispute_statement SET made_at = now()",
        "DELETE FROM dispute_party",
        "UPDATE dispute SET status = 'OPEN', ended_at = NULL, ended_by_id = NULL, reason_id = NULL",
        "DELETE FROM dispute",
        "TRUNCATE dispute CASCADE",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await alliance.office.pool.execute(statement)


async def test_only_the_department_head_upholds(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    for by in ("F01", "SUP", "OPS"):
        with pytest.raises(Forbidden):
            await uphold(alliance, id, by=by)
    assert (await stored(alliance, id)).status is DisputeStatus.OPEN


async def test_a_head_with_a_part_in_the_case_decides_nothing_of_it(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool, roles=[Role.DEPARTMENT_HEAD])
    await alliance.travel("2026-11-01T10:00:00+08:00")
    order = await ordered(alliance)
    id = await disputed(alliance, "F02", order)
    before = await alliance.count(WRITTEN)
    for by in ("F01", "G01", "F02"):
        assert code(await uphold(alliance, id, by=by)) == "OWN_CASE", by
        assert code(await rule(alliance, order, "F03", by=by)) == "OWN_CASE", by
    assert await alliance.count(WRITTEN) == before
    assert code(await uphold(alliance, id, by="G02")) == "DONE"


async def test_a_refused_head_who_was_silent_may_rule(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    alliance = await new_alliance(fresh_pool, roles=[Role.DEPARTMENT_HEAD])
    await alliance.travel("2026-11-01T10:00:00+08:00")
    order = await ordered(alliance)
    await disputed(alliance, "F01", order)
    assert code(await rule(alliance, order, "G01", by="F02")) == "DONE"


async def test_of_many_who_dispute_at_once_one_does(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    answers = await asyncio.gather(*(dispute(alliance, by, order) for by in ("F01", "F02", "SUP") * 4))
    assert sorted(map(code, answers)) == ["ALREADY_OPEN"] * 11 + ["DONE"]


async def test_a_ruling_and_a_cancellation_at_once_leave_one_story(alliance: TestAlliance) -> None:
    for n in range(6):
        order = await ordered(alliance, f"R-{n}", phone=f"1380013810{n}", home=ADDRESS.format(10 + n))
        id = await disputed(alliance, "F01", order)
        ruled, cancelled = await asyncio.gather(rule(alliance, order, "F01"), cancel(alliance, order))
        assert code(cancelled) == "DONE"
        first = code(ruled) == "DONE"
        assert (await stored(alliance, id)).status is (DisputeStatus.RULED if first else DisputeStatus.VOID)
        assert (await verdicts(alliance, order))[-1] is AttributionVerdict.REVERSED
