"""The query of what a person opens in the morning."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import strawberry

from baobei.operations import my_day as operation
from baobei.policy.plan import explain_task
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import my_days

_HOUR: Final = timedelta(hours=1)


@strawberry.type(description="What can be read of one's own day.")
class MyDayQueries:
    """The query of a day."""

    @resolved(
        "今日待办: what is to be done today for one's own customers, what is about to be lost, and what has happened."
    )
    async def my_day(self, info: Info) -> my_days.MyDay:
        """Return the viewer's day."""
        context = info.context
        return _day(context, await operation.my_day(context.office, context.actor))


def _day(context: Context, day: operation.MyDay) -> my_days.MyDay:
    convert = context.convert
    return my_days.MyDay(
        as_of=convert.local(day.as_of),
        tasks=[_task(context, each, at=day.as_of) for each in day.tasks],
        at_risk=[
            my_days.ClaimAtRisk(
                registration=convert.registration(claim.registration),
                what=claim.kind,
                at=convert.local(claim.at),
                hours_left=(claim.at - day.as_of) // _HOUR,
            )
            for claim in day.at_risk
        ],
        quota=None if day.quota is None else convert.quota(day.quota),
        news=[
            my_days.OrderNews(verdict=each.verdict, at=convert.local(each.at), order_id=each.order_id)
            for each in day.news
        ],
        requests=[convert.approval(each) for each in day.requests],
    )


def _task(context: Context, waiting: operation.TaskOfDay, *, at: datetime) -> my_days.FollowUpTask:
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
