"""What a story is made of: scenes at an instant, steps by a person, and what the policy makes of each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from baobei.policy.terms import Text
from baobei_cli.demo import questions
from baobei_cli.demo.questions import Question

MONTH: Final = "2026-11"
OFFSET: Final = "+08:00"

# What an answer says, by name: codes, clauses, people, instants as the service writes them.
Facts: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact of an earlier answer, which was kept under a name."""

    name: str
    fact: str = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as somebody writes them down."""

    name: str
    phone: str
    address: str

    def written(self, *, phone: str | None = None, address: str | None = None) -> "Customer":
        """Return the same customer in another spelling."""
        return replace(self, phone=phone or self.phone, address=address or self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a customer beside who it is."""

    customer_class: str
    segment: str
    source: str
    need: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A person asks one thing of the service, and the policy says what is to be answered: all of it.

    `settles`: the worker may still be at it, so it is asked again for a while until the answer is the expected one.
    """

    by: str
    does: Text
    question: Question
    variables: Mapping[str, object]
    expected: Facts
    keep: str | None = None
    settles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Many steps of one person, told as one."""

    does: Text
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Steps sent at the same moment: who wins is chance, that one wins is not.

    `expected` holds the answers in the order of the winner first; the winner's record is kept.
    """

    does: Text
    steps: tuple[Step, ...]
    expected: tuple[Facts, ...]
    keep: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NightJobs:
    """The worker's jobs run to their end; no decision may depend on them."""

    does: Text
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """All orders read at once; `credits` holds for each number who is credited, in basis points and yuan."""

    by: str
    does: Text
    credits: Mapping[str, tuple[tuple[object, int, str], ...]]


Part: TypeAlias = Step | Several | Race | NightJobs | Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What happens at one instant, and the clause that it is about: of the policy, or one of `words.RULES`."""

    at: str
    clause: str
    title: Text
    parts: tuple[Part, ...]

    @property
    def instant(self) -> datetime:
        """Return the instant at which the clock stands during the scene."""
        return datetime.fromisoformat(self.at)


def at(day: int, clock: str = "00:00:00") -> str:
    """Return an instant of the month as the service writes it; without a clock, the midnight that begins the day."""
    return f"{MONTH}-{day:02d}T{clock}{OFFSET}"


def admitted(
    *, follow_up: int, lapses: int, expires: int | None = None, used: int = 0, limit: int | None = None
) -> Facts:
    """Return the facts of an admission: days of the month at whose midnight each deadline falls."""
    return {
        "outcome": "PROTECTED",
        "clause": "3.3.1",
        "follow_up": at(follow_up),
        "lapses": at(lapses),
        "expires": None if expires is None else at(expires),
        "quota": (used, limit),
    }


def not_admitted(outcome: str, clause: str | None, **more: object) -> Facts:
    """Return the facts of an attempt that was refused."""
    return {"outcome": outcome, "clause": clause, **more}


def refused(code: str, clause: str | None) -> Facts:
    """Return the facts of a change that was not made."""
    return {"refused": code, "clause": clause}


def protected(*, follow_up: str, lapses: str, expires: int | None = None, overdue: bool = False) -> Facts:
    """Return the facts of a claim that holds."""
    return {
        "status": "PROTECTED",
        "clause": "3.3.1",
        "follow_up": follow_up,
        "overdue": overdue,
        "lapses": lapses,
        "expires": None if expires is None else at(expires),
    }


def lapsed(*, follow_up: int, lapses: int) -> Facts:
    """Return the facts of a store's claim that has lapsed and is live still."""
    return {
        "status": "LAPSED",
        "clause": "3.3.2",
        "follow_up": at(follow_up),
        "overdue": True,
        "lapses": at(lapses),
        "expires": None,
    }


def ended(status: str, clause: str | None, *, when: str) -> Facts:
    """Return the facts of a registration that is over."""
    return {"status": status, "clause": clause, "ended": when}


def decided(
    verdict: str,
    clause: str | None,
    *credits: tuple[object, int, str],
    candidates: tuple[tuple[object, str, str | None], ...] = (),
    review: bool = False,
    order: str = "PLACED",
) -> Facts:
    """Return the facts of an order: credits as who, basis points and yuan; candidates as owner, worth, clause."""
    return {
        "order": order,
        "verdict": verdict,
        "clause": clause,
        "credits": credits,
        "candidates": candidates,
        "review": review,
    }


def register(
    by: str,
    customer: Customer,
    expected: Facts,
    *,
    new_need: bool = False,
    profile: Profile | None = None,
    keep: str | None = None,
) -> Step:
    """Return the step of registering a customer."""
    remark = Text("（注明：新需求）", " (a new need)") if new_need else Text("", "")
    who = f"{customer.name} · {customer.phone or '—'} · {customer.address}"
    asked = {"name": customer.name, "phone": customer.phone, "address": customer.address, "newNeed": new_need}
    if profile is not None:
        remark = Text(f"（{profile.customer_class}级）", f" (class {profile.customer_class})")
        asked |= {
            "customerClass": profile.customer_class,
            "segment": profile.segment,
            "source": profile.source,
            "need": profile.need,
        }
    return Step(
        by=by,
        does=Text(f"报备{remark.zh}：{who}", f"registers{remark.en}: {who}"),
        question=questions.REGISTER,
        variables={"input": asked},
        expected=expected,
        keep=keep,
    )


def follow_up(by: str, kept: str, does: Text, expected: Facts) -> Step:
    """Return the step of recording a call to the customer."""
    asked = {"registrationId": Kept(kept), "kind": "CALL", "note": does.zh}
    return Step(by=by, does=does, question=questions.FOLLOW_UP, variables={"input": asked}, expected=expected)


def look(by: str, kept: str, does: Text, expected: Facts, *, when: str | None = None) -> Step:
    """Return the step of asking what a registration is worth, now or at an instant."""
    return Step(
        by=by,
        does=does,
        question=questions.STANDING,
        variables={"id": Kept(kept), "at": when},
        expected=expected,
    )


def order(
    by: str,
    ref: str,
    customer: Customer,
    expected: Facts,
    *,
    does: Text,
    amount: str,
    taken_by: str | None,
) -> Step:
    """Return the step of placing an order; it is kept under its number."""
    asked = {
        "externalRef": ref,
        "name": customer.name,
        "phone": customer.phone,
        "address": customer.address or None,
        "takenByCode": taken_by,
        "amount": amount,
    }
    return Step(
        by=by,
        does=does,
        question=questions.PLACE_ORDER,
        variables={"input": asked},
        expected=expected,
        keep=ref,
    )


def ask_for_days(
    by: str, kept: str, days: int, does: Text, expected: Facts, *, keep: str | None = None
) -> Step:
    """Return the step of asking for an extension."""
    asked = {"registrationId": Kept(kept), "days": days, "reason": "客户出差，月底才能量尺"}
    return Step(
        by=by,
        does=does,
        question=questions.EXTENSION,
        variables={"input": asked},
        expected=expected,
        keep=keep,
    )


def rule(by: str, ref: str, credits: Mapping[str, int], does: Text, expected: Facts) -> Step:
    """Return the step of ruling on an order."""
    shares = [{"staffCode": code, "shareBp": share} for code, share in credits.items()]
    return Step(
        by=by,
        does=does,
        question=questions.RULE,
        variables={"id": Kept(ref), "credits": shares, "reason": "两位都有实际贡献，协商一致"},
        expected=expected,
    )
