"""A history file decided again under a policy: no database, no queue, no clock (history-format.md).

Streams: each line is read, decided and answered before the next; what stays in memory is the book of
registrations and orders.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from baobei.history_events import HistoryError, HistoryEvent, read_event
from baobei.policy.admission import Admission, Attempt, DuplicateOwn, Incomplete
from baobei.policy.attribution import Attribution
from baobei.policy.book import Book
from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys, customer_keys
from baobei.policy.records import Order, Registration
from baobei.policy.standing import standing
from baobei.policy.terms import (
    Channel,
    Credit,
    Moment,
    OrderId,
    RefusalCode,
    RegistrationId,
    StaffId,
    Verdict,
)

Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The outcome of one line; `at` is None for a line in error, which changed nothing."""

    outcome: Outcome
    at: datetime | None


class Replay:
    """One run over a history: feed it lines in order, then ask for the standings."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.book = Book(policy)
        self.last_event_at: datetime | None = None
        self.errors = 0
        self._ids: set[str] = set()

    def answers(self, lines: Iterable[bytes]) -> Iterator[Answer]:
        """Yield an answer for each line that is not blank, in order."""
        for number, line in enumerate(lines, start=1):
            if line.isspace() or not line:
                continue
            yield self.answer(line, number=number)

    def answer(self, line: bytes, *, number: int) -> Answer:
        """Decide one line; `number` counts from 1 and orders the events of one instant."""
        try:
            event = read_event(line)
            self._check(event)
            outcome = _DECIDE[event.type](self, event, Moment(event.at, number))
        except HistoryError as error:
            self.errors += 1
            return Answer(outcome={"line": number, "error": error.code, "message": error.message}, at=None)
        self.last_event_at = event.at
        return Answer(outcome=outcome, at=event.at)

    def standings(self, at: datetime, *, as_of: str) -> Iterator[Outcome]:
        """Yield the standing of every admitted registration at `at`, by id; `as_of` is how to write it."""
        for registration in sorted(self.book.registrations(), key=lambda r: r.id):
            yield {
                "registration": registration.id,
                "standing": standing(registration, at).status.value,
                "owner": registration.owner,
                "as_of": as_of,
            }

    def _check(self, event: HistoryEvent) -> None:
        """Refuse what the line alone does not show: its place in the file, its id, what it names."""
        if self.last_event_at is not None and event.at < self.last_event_at:
            raise HistoryError("OUT_OF_ORDER", f"at {event.at.isoformat()} is before the event above it")
        if event.type in ("register", "order"):
            if event["id"] in self._ids:
                raise HistoryError("DUPLICATE_ID", f"id {event['id']!r} has been used above")
            self._ids.add(event["id"])

    def _registration(self, event: HistoryEvent) -> Registration:
        registration = self.book.registration(RegistrationId(event["registration"]))
        if registration is None:
            raise HistoryError(
                "UNKNOWN_REFERENCE", f"registration {event['registration']!r} was never admitted"
            )
        return registration

    def _order(self, event: HistoryEvent) -> Order:
        order = self.book.order(OrderId(event["order"]))
        if order is None:
            raise HistoryError("UNKNOWN_REFERENCE", f"order {event['order']!r} was never placed")
        return order

    def _keys(self, event: HistoryEvent) -> CustomerKeys:
        return customer_keys(
            phone=event["phone"], address=event["address"], country=self.policy.phone_country
        )

    def register(self, event: HistoryEvent, moment: Moment) -> Outcome:
        attempt = Attempt(
            made=moment,
            by=StaffId(event["by"]),
            channel=Channel(event["channel"]),
            name=event["name"],
            keys=self._keys(event),
            new_need=event["new_need"],
            customer_class=event["class"],
        )
        return _admission_outcome(event["id"], self.book.register(RegistrationId(event["id"]), attempt))

    def follow_up(self, event: HistoryEvent, moment: Moment) -> Outcome:
        return _changed(
            event, self.book.follow_up(self._registration(event), by=StaffId(event["by"]), at=moment.at)
        )

    def measure(self, event: HistoryEvent, moment: Moment) -> Outcome:
        return _changed(
            event, self.book.measure(self._registration(event), by=StaffId(event["by"]), at=moment.at)
        )

    def withdraw(self, event: HistoryEvent, moment: Moment) -> Outcome:
        return _changed(
            event, self.book.withdraw(self._registration(event), by=StaffId(event["by"]), at=moment.at)
        )

    def extend(self, event: HistoryEvent, moment: Moment) -> Outcome:
        return _changed(event, self.book.extend(self._registration(event), days=event["days"], at=moment.at))

    def transfer(self, event: HistoryEvent, moment: Moment) -> Outcome:
        return _changed(
            event, self.book.transfer(self._registration(event), to=StaffId(event["to"]), at=moment.at)
        )

    def place(self, event: HistoryEvent, moment: Moment) -> Outcome:
        taker = event["taken_by"]
        order = Order(
            id=OrderId(event["id"]),
            placed=moment,
            taken_by=None if taker is None else StaffId(taker),
            keys=self._keys(event),
            policy=self.policy,
        )
        decision = self.book.place(order)
        if isinstance(decision, RefusalCode):
            return {"order": event["id"], "refused": decision.value}
        return _attribution_outcome(event["id"], decision)

    def close(self, event: HistoryEvent, moment: Moment) -> Outcome:
        return _changed(event, self.book.close(self._order(event), at=moment.at))

    def cancel(self, event: HistoryEvent, moment: Moment) -> Outcome:
        return _changed(event, self.book.cancel(self._order(event), cancelled=moment))

    def rule(self, event: HistoryEvent, moment: Moment) -> Outcome:  # noqa: ARG002 - called like the others
        credits = [
            Credit(staff=StaffId(entry["staff"]), share_bp=entry["share_bp"]) for entry in event["credits"]
        ]
        refusal = self.book.rule(self._order(event), by=StaffId(event["by"]), credits=credits)
        if refusal is not None:
            return {"order": event["order"], "refused": refusal.value}
        return {"order": event["order"], "verdict": Verdict.RULED.value, "credits": _credits(credits)}


_DECIDE: Final[dict[str, Callable[[Replay, HistoryEvent, Moment], Outcome]]] = {
    "register": Replay.register,
    "follow_up": Replay.follow_up,
    "measure": Replay.measure,
    "withdraw": Replay.withdraw,
    "extend": Replay.extend,
    "transfer": Replay.transfer,
    "order": Replay.place,
    "close_order": Replay.close,
    "cancel_order": Replay.cancel,
    "rule": Replay.rule,
}


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


def to_line(outcome: Outcome) -> str:
    """Return an outcome as one line of JSON, with its line end."""
    return _ENCODER.encode(outcome) + "\n"


def _admission_outcome(id: str, decision: Admission) -> Outcome:
    outcome: Outcome = {
        "registration": id,
        "admission": decision.outcome.value,
        "clause": decision.clause,
    }
    if isinstance(decision, Incomplete):
        outcome["fields"] = [field.value for field in decision.fields]
    if isinstance(decision, DuplicateOwn):
        outcome["existing"] = decision.existing
    return outcome


def _attribution_outcome(id: str, decision: Attribution) -> Outcome:
    return {
        "order": id,
        "verdict": decision.verdict.value,
        "credits": _credits(decision.credits),
        "registration": decision.registration,
        "clause": decision.clause,
        "needs_review": decision.needs_review,
        "candidates": [
            {
                "registration": candidate.registration.id,
                "owner": candidate.owner,
                "standing": candidate.standing.status.value,
                "clause": candidate.clause,
            }
            for candidate in decision.candidates
        ],
    }


def _credits(credits: Iterable[Credit]) -> list[Outcome]:
    return [{"staff": credit.staff, "share_bp": credit.share_bp} for credit in credits]


def _changed(event: HistoryEvent, refusal: RefusalCode | None) -> Outcome:
    if refusal is None:
        return {"type": event.type, "ok": True}
    return {"type": event.type, "ok": False, "refused": refusal.value}
