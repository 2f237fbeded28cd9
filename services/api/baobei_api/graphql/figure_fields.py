"""The query of figures and the mutation of targets."""

from typing import Annotated, assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.operations import set_target as targets
from baobei.operations.read_figures import FigureGroup, read_figures
from baobei_api.graphql import answers, figure_inputs, figure_views, inputs
from baobei_api.graphql.context import Info
from baobei_api.graphql.errors import ApiError, ErrorCode
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.scalars import DateText
from baobei_api.graphql.types.figures import FiguresConnection, SetTargetResult, TargetRecorded


@strawberry.type(description="What can be read of figures.")
class FigureQueries:
    """The query of figures."""

    @resolved(
        "业绩与跟进统计: the figures of a month; one's own, for managers those of their unit, for finance and who oversees"
        " the alliance all of them. What is not the viewer's to read is left out; NOT_FOUND for a code of such."
    )
    async def figures(
        self,
        info: Info,
        month: Annotated[DateText, strawberry.argument(description="The first day of a calendar month.")],
        group_by: Annotated[
            FigureGroup | None, strawberry.argument(description="What each row is of.")
        ] = FigureGroup.PERSON,
        staff_code: Annotated[
            str | None, strawberry.argument(description="Only this person; with PERSON alone.")
        ] = strawberry.UNSET,
        unit_code: Annotated[
            str | None, strawberry.argument(description="Only this unit, or its people; with PERSON or UNIT.")
        ] = strawberry.UNSET,
        first: inputs.First = 50,
        after: inputs.After = strawberry.UNSET,
    ) -> FiguresConnection:
        """Return a page of figures."""
        context = info.context
        asked = figure_inputs.read_figures(month, group_by, staff_code, unit_code, first, after)
        found = await read_figures(context.office, context.actor, asked)
        if found is None:
            field = "staffCode" if asked.staff_code is not None else "unitCode"
            message = f"{field}: none whose figures you may read"
            raise ApiError(ErrorCode.NOT_FOUND, message, field=field)
        return figure_views.figures_view(context, found, after=asked.page.after is not None)


@strawberry.type(description="What can be changed of targets.")
class FigureMutations:
    """The mutation of targets."""

    @resolved(
        "业绩目标: say what a person, a unit or the alliance is to reach in a month. For operations managers and"
        " administrators; the last version counts, with what it leaves out as it was set before; twice is once, a month"
        " that is over keeps its targets."
    )
    async def set_target(
        self,
        info: Info,
        input: Annotated[figure_inputs.SetTargetInput, strawberry.argument(description="The target.")],
    ) -> SetTargetResult:
        """Set a target."""
        context, asked = info.context, figure_inputs.set_target(input)
        answer = await targets.set_target(context.office, context.actor, asked)
        context.renew()
        match answer:
            case targets.TargetRecorded(target=target):
                return TargetRecorded(target=figure_views.target_view(context, target))
            case outcomes.Refused():
                return answers.refused(answer)
            case _:
                assert_never(answer)
