"""The steps of a follow-up plan, as a policy document states them (D.1)."""

import enum
import re
from dataclasses import dataclass
from typing import Final

from baobei.policy.parameter_values import WrongValue, whole_number
from baobei.policy.terms import FollowUpKind

MOST_STEPS: Final = 20
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
_FIELDS: Final = frozenset({"step", "by", "minutes", "days", "weekday", "weekly", "after", "classes"})
_WHEN: Final = ("minutes", "days", "weekday", "weekly")
_minutes = whole_number(1, 10_080)
_day = whole_number(0, 366)


class Weekday(enum.IntEnum):
    """The days of a week as a calendar counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One thing to do; exactly one of `minutes`, `days`, `weekday`, `weekly` says when.

    `minutes` after the visit; `days`: from the first to the last day after the visit, whole local days, 0 is the day
    of the visit; `weekday`: on that day of every week; `weekly`: once a calendar week, Monday to Sunday. Weeks begin
    after the day of the visit. `after` names a step whose contact it waits for; `classes` None: whatever the class.
    """

    step: str
    by: frozenset[FollowUpKind]
    minutes: int | None = None
    days: tuple[int, int] | None = None
    weekday: Weekday | None = None
    weekly: bool = False
    after: str | None = None
    classes: frozenset[str] | None = None

    @property
    def every_week(self) -> bool:
        """Whether it comes again each week, and is not owed once after the visit."""
        return self.weekly or self.weekday is not None

    def is_for(self, customer_class: str | None) -> bool:
        """Whether a customer of this class, None for none, is owed it."""
        return self.classes is None or customer_class in self.classes


def plan(value: object) -> tuple[PlanStep, ...]:
    """Read a plan: a list of steps, none for no plan. A step may wait for one that stands before it."""
    if not isinstance(value, list) or len(value) > MOST_STEPS:
        raise WrongValue(f"a list of at most {MOST_STEPS} steps")
    steps: dict[str, PlanStep] = {}
    for written in value:
        step = _step(written)
        if step.step in steps:
            raise WrongValue("steps of different names")
        if step.after is not None and (step.after not in steps or step.days is None):
            raise WrongValue("`after` only with `days`, and the name of a step above")
        steps[step.step] = step
    return tuple(steps.values())


def _step(written: object) -> PlanStep:
    if not isinstance(written, dict) or not written.keys() <= _FIELDS:
        raise WrongValue("of a step no more than " + ", ".join(sorted(_FIELDS)))
    name = written.get("step")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise WrongValue("the name of each step, such as first_call")
    if sum(when in written for when in _WHEN) != 1 or written.get("weekly", True) is not True:
        raise WrongValue("of each step one of " + ", ".join(_WHEN))
    after = written.get("after")
    if after is not None and not isinstance(after, str):
        raise WrongValue("`after` as the name of a step above")
    return PlanStep(
        step=name,
        by=_kinds(written.get("by")),
        minutes=_minutes(written["minutes"]) if "minutes" in written else None,
        days=_days(written["days"]) if "days" in written else None,
        weekday=_weekday(written["weekday"]) if "weekday" in written else None,
        weekly="weekly" in written,
        after=after,
        classes=_classes(written["classes"]) if "classes" in written else None,
    )


def _kinds(value: object) -> frozenset[FollowUpKind]:
    if not isinstance(value, list) or not value or any(word not in list(FollowUpKind) for word in value):
        raise WrongValue("`by` as a list of " + ", ".join(FollowUpKind))
    return frozenset(FollowUpKind(word) for word in value)


def _days(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or _day(value[0]) > _day(value[1]):
        raise WrongValue("`days` as the first and the last day, such as [1, 7]")
    return value[0], value[1]


def _weekday(value: object) -> Weekday:
    if not isinstance(value, str) or value not in Weekday.__members__:
        raise WrongValue("`weekday` as one of " + ", ".join(Weekday.__members__))
    return Weekday[value]


def _classes(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise WrongValue("`classes` as a list of classes")
    return frozenset(value)
