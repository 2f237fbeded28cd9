"""Where figures and targets of the core become what a client sees of them."""

from decimal import Decimal

import strawberry

from baobei.operations.read_figures import FigureGroup, FigurePage, FigureRow
from baobei.store.targets import SetTarget
from baobei_api.graphql import checks
from baobei_api.graphql.context import Context
from baobei_api.graphql.figure_inputs import CURSOR_KIND
from baobei_api.graphql.money import yuan
from baobei_api.graphql.types import figures
from baobei_api.graphql.types.shared import PageInfo


def figures_view(context: Context, page: FigurePage, *, after: bool) -> figures.FiguresConnection:
    """Return a page of figures; `after`: it was asked for after a cursor."""
    edges = [
        figures.FiguresEdge(node=_row_view(row, page.group), cursor=checks.cursor(CURSOR_KIND, row.id))
        for row in page.rows
    ]
    return figures.FiguresConnection(
        month=page.month,
        counted_at=context.convert.local(page.counted_at),
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=after,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def target_view(context: Context, target: SetTarget) -> figures.Target:
    """Return a target."""
    return figures.Target(
        id=strawberry.ID(str(target.id)),
        month=target.month,
        amount=_optional_yuan(target.aim.amount_fen),
        orders=target.aim.orders,
        set_at=context.convert.local(target.set_at),
        staff_id=target.staff_id,
        unit_id=target.unit_id,
        set_by_id=target.set_by_id,
    )


def _row_view(row: FigureRow, group: FigureGroup) -> figures.Figures:
    found = row.figures
    return figures.Figures(
        staff_id=row.id if group is FigureGroup.PERSON else None,
        unit_id=row.id if group is FigureGroup.UNIT else None,
        attempts=found.attempted,
        attempts_by_outcome=[
            figures.OutcomeCount(outcome=outcome, attempts=found.attempts[outcome])
            for outcome in sorted(found.attempts)
        ],
        registered=found.made.made,
        lapsed=found.made.lapsed,
        lapse_rate_bp=found.lapse_rate_bp,
        expired=found.made.expired,
        expiry_rate_bp=found.expiry_rate_bp,
        converted=found.made.converted,
        conversion_bp=found.conversion_bp,
        follow_ups_met=found.followed_up.met,
        follow_ups_missed=found.followed_up.missed,
        follow_up_compliance_bp=found.compliance_bp,
        credited_orders=found.credited.orders,
        credited_amount=yuan(found.credited.amount_fen),
        disputes=found.disputed,
        disputes_by_status=[
            figures.DisputeCount(status=status, disputes=found.disputes[status])
            for status in sorted(found.disputes)
        ],
        target_amount=_optional_yuan(found.target.amount_fen),
        target_orders=found.target.orders,
        amount_reached_bp=found.amount_reached_bp,
        orders_reached_bp=found.orders_reached_bp,
    )


def _optional_yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else yuan(fen)
