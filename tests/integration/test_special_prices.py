"""Special prices: asked, approved, used by one order; and orders below the list without one."""

import asyncio
import itertools
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import ApprovalRecorded, OrderRecorded, Refused
from baobei.operations.withdraw_approval import withdraw_approval
from baobei.store.approval_models import ApprovalStatus
from baobei.store.order_models import StoredOrder
from requests_desk import decide

PHONE = "13800138000"
_refs = itertools.count(1)


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_alliance(pool)


async def ask(alliance: TestAlliance, by: str = "G01", **more: Any) -> ApprovalRecorded | Refused:
    given = {"phone": PHONE, "list_fen": 100_00, "asked_fen": 90_00, "reason": "对手报价低", **more}
    return await request_special_price(
        alliance.office, await alliance.actor(by), RequestSpecialPrice(**given)
    )


async def asked(alliance: TestAlliance, by: str = "G01", **more: Any) -> UUID:
    answer = await ask(alliance, by, **more)
    assert isinstance(answer, ApprovalRecorded), answer
    return answer.approval.id


async def order(
    alliance: TestAlliance, amount_fen: int | None, phone: str = PHONE, **more: Any
) -> StoredOrder:
    request = PlaceOrder(
        external_ref=f"S-{next(_refs)}",
        name="王",
        phone=phone,
        amount_fen=amount_fen,
        **{"list_fen": 100_00, **more},
    )
    answer = await place_order(alliance.office, await alliance.actor("OPS"), request)
    assert isinstance(answer, OrderRecorded), answer
    return answer.order


@pytest.mark.parametrize(
    ("amount_fen", "violation"), [(100_00, False), (99_99, True), (None, False), (120_00, False)]
)
async def test_below_the_list_without_approval_is_a_violation_and_no_refusal(
    alliance: TestAlliance, amount_fen: int | None, violation: bool
) -> None:
    placed = await order(alliance, amount_fen)
    told = "SELECT count(*) FROM outbox_event WHERE subject_id = $1 AND event_type = 'order.price_violation'"
    assert placed.price_violation is violation
    assert await alliance.count(told, placed.id) == int(violation)


@pytest.mark.parametrize(("amount_fen", "violation"), [(90_00, False), (89_99, True)])
async def test_an_approved_price_covers_an_order_down_to_it(
    alliance: TestAlliance, amount_fen: int, violation: bool
) -> None:
    id = await asked(alliance)
    await decide(alliance, "HEAD", id)
    placed = await order(alliance, amount_fen)
    assert (placed.price_violation, placed.special_price_approval_id) == (
        violation,
        None if violation else id,
    )


@pytest.mark.parametrize("approve", [False, None])
async def test_a_price_that_is_not_approved_covers_nothing(
    alliance: TestAlliance, approve: bool | None
) -> None:
    id = await asked(alliance)
    if approve is not None:
        await decide(alliance, "HEAD", id, approve=approve)
    assert (await order(alliance, 95_00, special_price_approval_id=id)).price_violation


@pytest.mark.parametrize(
    ("amount_fen", "violation", "uses"),
    [(100_00, True, False), (4_999_99, True, False), (5_000_00, False, True), (10_000_00, False, False)],
)
async def test_the_list_price_that_the_approver_saw_counts_when_the_order_states_none(
    alliance: TestAlliance, amount_fen: int, violation: bool, uses: bool
) -> None:
    id = await asked(alliance, list_fen=10_000_00, asked_fen=5_000_00)
    await decide(alliance, "HEAD", id)
    placed = await order(alliance, amount_fen, list_fen=None)
    assert placed.price_violation is violation
    assert placed.special_price_approval_id == (id if uses else None)
    assert placed.list_fen is None


async def test_another_sale_at_its_own_list_price_is_no_violation_and_uses_nothing(
    alliance: TestAlliance,
) -> None:
    id = await asked(alliance, list_fen=10_000_00, asked_fen=5_000_00)
    await decide(alliance, "HEAD", id)
    other = await order(alliance, 300_00, list_fen=300_00)
    assert (other.price_violation, other.special_price_approval_id) == (False, None)
    named = await order(alliance, 5_000_00, list_fen=None, special_price_approval_id=id)
    assert named.special_price_approval_id == id


@pytest.mark.parametrize(
    ("list_fen", "covered"),
    [(None, True), (95_00, True), (100_00, True), (100_01, False), (50_000_00, False)],
)
async def test_a_price_approved_for_one_list_price_does_not_cover_a_dearer_sale(
    alliance: TestAlliance, list_fen: int | None, covered: bool
) -> None:
    id = await asked(alliance, list_fen=100_00, asked_fen=90_00)
    await decide(alliance, "HEAD", id)
    placed = await order(alliance, 90_00, list_fen=list_fen)
    assert (placed.price_violation, placed.special_price_approval_id) == (
        not covered,
        id if covered else None,
    )


async def withdrawn(alliance: TestAlliance, id: UUID) -> None:
    assert isinstance(
        await withdraw_approval(alliance.office, await alliance.actor("G01"), id), ApprovalRecorded
    )


@pytest.mark.parametrize("became", ["waits", "rejected", "withdrawn"])
async def test_leaving_the_list_price_out_evades_no_request_whatever_became_of_it(
    alliance: TestAlliance, became: str
) -> None:
    id = await asked(alliance, list_fen=100_00, asked_fen=90_00)
    if became == "rejected":
        await decide(alliance, "HEAD", id, approve=False)
    elif became == "withdrawn":
        await withdrawn(alliance, id)
    placed = await order(alliance, 90_00, list_fen=None)
    assert (placed.price_violation, placed.special_price_approval_id) == (True, None)


async def test_of_several_requests_the_highest_list_price_counts(alliance: TestAlliance) -> None:
    await decide(alliance, "HEAD", await asked(alliance, list_fen=500_00, asked_fen=400_00), approve=False)
    await asked(alliance, list_fen=200_00, asked_fen=150_00)
    assert (await order(alliance, 499_99, list_fen=None)).price_violation


async def test_what_was_asked_before_the_last_order_that_stands_counts_for_nothing_and_of_another_customer_never(
    alliance: TestAlliance,
) -> None:
    await decide(alliance, "HEAD", await asked(alliance), approve=False)
    assert not (await order(alliance, 10_00, "13900139000", list_fen=None)).price_violation
    first = await order(alliance, 90_00, list_fen=None)
    assert first.price_violation
    assert not (await order(alliance, 10_00, list_fen=None)).price_violation


async def test_an_order_that_was_called_off_was_no_sale_and_the_list_price_counts_again(
    alliance: TestAlliance,
) -> None:
    await decide(alliance, "HEAD", await asked(alliance), approve=False)
    first = await order(alliance, 90_00, list_fen=None)
    cancelled = CancelOrder(order_id=first.id, reason="退单")
    await cancel_order(alliance.office, await alliance.actor("OPS"), cancelled)
    assert (await order(alliance, 90_00, list_fen=None)).price_violation


async def test_a_price_is_for_its_customer_alone(alliance: TestAlliance) -> None:
    id = await asked(alliance)
    await decide(alliance, "HEAD", id)
    assert (await order(alliance, 95_00, "13900139000", special_price_approval_id=id)).price_violation


async def test_a_price_is_for_one_order_and_free_again_when_that_is_called_off(
    alliance: TestAlliance,
) -> None:
    id = await asked(alliance)
    await decide(alliance, "HEAD", id)
    first = await order(alliance, 95_00)
    assert (await order(alliance, 95_00)).price_violation
    cancelled = CancelOrder(order_id=first.id, reason="退单")
    await cancel_order(alliance.office, await alliance.actor("OPS"), cancelled)
    assert (await order(alliance, 95_00)).special_price_approval_id == id


async def test_of_two_orders_at_once_one_has_the_price(alliance: TestAlliance) -> None:
    id = await asked(alliance)
    await decide(alliance, "HEAD", id)
    placed = await asyncio.gather(*(order(alliance, 95_00) for _ in range(4)))
    assert sorted(each.price_violation for each in placed) == [False, True, True, True]


async def test_it_is_asked_for_a_registration_by_its_owner_or_their_manager(alliance: TestAlliance) -> None:
    id = await alliance.admitted("G01", phone=PHONE, address=ADDRESS.format(1))
    of = {"registration_id": id, "of_registration": True, "phone": None}
    assert isinstance(await ask(alliance, "PDM", **of), ApprovalRecorded)
    refused = await ask(alliance, "G02", **of)
    assert isinstance(refused, Refused)
    assert refused.code == "NOT_OWNER"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"asked_fen": 100_00}, "NOT_APPLICABLE"),
        ({"phone": "123"}, "INCOMPLETE"),
        ({"phone": None}, "INCOMPLETE"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_not_written(
    alliance: TestAlliance, more: dict[str, Any], code: str
) -> None:
    refused = await ask(alliance, **more)
    written = "SELECT count(*) FROM approval p JOIN alliance a USING (alliance_id) WHERE a.code = $1"
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert await alliance.count(written, alliance.code) == 0


async def test_a_price_that_is_not_below_the_list_is_told_to_need_no_request(alliance: TestAlliance) -> None:
    refused = await ask(alliance, asked_fen=100_00)
    assert isinstance(refused, Refused)
    assert "不需要申请特价" in refused.message.zh
    assert "needs no request" in refused.message.en


async def test_nobody_decides_their_own(alliance: TestAlliance) -> None:
    another = "UPDATE staff SET roles = ARRAY['DEPARTMENT_HEAD'] WHERE alliance_id = $1 AND code = 'OPS'"
    await alliance.office.pool.execute(another, (await alliance.actor("OPS")).alliance.id)
    id = await asked(alliance, "HEAD")
    refused = await decide(alliance, "HEAD", id)
    assert isinstance(refused, Refused)
    assert refused.code == "OWN_CASE"


async def test_what_is_the_own_case_of_the_only_head_is_not_asked_for(alliance: TestAlliance) -> None:
    refused = await ask(alliance, "HEAD")
    assert isinstance(refused, Refused)
    assert refused.code == "OWN_CASE"


async def test_approved_it_says_so(alliance: TestAlliance) -> None:
    answer = await decide(alliance, "HEAD", await asked(alliance))
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.APPROVED
