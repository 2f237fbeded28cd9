"""Disputes of an alliance of one store and one field department, as tests tell them."""

from uuid import UUID

from alliances import ADDRESS, TestAlliance
from baobei.operations.add_statement import AddStatement, add_statement
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.reject_dispute import RejectDispute, reject_dispute
from baobei.operations.results import DisputeRecorded, OrderRecorded, Refused
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.withdraw_dispute import WithdrawDispute, withdraw_dispute
from baobei.store import attributions, disputes
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.dispute_models import Dispute

PHONE, HOME = "13800138000", ADDRESS.format(1)
WRITTEN = "SELECT (SELECT count(*) FROM dispute) + (SELECT count(*) FROM dispute_statement) + (SELECT count(*) FROM audit_event)"


async def ordered(alliance: TestAlliance, ref: str = "A-1", *, phone: str = PHONE, home: str = HOME) -> UUID:
    """G01 registered the customer, F02 was refused, and F01 took the order: G01 is credited."""
    await alliance.admitted("G01", phone=phone, address=home)
    await alliance.register("F02", phone=phone, address=home)
    return await placed(alliance, ref, phone=phone)


async def placed(alliance: TestAlliance, ref: str = "A-1", *, phone: str = PHONE) -> UUID:
    request = PlaceOrder(external_ref=ref, name="王小明", phone=phone, taken_by_code="F01")
    answer = await place_order(alliance.office, await alliance.actor("OPS"), request)
    assert isinstance(answer, OrderRecorded), answer
    return answer.order.id


async def dispute(
    alliance: TestAlliance, by: str, order: UUID | None, **more: str
) -> DisputeRecorded | Refused:
    request = OpenDispute(order_id=order, statement="客户是我带来的", **more)
    return await open_dispute(alliance.office, await alliance.actor(by), request)


async def disputed(alliance: TestAlliance, by: str, order: UUID) -> UUID:
    answer = await dispute(alliance, by, order)
    assert isinstance(answer, DisputeRecorded), answer
    return answer.dispute.id


async def rule(alliance: TestAlliance, order: UUID, to: str, by: str = "HEAD") -> OrderRecorded | Refused:
    request = RuleOnOrder(
        order_id=order, credits=(CreditShare(staff_code=to, share_bp=10_000),), reason="双方都有贡献"
    )
    return await rule_on_order(alliance.office, await alliance.actor(by), request)


async def uphold(alliance: TestAlliance, id: UUID, by: str = "HEAD") -> DisputeRecorded | Refused:
    request = RejectDispute(dispute_id=id, reason="跟进记录完整")
    return await reject_dispute(alliance.office, await alliance.actor(by), request)


async def say(alliance: TestAlliance, by: str, id: UUID, text: str = "当天在场") -> DisputeRecorded | Refused:
    request = AddStatement(dispute_id=id, text=text)
    return await add_statement(alliance.office, await alliance.actor(by), request)


async def take_back(alliance: TestAlliance, by: str, id: UUID) -> DisputeRecorded | Refused:
    request = WithdrawDispute(dispute_id=id, reason="已经谈妥")
    return await withdraw_dispute(alliance.office, await alliance.actor(by), request)


async def cancel(alliance: TestAlliance, order: UUID) -> OrderRecorded | Refused:
    request = CancelOrder(order_id=order, reason="退单")
    return await cancel_order(alliance.office, await alliance.actor("OPS"), request)


def code(answer: object) -> str:
    return answer.code if isinstance(answer, Refused) else "DONE"


async def stored(alliance: TestAlliance, id: UUID) -> Dispute:
    number = (await alliance.actor("HEAD")).alliance.id
    async with alliance.office.pool.acquire() as connection:
        return (await disputes.by_ids(connection, number, [id]))[id]


async def verdicts(alliance: TestAlliance, order: UUID) -> list[AttributionVerdict]:
    number = (await alliance.actor("HEAD")).alliance.id
    async with alliance.office.pool.acquire() as connection:
        found = await attributions.by_order_ids(connection, number, [order])
    return [decision.verdict for decision in found[order]]
