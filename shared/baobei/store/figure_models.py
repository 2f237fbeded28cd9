"""What a month comes to for somebody: counts and fen, each with the rule by which it is counted (decision 0020)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from uuid import UUID

from baobei.policy.disputes import DisputeStatus
from baobei.policy.shares import part_bp
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.figure_spans import InSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The registrations that somebody made in a month, and what has become of them up to the instant asked about.

    `lapsed` at least once, cured since or not; `expired` and `converted` as they stand.
    """

    made: int = 0
    lapsed: int = 0
    expired: int = 0
    converted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedUp:
    """The follow-up windows that began in a month for whoever owned the registration then.

    A window begins with each touch and is `met` by a follow-up or a measurement on a later local day, before its
    deadline, `missed` when the registration is live at the deadline without one. One that another touch or an end cuts
    short before is neither: so of a registration and a day at most one counts.
    """

    met: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """What the decisions of a month changed: given by a decision, taken back by the one that replaces it.

    So a month that is over never changes, and all months together are the decisions in force. `orders` and
    `amount_fen` may be negative; an order without an amount has none here.
    """

    orders: int = 0
    amount_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is aimed at in a month, each where it is."""

    amount_fen: int | None = None
    orders: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a month of somebody, or of several together."""

    attempts: Mapping[AttemptOutcome, int] = field(default_factory=dict)
    made: Made = Made()
    followed_up: FollowedUp = FollowedUp()
    credited: Credited = Credited()
    disputes: Mapping[DisputeStatus, int] = field(default_factory=dict)
    target: Target = Target()

    @property
    def disputed(self) -> int:
        """Return how many disputes were opened, wherever each is now."""
        return sum(self.disputes.values())

    @property
    def attempted(self) -> int:
        """Return how many attempts there were, whatever became of them."""
        return sum(self.attempts.values())

    @property
    def lapse_rate_bp(self) -> int | None:
        """Return the share of the registrations made that have lapsed; None of none."""
        return part_bp(self.made.lapsed, self.made.made)

    @property
    def expiry_rate_bp(self) -> int | None:
        """Return the share of the registrations made that have expired; None of none."""
        return part_bp(self.made.expired, self.made.made)

    @property
    def conversion_bp(self) -> int | None:
        """Return the share of the registrations made that an order is credited to; None of none."""
        return part_bp(self.made.converted, self.made.made)

    @property
    def compliance_bp(self) -> int | None:
        """Return the share of the follow-up windows that were met; None of none."""
        return part_bp(self.followed_up.met, self.followed_up.met + self.followed_up.missed)

    @property
    def amount_reached_bp(self) -> int | None:
        """Return how much of the amount aimed at is credited; None without one to reach."""
        aim = self.target.amount_fen
        return None if aim is None else part_bp(self.credited.amount_fen, aim)

    @property
    def orders_reached_bp(self) -> int | None:
        """Return how much of the orders aimed at are credited; None without any to reach."""
        aim = self.target.orders
        return None if aim is None else part_bp(self.credited.orders, aim)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditShare:
    """What the decisions of a month changed for a person, by where they worked when it was given.

    Of orders credited to them alone all at once: `decision` is None. Of a shared one the decision, its shares in
    order and which of them is the person's; its whole amount is yet to be divided.
    """

    whose: InSpan
    orders: int
    amount_fen: int
    decision: UUID | None
    shares_bp: tuple[int, ...]
    place: int


def together(
    figures: Iterable[Figures], *, credited: Credited = Credited(), target: Target = Target()
) -> Figures:
    """Return the figures of several people added up, with what is credited to and aimed at by all of them."""
    attempts: Counter[AttemptOutcome] = Counter()
    disputes: Counter[DisputeStatus] = Counter()
    made, followed_up = Made(), FollowedUp()
    for each in figures:
        attempts.update(each.attempts)
        disputes.update(each.disputes)
        made = Made(
            made=made.made + each.made.made,
            lapsed=made.lapsed + each.made.lapsed,
            expired=made.expired + each.made.expired,
            converted=made.converted + each.made.converted,
        )
        followed_up = FollowedUp(
            met=followed_up.met + each.followed_up.met, missed=followed_up.missed + each.followed_up.missed
        )
    return Figures(
        attempts=dict(attempts),
        made=made,
        followed_up=followed_up,
        credited=credited,
        disputes=dict(disputes),
        target=target,
    )


def alliance_aim(own: Target, of_units: Mapping[UUID, Target], needed: Set[UUID]) -> Target:
    """Return what an alliance aims at: its own target, else that of its units added up, amount and orders by themselves.

    The units have one together only when each of those `needed` has: what all sell is never held against a part.
    """
    amounts = {id: target.amount_fen for id, target in of_units.items() if target.amount_fen is not None}
    orders = {id: target.orders for id, target in of_units.items() if target.orders is not None}
    return Target(
        amount_fen=_sum_of_all(amounts, needed) if own.amount_fen is None else own.amount_fen,
        orders=_sum_of_all(orders, needed) if own.orders is None else own.orders,
    )


def _sum_of_all(aims: Mapping[UUID, int], needed: Set[UUID]) -> int | None:
    return sum(aims.values()) if aims and needed <= aims.keys() else None
