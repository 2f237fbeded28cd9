"""A month of a small alliance, told step by step; phones and homes are numbered."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from alliances import ADDRESS, TestAlliance, document_of
from baobei.clock import new_id
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.customer_profile import Details
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.read_figures import FigureGroup, ReadFigures, read_figures
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.record_measurement import RecordMeasurement, record_measurement
from baobei.operations.reject_dispute import RejectDispute, reject_dispute
from baobei.operations.results import Refused
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_dispute import WithdrawDispute, withdraw_dispute
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.document import Policy, read_policy
from baobei.policy.terms import FollowUpKind
from baobei.store import policies
from baobei.store.figure_models import Figures
from baobei.store.organisation_models import Role
from baobei.store.paging import Page
from staffed import employ

Step = tuple[Any, ...]


def at(when: str) -> datetime:
    """Return `11-01 10:00` of 2026 (or `2027-01-01 10:00`) on a wall clock in Shanghai."""
    written = when if when.startswith("20") else f"2026-{when}"
    return datetime.fromisoformat(f"{written}+08:00").astimezone(UTC)


@dataclass(slots=True, kw_only=True)
class FigureStage:
    """Plays steps `(when, what, …)`; the last registration is what they are about."""

    alliance: TestAlliance
    registrations: list[UUID] = field(default_factory=list)
    orders: list[UUID] = field(default_factory=list)
    disputes: list[UUID] = field(default_factory=list)

    async def play(self, *steps: Step) -> None:
        for when, what, *arguments in steps:
            await self.alliance.travel(at(when))
            answer = await getattr(self, what)(*arguments)
            assert not isinstance(answer, Refused), (when, what, answer)

    async def wait(self) -> None:
        """Let time pass."""

    async def move(self, code: str, unit: str) -> None:
        """Somebody works in another unit from now on."""
        await employ(self.alliance, (code, unit, Role.SALESPERSON if code.startswith("F") else Role.GUIDE))

    async def register(self, by: str, customer_class: str | None = None) -> None:
        number = len(self.registrations) + 1
        id = await self.alliance.admitted(
            by,
            phone=f"1380015{number:04}",
            address=ADDRESS.format(number),
            details=Details(customer_class=customer_class),
        )
        self.registrations.append(id)

    async def attempt(self, by: str) -> object:
        """Try to register the last customer, whom somebody has already."""
        number = len(self.registrations)
        return await self.alliance.register(by, phone=f"1380015{number:04}", address=ADDRESS.format(number))

    async def follow_up(self, by: str) -> object:
        touch = RecordFollowUp(registration_id=self.registrations[-1], kind=FollowUpKind.CALL, note="回访")
        return await record_follow_up(self.alliance.office, await self.alliance.actor(by), touch)

    async def measure(self, by: str) -> object:
        visit = RecordMeasurement(registration_id=self.registrations[-1])
        return await record_measurement(self.alliance.office, await self.alliance.actor(by), visit)

    async def withdraw(self, by: str) -> object:
        given_up = WithdrawRegistration(registration_id=self.registrations[-1], reason="放弃")
        return await withdraw_registration(self.alliance.office, await self.alliance.actor(by), given_up)

    async def transfer(self, to: str) -> object:
        passed = TransferRegistration(registration_id=self.registrations[-1], to_staff_code=to, reason="交接")
        return await transfer_registration(self.alliance.office, await self.alliance.actor("HEAD"), passed)

    async def order(self, amount_fen: int | None) -> object:
        number = len(self.registrations)
        request = PlaceOrder(
            external_ref=f"A-{len(self.orders)}",
            name="王",
            phone=f"1380015{number:04}",
            amount_fen=amount_fen,
        )
        answer = await place_order(self.alliance.office, await self.alliance.actor("OPS"), request)
        if not isinstance(answer, Refused):
            self.orders.append(answer.order.id)
        return answer

    async def cancel(self) -> object:
        request = CancelOrder(order_id=self.orders[-1], reason="退单")
        return await cancel_order(self.alliance.office, await self.alliance.actor("OPS"), request)

    async def dispute(self, by: str) -> object:
        request = OpenDispute(order_id=self.orders[-1], statement="客户是我带来的")
        answer = await open_dispute(self.alliance.office, await self.alliance.actor(by), request)
        if not isinstance(answer, Refused):
            self.disputes.append(answer.dispute.id)
        return answer

    async def give_up(self, by: str) -> object:
        request = WithdrawDispute(dispute_id=self.disputes[-1], reason="已经谈妥")
        return await withdraw_dispute(self.alliance.office, await self.alliance.actor(by), request)

    async def uphold(self) -> object:
        request = RejectDispute(dispute_id=self.disputes[-1], reason="维持")
        return await reject_dispute(self.alliance.office, await self.alliance.actor("HEAD"), request)

    async def split(self, shares: dict[str, int]) -> object:
        credits = tuple(CreditShare(staff_code=code, share_bp=bp) for code, bp in shares.items())
        request = RuleOnOrder(order_id=self.orders[-1], credits=credits, reason="裁决")
        return await rule_on_order(self.alliance.office, await self.alliance.actor("HEAD"), request)

    async def publish(self, policy: Policy, effective_from: str) -> None:
        document = document_of(policy)
        known = (await self.alliance.actor("HEAD")).alliance
        async with self.alliance.office.pool.acquire() as connection:
            await policies.insert(
                connection,
                known.id,
                id=new_id(),
                policy=read_policy(document),
                document=document,
                effective_from=at(effective_from),
            )

    async def figures(
        self, code: str, month: str = "2026-11-01", group: FigureGroup = FigureGroup.PERSON
    ) -> Figures:
        """Return the figures of a person, a unit, or (any code) of the alliance."""
        asked = ReadFigures(
            month=date.fromisoformat(month),
            group=group,
            page=Page(first=1),
            staff_code=code if group is FigureGroup.PERSON else None,
            unit_code=code if group is FigureGroup.UNIT else None,
        )
        page = await read_figures(self.alliance.office, await self.alliance.actor("HEAD"), asked)
        assert page is not None
        (row,) = page.rows
        return row.figures
