"""What is asked for of figures and targets as clients write it, and what the operations take."""

from typing import Final

import strawberry

from baobei.operations.read_figures import FigureGroup, ReadFigures
from baobei.operations.set_target import AskForTarget
from baobei.store.figure_models import Target
from baobei_api.graphql import checks
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.scalars import DateText, DecimalText

CURSOR_KIND: Final = "f"
MOST_ORDERS: Final = 1_000_000


@strawberry.input(
    description=(
        "A target to set: of a person, of a unit or of the alliance, an amount, a number of orders, or both."
        " What is left out (or null) stays as it was set before for the month."
    )
)
class SetTargetInput:
    """A target to set."""

    staff_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whose; one of this, `unitCode` and `wholeAlliance`."
    )
    unit_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of which unit; its own, whoever works there."
    )
    whole_alliance: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="true: the alliance's own, in place of that of its units together.",
    )
    month: DateText = strawberry.field(description="The first day of a calendar month that is not over.")
    amount: DecimalText | None = strawberry.field(
        default=strawberry.UNSET,
        description='The amount to reach in yuan, "0.00" to "9999999999.99"; left out: as before.',
    )
    orders: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The number of orders to reach, 0 to 1000000; left out: as before.",
    )


def set_target(written: SetTargetInput) -> AskForTarget:
    """Return a target to set; whose there is, is the operation's to say."""
    orders = checks.given(written.orders)
    if orders is not None and not 0 <= orders <= MOST_ORDERS:
        raise BadInput("input.orders", f"a whole number from 0 to {MOST_ORDERS}, got {orders}")
    return AskForTarget(
        staff_code=checks.optional_filled(written.staff_code, "input.staffCode", at_most=checks.CODE_CHARS),
        unit_code=checks.optional_filled(written.unit_code, "input.unitCode", at_most=checks.CODE_CHARS),
        whole_alliance=checks.given(written.whole_alliance) or False,
        month=checks.month(written.month, "input.month"),
        aim=Target(amount_fen=checks.optional_fen(written.amount, "input.amount"), orders=orders),
    )


def read_figures(
    month: DateText,
    group_by: FigureGroup | None,
    staff_code: str | None,
    unit_code: str | None,
    first: int | None,
    after: str | None,
) -> ReadFigures:
    """Return what is asked; a code that does not go with the rows asked for is a bad request."""
    group = checks.given(group_by) or FigureGroup.PERSON
    asked = ReadFigures(
        month=checks.month(month, "month"),
        group=group,
        page=checks.page(first, after, kind=CURSOR_KIND, default=50),
        staff_code=checks.optional_filled(staff_code, "staffCode", at_most=checks.CODE_CHARS),
        unit_code=checks.optional_filled(unit_code, "unitCode", at_most=checks.CODE_CHARS),
    )
    if asked.staff_code is not None and (group is not FigureGroup.PERSON or asked.unit_code is not None):
        raise BadInput("staffCode", "nothing here, or groupBy PERSON without a unitCode")
    if asked.unit_code is not None and group is FigureGroup.ALLIANCE:
        raise BadInput("unitCode", "nothing here, or groupBy PERSON or UNIT")
    return asked
