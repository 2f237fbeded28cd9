"""Feeds recorded histories to the operations of a service."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from alliances import TestAlliance
from baobei.history_events import HistoryEvent
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.decide_approval import DecideApproval, decide_approval
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.record_measurement import RecordMeasurement, record_measurement
from baobei.operations.register_customer import RegistrationAdmitted, RegistrationRefused
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.results import OrderRecorded, Refused
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.terms import FollowUpKind
from baobei.store import attributions, organisation, registrations


class ServiceRun:
    """Feeds history events to the operations and writes outcomes as a replay does."""

    def __init__(self, alliance: TestAlliance) -> None:
        self.alliance = alliance
        self.office = alliance.office
        self.ids: dict[str, UUID] = {}
        self.names: dict[UUID, str] = {}

    async def outcome(self, event: HistoryEvent) -> dict[str, Any]:
        await self.alliance.travel(event.at)
        return await _DECIDE[event.type](self, event)

    def _known(self, name: str, id: UUID) -> None:
        self.ids[name], self.names[id] = id, name

    async def register(self, event: HistoryEvent) -> dict[str, Any]:
        answer = await self.alliance.register(
            event["by"],
            phone=event["phone"],
            address=event["address"],
            name=event["name"],
            new_need=event["new_need"],
        )
        outcome = {"registration": event["id"], "admission": "PROTECTED", "clause": "3.3.1"}
        if isinstance(answer, RegistrationAdmitted):
            self._known(event["id"], answer.registration.id)
            return outcome
        assert isinstance(answer, RegistrationRefused)
        outcome = {**outcome, "admission": answer.code, "clause": answer.clause}
        if answer.fields:
            outcome["fields"] = [problem.field for problem in answer.fields]
        if answer.existing is not None:
            outcome["existing"] = self.names[answer.existing.id]
        return outcome

    async def follow_up(self, event: HistoryEvent) -> dict[str, Any]:
        request = RecordFollowUp(
            registration_id=self.ids[event["registration"]], kind=FollowUpKind.CALL, note="回访"
        )
        return self._changed(event, await record_follow_up(self.office, await self._by(event), request))

    async def measure(self, event: HistoryEvent) -> dict[str, Any]:
        request = RecordMeasurement(registration_id=self.ids[event["registration"]])
        return self._changed(event, await record_measurement(self.office, await self._by(event), request))

    async def withdraw(self, event: HistoryEvent) -> dict[str, Any]:
        request = WithdrawRegistration(registration_id=self.ids[event["registration"]], reason="放弃")
        return self._changed(event, await withdraw_registration(self.office, await self._by(event), request))

    async def extend(self, event: HistoryEvent) -> dict[str, Any]:
        id = self.ids[event["registration"]]
        async with self.office.pool.acquire() as connection:
            boss = await self.alliance.actor("HEAD")
            stored = (await registrations.by_ids(connection, boss.alliance, [id]))[id]
            owner = (await organisation.staff_by_ids(connection, boss.alliance.id, [stored.owner_id]))[
                stored.owner_id
            ]
        request = RequestExtension(registration_id=id, days=event["days"], reason="客户出差")
        asked = await request_extension(self.office, await self.alliance.actor(owner.code), request)
        if isinstance(asked, Refused):
            return self._changed(event, asked)
        decision = DecideApproval(approval_id=asked.approval.id, approve=True, note="同意")
        return self._changed(event, await decide_approval(self.office, boss, decision))

    async def transfer(self, event: HistoryEvent) -> dict[str, Any]:
        request = TransferRegistration(
            registration_id=self.ids[event["registration"]], to_staff_code=event["to"], reason="交接"
        )
        boss = await self.alliance.actor("HEAD")
        return self._changed(event, await transfer_registration(self.office, boss, request))

    async def place(self, event: HistoryEvent) -> dict[str, Any]:
        request = PlaceOrder(
            external_ref=event["id"],
            name=event["name"],
            phone=event["phone"],
            address=event["address"],
            taken_by_code=event["taken_by"],
            amount_fen=None if event["amount"] is None else int(Decimal(event["amount"]) * 100),
        )
        answer = await place_order(self.office, await self.alliance.actor("OPS"), request)
        if isinstance(answer, Refused):
            return {"order": event["id"], "refused": answer.code}
        self._known(event["id"], answer.order.id)
        return await self._attribution(event["id"], answer)

    async def close(self, event: HistoryEvent) -> dict[str, Any]:
        request = CloseOrder(order_id=self.ids[event["order"]])
        return self._changed(event, await close_order(self.office, await self.alliance.actor("OPS"), request))

    async def cancel(self, event: HistoryEvent) -> dict[str, Any]:
        request = CancelOrder(order_id=self.ids[event["order"]], reason="退单")
        return self._changed(
            event, await cancel_order(self.office, await self.alliance.actor("OPS"), request)
        )

    async def rule(self, event: HistoryEvent) -> dict[str, Any]:
        shares = tuple(
            CreditShare(staff_code=credit["staff"], share_bp=credit["share_bp"])
            for credit in event["credits"]
        )
        request = RuleOnOrder(order_id=self.ids[event["order"]], credits=shares, reason=event["reason"])
        answer = await rule_on_order(self.office, await self._by(event), request)
        if isinstance(answer, Refused):
            return {"order": event["order"], "refused": answer.code}
        decided = await self._attribution(event["order"], answer)
        return {"order": event["order"], "verdict": decided["verdict"], "credits": decided["credits"]}

    async def _by(self, event: HistoryEvent) -> Any:
        return await self.alliance.actor(event["by"])

    def _changed(self, event: HistoryEvent, answer: object) -> dict[str, Any]:
        if isinstance(answer, Refused):
            return {"type": event.type, "ok": False, "refused": answer.code}
        return {"type": event.type, "ok": True}

    async def _attribution(self, name: str, answer: OrderRecorded) -> dict[str, Any]:
        boss = await self.alliance.actor("HEAD")
        async with self.office.pool.acquire() as connection:
            found = await attributions.by_order_ids(connection, boss.alliance.id, [answer.order.id])
            decision = found[answer.order.id][-1]
            ids = {c.staff_id for c in decision.credits} | {c.owner_id for c in decision.candidates}
            staff = await organisation.staff_by_ids(connection, boss.alliance.id, ids)
        registration = decision.registration_id
        return {
            "order": name,
            "verdict": decision.verdict.value,
            "credits": [
                {"staff": staff[credit.staff_id].code, "share_bp": credit.share_bp}
                for credit in decision.credits
            ],
            "registration": None if registration is None else self.names[registration],
            "clause": decision.clause,
            "needs_review": decision.needs_review,
            "candidates": [
                {
                    "registration": self.names[candidate.registration_id],
                    "owner": staff[candidate.owner_id].code,
                    "standing": candidate.status.value,
                    "clause": candidate.clause,
                }
                for candidate in decision.candidates
            ],
        }


_DECIDE: dict[str, Callable[[ServiceRun, HistoryEvent], Awaitable[dict[str, Any]]]] = {
    "register": ServiceRun.register,
    "follow_up": ServiceRun.follow_up,
    "measure": ServiceRun.measure,
    "withdraw": ServiceRun.withdraw,
    "extend": ServiceRun.extend,
    "transfer": ServiceRun.transfer,
    "order": ServiceRun.place,
    "close_order": ServiceRun.close,
    "cancel_order": ServiceRun.cancel,
    "rule": ServiceRun.rule,
}


def whose_it_is_comes_first(decided: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """The API looks at the owner before it looks at whether the registration is live; a replay after."""
    return (decided.get("refused"), wanted.get("refused")) == ("NOT_OWNER", "NOT_LIVE")
