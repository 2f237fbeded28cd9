"""The follow-up plan of a registration (policy.md section 11): what is to be done for its customer, and by when.

Tasks follow from the last store visit, the contacts since, and the calendar. They remind and count; no decision, no
clock and nobody's credit depends on them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import dropwhile
from zoneinfo import ZoneInfo

from baobei.policy.calendar import local_date, start_of_day
from baobei.policy.document import Policy
from baobei.policy.phrases import citing, instant_text
from baobei.policy.plan_steps import PlanStep
from baobei.policy.records import Registration
from baobei.policy.standing import end_by_calendar, standing
from baobei.policy.terms import FollowUpKind, Text

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
# What opened longer ago, while nobody made tasks, is of no use to anybody.
CATCH_UP = timedelta(days=28)
# What was due longer ago is missed: the time that it was meant for is over.
GIVES_UP = timedelta(days=7)
_WORDS = {
    FollowUpKind.CALL: Text(zh="给客户打电话", en="call"),
    FollowUpKind.SMS: Text(zh="给客户发短信", en="send an SMS"),
    FollowUpKind.WECHAT: Text(zh="给客户发微信", en="write on WeChat"),
    FollowUpKind.EMAIL: Text(zh="给客户发邮件", en="send an e-mail"),
    FollowUpKind.STORE_VISIT: Text(zh="约客户到店", en="meet in the store"),
    FollowUpKind.HOME_VISIT: Text(zh="上门拜访客户", en="visit at home"),
    FollowUpKind.OTHER: Text(zh="联系客户", en="get in touch"),
}
# Calls that a plan tells apart; a step of another name is told by what does it.
_CALLS = {
    "first_call": Text(zh="给客户打第一次电话", en="make the first call"),
    "second_call": Text(zh="给客户打第二次电话", en="make the second call"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A recorded contact with the customer."""

    kind: FollowUpKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A thing to do from `opens_at` (inclusive) until `due_at` (exclusive), both in UTC.

    `period` is the local day on which it opens: a step opens once a day. `done_at` is the first contact of a fitting
    kind since it opened, late ones too; None while there is none.
    """

    step: str
    period: date
    by: frozenset[FollowUpKind]
    opens_at: datetime
    due_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The tasks that have opened, and when to look again: None when nothing is to come as things stand."""

    tasks: tuple[Task, ...]
    next_at: datetime | None


def plan(
    registration: Registration,
    *,
    visited_at: datetime,
    contacts: Sequence[Contact],
    customer_class: str | None,
    since: datetime,
    at: datetime,
) -> Planned:
    """Return what opens from `since` to `at`, both inclusive, after the store visit of `visited_at`.

    `contacts` are those since the visit, in the order in which they were recorded. Nothing opens once the registration
    has ended, and what opened more than `CATCH_UP` before `at` is left out.

    Source: policy.md section 11 (D.1).
    """
    ends_at = _ends_at(registration)
    if at - since > CATCH_UP:
        since = at - CATCH_UP
    if ends_at is not None and ends_at <= at:
        return Planned(tasks=(), next_at=None)
    tasks, coming = [], [] if ends_at is None else [ends_at]
    for step in registration.policy.follow_up_plan:
        if not step.is_for(customer_class):
            continue
        try:
            for task in _openings(step, registration, visited_at, contacts, since=since):
                if task.opens_at > at:
                    coming.append(task.opens_at)
                    break
                if task.opens_at >= since:
                    tasks.append(task)
        except OverflowError:
            continue  # beyond the end of the calendar nothing opens
    tasks.sort(key=lambda task: (task.due_at, task.step))
    return Planned(tasks=tuple(tasks), next_at=min(coming, default=None))


def steps_of(policy: Policy, customer_class: str | None) -> frozenset[str]:
    """Return the names of the steps that a customer of this class, None for none, is owed."""
    return frozenset(step.step for step in policy.follow_up_plan if step.is_for(customer_class))


def explain_task(registration: Registration, task: Task, *, at: datetime) -> Text:
    """Return what is to be done and by when, or since when it is overdue as of `at`, in one sentence for people."""
    policy = registration.policy
    due, clause = (
        instant_text(task.due_at, policy.time_zone),
        citing(policy.clause_of.get("follow_up_plan")),
    )
    what = _what(task)
    if at >= task.due_at:
        return Text(
            zh=f"自{due.zh}起已逾期：请尽快{what.zh}{clause.zh}。",
            en=f"Overdue since {due.en}: {what.en}{clause.en}.",
        )
    return Text(
        zh=f"请在{due.zh}前{what.zh}{clause.zh}。",
        en=f"Before {due.en}: {what.en}{clause.en}.",
    )


def _what(task: Task) -> Text:
    if task.step in _CALLS and task.by == {FollowUpKind.CALL}:
        return _CALLS[task.step]
    first, *others = (_WORDS[kind] for kind in sorted(task.by))
    # To whom is said once.
    return Text(
        zh="或".join([first.zh, *(word.zh.removeprefix("给客户") for word in others)]),
        en=" or ".join([first.en, *(word.en for word in others)]),
    )


def _ends_at(registration: Registration) -> datetime | None:
    """Return when the registration ended or will end, as things stand."""
    if registration.end is not None:
        return registration.end.at
    worth = standing(registration, registration.last_touch_at)
    end = end_by_calendar(registration.policy, lapse=worth.lapses_at, expiry=worth.expires_at)
    return None if end is None else end[2]


def _openings(
    step: PlanStep,
    registration: Registration,
    visited_at: datetime,
    contacts: Sequence[Contact],
    *,
    since: datetime,
) -> Iterator[Task]:
    """Yield the tasks of a step in the order in which they open; those of every week without end, from `since` on."""
    zone = registration.policy.time_zone
    if step.minutes is not None:
        yield _task(step, visited_at, visited_at + timedelta(minutes=step.minutes), contacts, zone)
    elif step.days is not None:
        start = visited_at
        if step.after is not None:
            since_done = _since_done(step.after, registration, visited_at, contacts)
            if not since_done:
                return
            # Of contacts of one instant those count that were recorded after it.
            start, contacts = since_done[0].at, since_done[1:]
        first, last = step.days
        day = local_date(start, zone)
        opens_at = start if first == 0 else start_of_day(day + first * _DAY, zone)
        yield _task(step, opens_at, start_of_day(day + (last + 1) * _DAY, zone), contacts, zone)
    else:
        # A week opens on its Monday, a weekday on itself; the first one after the day of the visit.
        opening, length = (0, _WEEK) if step.weekday is None else (step.weekday.value, _DAY)
        day = max(local_date(visited_at, zone) + _DAY, local_date(since, zone))
        day += timedelta(days=(opening - day.weekday()) % 7)
        while True:
            yield _task(step, start_of_day(day, zone), start_of_day(day + length, zone), contacts, zone)
            day += _WEEK


def _since_done(
    name: str, registration: Registration, visited_at: datetime, contacts: Sequence[Contact]
) -> Sequence[Contact]:
    """Return the contact that did the step of that name and those after it; none while it is not done."""
    awaited = next(step for step in registration.policy.follow_up_plan if step.step == name)
    opened = next(_openings(awaited, registration, visited_at, contacts, since=visited_at), None)
    if opened is None:
        return ()
    if awaited.after is not None:
        contacts = _since_done(awaited.after, registration, visited_at, contacts)[1:]
    return tuple(dropwhile(lambda contact: not _does(contact, awaited, opened.opens_at), contacts))


def _does(contact: Contact, step: PlanStep, opens_at: datetime) -> bool:
    return contact.kind in step.by and contact.at >= opens_at


def _task(
    step: PlanStep, opens_at: datetime, due_at: datetime, contacts: Sequence[Contact], zone: ZoneInfo
) -> Task:
    done = next((contact.at for contact in contacts if _does(contact, step, opens_at)), None)
    return Task(
        step=step.step,
        period=local_date(opens_at, zone),
        by=step.by,
        opens_at=opens_at,
        due_at=due_at,
        done_at=done,
    )
