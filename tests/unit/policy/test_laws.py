"""What must hold in every history, whatever the policy (policy.md, "Consequences worth testing")."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from baobei.policy.admission import Admission, Admitted, Attempt, admit
from baobei.policy.attribution import Attribution, attribute
from baobei.policy.book import Book
from baobei.policy.cancellation import after_cancellation
from baobei.policy.customer_file import CustomerFile
from baobei.policy.document import Policy
from baobei.policy.extensions import extend
from baobei.policy.identity import keys_in_force, same_customer
from baobei.policy.quota import Quota
from baobei.policy.records import Order, Registration, RegistrationEvent, fold
from baobei.policy.standing import standing
from baobei.policy.terms import Moment, RefusalCode, RegistrationId
from baobei.replay import Replay
from strategies import History, histories, policies, to_lines


class WatchedBook(Book):
    """A book that keeps what a law looks back on: events, decisions, and what each would be in full view.

    `seen_whole` holds every decision twice: as the book made it, and as it is made when every record of the
    alliance is looked at.
    """

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.made: dict[RegistrationId, Registration] = {}
        self.events: dict[RegistrationId, list[RegistrationEvent]] = defaultdict(list)
        self.decisions: list[Attribution] = []
        self.seen_whole: list[tuple[object, object]] = []
        self.live_before: list[set[RegistrationId]] = []
        self.quotas_after_admission: list[Quota] = []

    def register(self, id: RegistrationId, attempt: Attempt) -> Admission:
        quota = self._quota(attempt.by, attempt.made.at, attempt.channel)
        in_full_view = admit(attempt, file=self.everything(), quota=quota, policy=self.policy)
        decision = super().register(id, attempt)
        self.seen_whole.append((_unordered(decision), _unordered(in_full_view)))
        if isinstance(decision, Admitted):
            self.quotas_after_admission.append(self._quota(attempt.by, attempt.made.at, attempt.channel))
        return decision

    def extend(self, registration: Registration, *, days: int, at: datetime) -> RefusalCode | None:
        in_full_view = extend(registration, days=days, at=at, file=self.everything())
        refusal = super().extend(registration, days=days, at=at)
        self.seen_whole.append((refusal, in_full_view if isinstance(in_full_view, RefusalCode) else None))
        return refusal

    def place(self, order: Order) -> Attribution | RefusalCode:
        in_full_view = attribute(order, self.everything())
        live = {
            r.id
            for r in self.registrations()
            if standing(r, order.placed.at).live and same_customer(r.keys, order.keys, order.policy.match)
        }
        decision = super().place(order)
        if isinstance(decision, Attribution):
            self.decisions.append(decision)
            self.seen_whole.append((decision, in_full_view))
            self.live_before.append(live)
        return decision

    def cancel(self, order: Order, *, cancelled: Moment) -> RefusalCode | None:
        converted = None if order.converted is None else self._registrations[order.converted]
        everything = self.everything()
        refusal = super().cancel(order, cancelled=cancelled)
        if refusal is None and converted is not None:
            event = after_cancellation(converted, order=order, cancelled=cancelled, file=everything)
            self.seen_whole.append((self.events[converted.id][-1], event))
        return refusal

    def everything(self) -> CustomerFile:
        return CustomerFile(
            registrations=tuple(self._registrations.values()), orders=tuple(self._orders.values())
        )

    def _add(self, registration: Registration) -> None:
        self.made[registration.id] = registration
        super()._add(registration)

    def _record(self, id: RegistrationId, event: RegistrationEvent) -> None:
        self.events[id].append(event)
        super()._record(id, event)


def _unordered(decision: Admission) -> object:
    return frozenset(decision.supersedes) if isinstance(decision, Admitted) else decision


def watched(policy: Policy, history: History) -> tuple[WatchedBook, list[dict[str, Any]]]:
    run = Replay(policy)
    run.book = book = WatchedBook(policy)
    return book, [answer.outcome for answer in run.answers(to_lines(history))]


def after_each_event(policy: Policy, history: History) -> Iterator[tuple[datetime, WatchedBook]]:
    run = Replay(policy)
    run.book = book = WatchedBook(policy)
    for answer in run.answers(to_lines(history)):
        if answer.at is not None:
            yield answer.at, book


@given(policies, histories)
def test_no_key_ever_has_two_live_claims(policy: Policy, history: History) -> None:
    for at, book in after_each_event(policy, history):
        claimed = Counter(
            key
            for registration in book.registrations()
            if standing(registration, at).live
            for key in keys_in_force(registration.keys, policy.match)
        )
        assert [key for key, claims in claimed.items() if claims > 1] == []


@given(policies, histories, st.integers(0, 25))
def test_a_prefix_is_decided_as_within_the_whole(policy: Policy, history: History, length: int) -> None:
    _, whole = watched(policy, history)
    _, prefix = watched(policy, history[:length])
    assert prefix == whole[:length]


@given(policies, histories)
def test_shares_make_a_whole_or_the_order_is_unassigned(policy: Policy, history: History) -> None:
    book, _ = watched(policy, history)
    for decision in book.decisions:
        total = sum(credit.share_bp for credit in decision.credits)
        assert (decision.verdict == "UNASSIGNED", total) in {(True, 0), (False, 10_000)}


@given(policies, histories)
def test_no_candidate_is_converted_or_withdrawn(policy: Policy, history: History) -> None:
    book, _ = watched(policy, history)
    statuses = {c.standing.status for decision in book.decisions for c in decision.candidates}
    assert statuses <= {"PROTECTED", "LAPSED", "EXPIRED", "SUPERSEDED", "LOST"}


@given(policies, histories)
def test_a_live_registration_that_matches_an_order_is_a_candidate(policy: Policy, history: History) -> None:
    book, _ = watched(policy, history)
    for decision, live in zip(book.decisions, book.live_before, strict=True):
        assert live <= {candidate.registration.id for candidate in decision.candidates}


@given(policies, histories)
def test_at_most_one_candidate_holds_and_it_alone_is_credited(policy: Policy, history: History) -> None:
    book, _ = watched(policy, history)
    for decision in book.decisions:
        holders = [c for c in decision.candidates if c.holds]
        assert [c.registration.id for c in holders] == [decision.registration] * len(holders)
        assert (len(holders) == 1) == (decision.verdict == "REGISTRANT")
        assert [c.owner for c in holders] == [credit.staff for credit in decision.credits][: len(holders)]


@given(policies, histories)
def test_an_order_leaves_none_of_its_candidates_live(policy: Policy, history: History) -> None:
    run = Replay(policy)
    run.book = book = WatchedBook(policy)
    for answer in run.answers(to_lines(history)):
        for candidate in answer.outcome.get("candidates", ()):
            registration = book.registration(RegistrationId(candidate["registration"]))
            assert registration is not None
            assert answer.at is not None
            assert not standing(registration, answer.at).live


@given(policies, histories)
def test_the_fold_of_the_events_up_to_an_instant_is_the_state_at_it(policy: Policy, history: History) -> None:
    seen: dict[datetime, dict[RegistrationId, Registration]] = {}
    book = WatchedBook(policy)
    for at, book in after_each_event(policy, history):
        seen[at] = {registration.id: registration for registration in book.registrations()}
    for at, registrations in seen.items():
        for id, state in registrations.items():
            assert fold(book.made[id], book.events[id], until=at) == state


@given(policies, histories)
def test_asking_for_standings_in_between_changes_no_decision(policy: Policy, history: History) -> None:
    _, unasked = watched(policy, history)
    asked = Replay(policy)
    outcomes = []
    for answer in asked.answers(to_lines(history)):
        outcomes.append(answer.outcome)
        if answer.at is not None:
            list(asked.standings(answer.at + timedelta(days=30), as_of="later"))
    assert outcomes == unasked


@given(policies, histories)
def test_the_same_decision_has_the_same_digest(policy: Policy, history: History) -> None:
    once, _ = watched(policy, history)
    again, _ = watched(policy, history)
    assert [decision.digest for decision in once.decisions] == [
        decision.digest for decision in again.decisions
    ]


@given(policies, histories)
def test_a_decision_looks_at_the_customer_s_records_alone(policy: Policy, history: History) -> None:
    book, _ = watched(policy, history)
    assert [made for made, _ in book.seen_whole] == [in_full_view for _, in_full_view in book.seen_whole]


@given(policies, histories)
def test_admission_never_passes_the_quota(policy: Policy, history: History) -> None:
    book, _ = watched(policy, history)
    assert [
        quota for quota in book.quotas_after_admission if quota.limit is not None and quota.used > quota.limit
    ] == []


@given(policies, histories)
def test_what_is_refused_or_in_error_changes_no_registration(policy: Policy, history: History) -> None:
    run = Replay(policy)
    before: list[Registration] = []
    for answer in run.answers(to_lines(history)):
        after = list(run.book.registrations())
        if "error" in answer.outcome or "refused" in answer.outcome:
            assert after == before
        before = after


@given(policies, histories, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_time_alone_revives_nothing(policy: Policy, history: History, later: timedelta) -> None:
    """A standing only falls while nothing is recorded: PROTECTED, LAPSED, then an end that stays."""
    run = Replay(policy)
    list(run.answers(to_lines(history)))
    worth = {"PROTECTED": 2, "LAPSED": 1}
    now = run.last_event_at or datetime.fromisoformat(history[0]["at"])
    for registration in run.book.registrations():
        one, two = standing(registration, now), standing(registration, now + later)
        assert worth.get(two.status, 0) <= worth.get(one.status, 0)
        assert one.live or (two.status, two.ended_at) == (one.status, one.ended_at)
