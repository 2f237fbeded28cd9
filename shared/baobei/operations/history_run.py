"""The events of a history, each through the operation that would have recorded it, with the outcome of a replay."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from baobei.clock import VouchedClock
from baobei.history_events import HistoryEvent
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.customer_profile import Details
from baobei.operations.decide_approval import DecideApproval, decide_approval
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.record_measurement import RecordMeasurement, record_measurement
from baobei.operations.register_customer import RegisterCustomer, RegistrationAdmitted, register_customer
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.results import NOT_OWNER, OrderRecorded, Refused
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.transaction import lent
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.standing import standing
from baobei.policy.terms import AdmissionOutcome, Clauses, FollowUpKind, RefusalCode
from baobei.replay import Outcome
from baobei.store import attributions, registrations
from baobei.store.attribution_models import StoredAttribution
from baobei.store.organisation_models import Staff
from baobei.store.registration_models import Segment

# A history has no words of its own for what the service asks for words.
FROM_HISTORY: Final = "历史导入"


class HistoryRun:
    """Feeds events to the operations of an office that a person vouches for; `clock` is the office's own."""

    def __init__(
        self,
        office: Office,
        clock: VouchedClock,
        actor: Actor,
        people: Mapping[str, Staff],
    ) -> None:
        self._office, self._clock = office, clock
        self._alliance = actor.alliance
        self._people = people
        self._codes = {person.id: code for code, person in people.items()}
        self._voucher = Actor(alliance=actor.alliance, staff=access.as_ruler(actor.staff))
        self._ids: dict[str, UUID] = {}
        self._names: dict[UUID, str] = {}

    async def outcome(self, event: HistoryEvent) -> Outcome:
        """Record an event at its instant and return its outcome; what it names must have been recorded."""
        self._clock.at = event.at
        return await _RECORD[event.type](self, event)

    async def _register(self, event: HistoryEvent) -> Outcome:
        request = RegisterCustomer(
            name=event["name"],
            phone=event["phone"],
            address=event["address"],
            new_need=event["new_need"],
            details=self._details(event),
        )
        answer = await register_customer(self._office, self._by(event), request)
        if isinstance(answer, RegistrationAdmitted):
            self._known(event["id"], answer.registration.id)
            return {
                "registration": event["id"],
                "admission": AdmissionOutcome.PROTECTED.value,
                "clause": Clauses.FIRST_COME,
            }
        outcome: Outcome = {"registration": event["id"], "admission": answer.code, "clause": answer.clause}
        if answer.fields:
            outcome["fields"] = [problem.field for problem in answer.fields]
        if answer.existing is not None:
            outcome["existing"] = self._names[answer.existing.id]
        return outcome

    def _details(self, event: HistoryEvent) -> Details:
        """Return class and segment; one that is none was found before anything was recorded."""
        segment: str | None = event["segment"]
        return Details(customer_class=event["class"], segment=None if segment is None else Segment(segment))

    async def _follow_up(self, event: HistoryEvent) -> Outcome:
        request = RecordFollowUp(
            registration_id=self._ids[event["registration"]], kind=FollowUpKind.OTHER, note=FROM_HISTORY
        )
        return await self._by_owner(event, await record_follow_up(self._office, self._by(event), request))

    async def _measure(self, event: HistoryEvent) -> Outcome:
        request = RecordMeasurement(registration_id=self._ids[event["registration"]])
        return await self._by_owner(event, await record_measurement(self._office, self._by(event), request))

    async def _withdraw(self, event: HistoryEvent) -> Outcome:
        request = WithdrawRegistration(registration_id=self._ids[event["registration"]], reason=FROM_HISTORY)
        answer = await withdraw_registration(self._office, self._by(event), request)
        return await self._by_owner(event, answer)

    async def _extend(self, event: HistoryEvent) -> Outcome:
        id = self._ids[event["registration"]]
        async with lent(self._office, self._alliance) as connection:
            stored = (await registrations.by_ids(connection, self._alliance, [id]))[id]
        owner = self._people[self._codes[stored.owner_id]]
        request = RequestExtension(registration_id=id, days=event["days"], reason=FROM_HISTORY)
        asked = await request_extension(self._office, self._as(owner), request)
        if isinstance(asked, Refused):
            return _changed(event, asked)
        decision = DecideApproval(approval_id=asked.approval.id, approve=True, note=FROM_HISTORY)
        return _changed(event, await decide_approval(self._office, self._voucher, decision))

    async def _transfer(self, event: HistoryEvent) -> Outcome:
        request = TransferRegistration(
            registration_id=self._ids[event["registration"]], to_staff_code=event["to"], reason=FROM_HISTORY
        )
        return _changed(event, await transfer_registration(self._office, self._voucher, request))

    async def _place(self, event: HistoryEvent) -> Outcome:
        request = PlaceOrder(
            external_ref=event["id"],
            name=event["name"],
            phone=event["phone"],
            address=event["address"],
            taken_by_code=event["taken_by"],
            amount_fen=_fen(event["amount"]),
        )
        answer = await place_order(self._office, self._voucher, request)
        if isinstance(answer, Refused):
            return {"order": event["id"], "refused": answer.code}
        self._known(event["id"], answer.order.id)
        decision = await self._decision(answer)
        registration = decision.registration_id
        return {
            "order": event["id"],
            "verdict": decision.verdict.value,
            "credits": self._credits(decision),
            "registration": None if registration is None else self._names[registration],
            "clause": decision.clause,
            "needs_review": decision.needs_review,
            "candidates": [
                {
                    "registration": self._names[candidate.registration_id],
                    "owner": self._codes[candidate.owner_id],
                    "standing": candidate.status.value,
                    "clause": candidate.clause,
                }
                for candidate in decision.candidates
            ],
        }

    async def _close(self, event: HistoryEvent) -> Outcome:
        request = CloseOrder(order_id=self._ids[event["order"]])
        return _changed(event, await close_order(self._office, self._voucher, request))

    async def _cancel(self, event: HistoryEvent) -> Outcome:
        request = CancelOrder(order_id=self._ids[event["order"]], reason=FROM_HISTORY)
        return _changed(event, await cancel_order(self._office, self._voucher, request))

    async def _rule(self, event: HistoryEvent) -> Outcome:
        shares = tuple(
            CreditShare(staff_code=credit["staff"], share_bp=credit["share_bp"])
            for credit in event["credits"]
        )
        request = RuleOnOrder(
            order_id=self._ids[event["order"]], credits=shares, reason=event["reason"] or FROM_HISTORY
        )
        ruler = Actor(alliance=self._alliance, staff=access.as_ruler(self._people[event["by"]]))
        answer = await rule_on_order(self._office, ruler, request)
        if isinstance(answer, Refused):
            return {"order": event["order"], "refused": answer.code}
        decision = await self._decision(answer)
        return {
            "order": event["order"],
            "verdict": decision.verdict.value,
            "credits": self._credits(decision),
        }

    async def _by_owner(self, event: HistoryEvent, answer: object) -> Outcome:
        """Return the outcome of what only an owner may record: a replay looks first whether it is live."""
        if isinstance(answer, Refused) and answer.code == NOT_OWNER:
            id = self._ids[event["registration"]]
            async with lent(self._office, self._alliance) as connection:
                stored = (await registrations.by_ids(connection, self._alliance, [id]))[id]
            if not standing(stored.facts, event.at).live:
                return {"type": event.type, "ok": False, "refused": RefusalCode.NOT_LIVE.value}
        return _changed(event, answer)

    async def _decision(self, answer: OrderRecorded) -> StoredAttribution:
        async with lent(self._office, self._alliance) as connection:
            found = await attributions.by_order_ids(connection, self._alliance.id, [answer.order.id])
        return found[answer.order.id][-1]

    def _credits(self, decision: StoredAttribution) -> list[dict[str, Any]]:
        return [
            {"staff": self._codes[credit.staff_id], "share_bp": credit.share_bp}
            for credit in decision.credits
        ]

    def _known(self, name: str, id: UUID) -> None:
        self._ids[name], self._names[id] = id, name

    def _by(self, event: HistoryEvent) -> Actor:
        return self._as(self._people[event["by"]])

    def _as(self, person: Staff) -> Actor:
        return Actor(alliance=self._alliance, staff=access.as_historian(person))


_RECORD: Final[dict[str, Callable[[HistoryRun, HistoryEvent], Awaitable[Outcome]]]] = {
    "register": HistoryRun._register,
    "follow_up": HistoryRun._follow_up,
    "measure": HistoryRun._measure,
    "withdraw": HistoryRun._withdraw,
    "extend": HistoryRun._extend,
    "transfer": HistoryRun._transfer,
    "order": HistoryRun._place,
    "close_order": HistoryRun._close,
    "cancel_order": HistoryRun._cancel,
    "rule": HistoryRun._rule,
}


def _changed(event: HistoryEvent, answer: object) -> Outcome:
    if isinstance(answer, Refused):
        return {"type": event.type, "ok": False, "refused": answer.code}
    return {"type": event.type, "ok": True}


def _fen(yuan: str | None) -> int | None:
    """Return an amount in whole fen; one that is finer was found before anything was recorded."""
    return None if yuan is None else int(Decimal(yuan) * 100)
