"""A person's day as the API shows it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from baobei.operations import my_day as operation
from baobei.operations.my_tasks import TaskOfDay, TasksRead
from baobei.policy.explain import explain_follow_up
from baobei.policy.plan import explain_task
from baobei_api.graphql import task_cursors
from baobei_api.graphql.context import Context
from baobei_api.graphql.types import my_days
from baobei_api.graphql.types.shared import PageInfo

_HOUR: Final = timedelta(hours=1)


def day(context: Context, day: operation.MyDay) -> my_days.MyDay:
    """Return a day."""
    convert = context.convert
    return my_days.MyDay(
        as_of=convert.local(day.as_of),
        tasks=[_task(context, each, at=day.as_of) for each in day.tasks],
        tasks_count=day.tasks_count,
        follow_ups_due=[_follow_up(context, each) for each in day.follow_ups_due],
        follow_ups_due_count=day.follow_ups_due_count,
        at_risk=[
            my_days.ClaimAtRisk(
                registration=convert.registration(claim.registration),
                what=claim.kind,
                at=convert.local(claim.at),
                hours_left=(claim.at - day.as_of) // _HOUR,
            )
            for claim in day.at_risk
        ],
        at_risk_count=day.at_risk_count,
        quota=None if day.quota is None else convert.quota(day.quota),
        news=[
            my_days.OrderNews(verdict=each.verdict, at=convert.local(each.at), order_id=each.order_id)
            for each in day.news
        ],
        requests=[convert.approval(each) for each in day.requests],
    )


def tasks(context: Context, found: TasksRead, *, after_cursor: bool) -> my_days.FollowUpTaskConnection:
    """Return a page of tasks."""
    edges = [
        my_days.FollowUpTaskEdge(
            node=_task(context, each, at=found.as_of), cursor=task_cursors.cursor(each.place, day=found.day)
        )
        for each in found.tasks
    ]
    info = PageInfo(
        has_next_page=found.has_next,
        has_previous_page=after_cursor,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return my_days.FollowUpTaskConnection(edges=edges, page_info=info)


def _follow_up(context: Context, due: operation.FollowUpDue) -> my_days.FollowUpDue:
    worth, facts = due.standing, due.registration.facts
    return my_days.FollowUpDue(
        registration=context.convert.registration(due.registration),
        due_at=context.convert.local(worth.follow_up_due_at),
        overdue=worth.follow_up_overdue,
        hours_left=(worth.follow_up_due_at - worth.as_of) // _HOUR,
        lapses_at=context.convert.local(worth.lapses_at),
        lapsed=not worth.protected,
        sentence=partial(explain_follow_up, worth, registration_policy=facts.policy),
    )


def _task(context: Context, waiting: TaskOfDay, *, at: datetime) -> my_days.FollowUpTask:
    task, stored = waiting.task, waiting.registration
    return my_days.FollowUpTask(
        step=task.step,
        kinds=sorted(task.by),
        opens_at=context.convert.local(task.opens_at),
        due_at=context.convert.local(task.due_at),
        overdue=at >= task.due_at,
        registration=context.convert.registration(stored),
        sentence=partial(explain_task, stored.facts, task, at=at),
    )
