"""The queries of what a person opens in the morning."""

import strawberry

from baobei.operations.my_day import my_day
from baobei.operations.my_tasks import my_tasks
from baobei_api.graphql import checks, inputs, my_day_views, task_cursors
from baobei_api.graphql.context import Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import my_days


@strawberry.type(description="What can be read of one's own day.")
class MyDayQueries:
    """The queries of a day."""

    @resolved(
        "今日待办: what is to be done today for one's own customers, what is about to be lost, and what has happened."
    )
    async def my_day(self, info: Info) -> my_days.MyDay:
        """Return the viewer's day."""
        context = info.context
        return my_day_views.day(context, await my_day(context.office, context.actor))

    @resolved(
        "待办: all tasks of one's own registrations that have opened and are not done, in the order of `myDay.tasks`."
    )
    async def my_tasks(
        self, info: Info, first: inputs.First = 50, after: inputs.After = strawberry.UNSET
    ) -> my_days.FollowUpTaskConnection:
        """Return a page of the viewer's tasks."""
        context, asked = info.context, task_cursors.page(first, after)
        found = await my_tasks(context.office, context.actor, asked)
        if found is None:
            raise checks.unknown_cursor()
        return my_day_views.tasks(context, found, after_cursor=asked.after is not None)
