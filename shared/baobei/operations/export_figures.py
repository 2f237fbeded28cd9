"""The figures of a month as a workbook: the rows that the same person reads over GraphQL, all of them."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.read_figures import FigureGroup, FigurePage, FigureRow, ReadFigures, read_figures
from baobei.operations.transaction import lent
from baobei.policy.disputes import DisputeStatus
from baobei.sheets.annotate import Workbook
from baobei.sheets.cells import EMPTY, Cell
from baobei.store import organisation
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.paging import Page

ROWS_A_PAGE: Final = 500
OF_OUTCOME: Final = {
    AttemptOutcome.PROTECTED: "受保护 Protected",
    AttemptOutcome.INCOMPLETE: "信息不全 Incomplete",
    AttemptOutcome.AFTER_DEAL: "成交后报备 After the deal",
    AttemptOutcome.DUPLICATE_OWN: "本人重复 Own already",
    AttemptOutcome.ALREADY_PROTECTED: "他人已报备 Somebody else's",
    AttemptOutcome.COOLING_DOWN: "冷却期内 Cooling down",
    AttemptOutcome.OVER_QUOTA: "名额用完 Over quota",
    AttemptOutcome.AWAITING_APPROVAL: "待审批 Awaiting approval",
    AttemptOutcome.NOT_CONSIDERED: "未受理 Not considered",
}
OF_STATUS: Final = {
    DisputeStatus.OPEN: "未结 Open",
    DisputeStatus.RULED: "改判 Ruled",
    DisputeStatus.UPHELD: "维持 Upheld",
    DisputeStatus.WITHDRAWN: "撤回 Withdrawn",
    DisputeStatus.VOID: "作废 Void",
}
# A column for each outcome and status that there is.
HEADINGS: Final = (
    "编号 Code",
    "名称 Name",
    "单位 Unit",
    "报备次数 Attempts",
    *(f"其中{OF_OUTCOME[outcome]}" for outcome in AttemptOutcome),
    "成功报备 Registered",
    "其中失效 Lapsed",
    "失效率% Lapse rate",
    "其中到期 Expired",
    "到期率% Expiry rate",
    "其中成交 Converted",
    "转化率% Conversion",
    "按时跟进 Follow-ups in time",
    "逾期未跟进 Follow-ups missed",
    "跟进达成率% Compliance",
    "业绩单数 Credited orders",
    "业绩金额(元) Credited amount",
    "提出异议 Disputes opened",
    *(f"其中{OF_STATUS[status]}" for status in DisputeStatus),
    "目标单数 Target orders",
    "目标金额(元) Target amount",
    "单数完成% Orders reached",
    "金额完成% Amount reached",
)
_WHOLE_ALLIANCE: Final = "联盟合计 Alliance"

# Code, name and unit of whom a row is.
_Named = tuple[str, str, str]


async def export_figures(
    office: Office, actor: Actor, *, month: date, group: FigureGroup, unit_code: str | None = None
) -> bytes | None:
    """Return a workbook of the figures that the actor may read; None for a unit that is not theirs to read.

    Each page of rows is as of an instant of its own. No cell is taken for a formula.
    """
    asked = ReadFigures(month=month, group=group, page=Page(first=ROWS_A_PAGE), unit_code=unit_code)
    first = await read_figures(office, actor, asked)
    if first is None:
        return None
    with closing(Workbook(month.strftime("%Y-%m"))) as book:
        book.row(HEADINGS)
        async for page in _pages(office, actor, asked, first):
            named = await _names(office, actor, page)
            for row in page.rows:
                book.row([*named[row.id], *_cells(row)])
        return book.end()


async def _pages(
    office: Office, actor: Actor, asked: ReadFigures, first: FigurePage
) -> AsyncIterator[FigurePage]:
    page: FigurePage | None = first
    while page is not None and page.rows:
        yield page
        if not page.has_next:
            return
        rest = Page(first=ROWS_A_PAGE, after=page.rows[-1].id)
        page = await read_figures(office, actor, replace(asked, page=rest))


async def _names(office: Office, actor: Actor, page: FigurePage) -> dict[UUID, _Named]:
    ids, alliance = [row.id for row in page.rows], actor.alliance
    if page.group is FigureGroup.ALLIANCE:
        return dict.fromkeys(ids, (alliance.code, _WHOLE_ALLIANCE, EMPTY))
    async with lent(office, actor) as connection:
        if page.group is FigureGroup.UNIT:
            units = await organisation.units_by_ids(connection, alliance.id, ids)
            return {id: (unit.code, unit.name, unit.name) for id, unit in units.items()}
        people = await organisation.staff_by_ids(connection, alliance.id, ids)
        of = await organisation.units_by_ids(connection, alliance.id, {p.unit_id for p in people.values()})
    return {id: (person.code, person.name, of[person.unit_id].name) for id, person in people.items()}


def _cells(row: FigureRow) -> list[Cell]:
    found = row.figures
    return [
        found.attempted,
        *(found.attempts.get(outcome, 0) for outcome in AttemptOutcome),
        found.made.made,
        found.made.lapsed,
        _in_hundreds(found.lapse_rate_bp),
        found.made.expired,
        _in_hundreds(found.expiry_rate_bp),
        found.made.converted,
        _in_hundreds(found.conversion_bp),
        found.followed_up.met,
        found.followed_up.missed,
        _in_hundreds(found.compliance_bp),
        found.credited.orders,
        _in_hundreds(found.credited.amount_fen),
        found.disputed,
        *(found.disputes.get(status, 0) for status in DisputeStatus),
        EMPTY if found.target.orders is None else found.target.orders,
        _in_hundreds(found.target.amount_fen),
        _in_hundreds(found.orders_reached_bp),
        _in_hundreds(found.amount_reached_bp),
    ]


def _in_hundreds(hundredths: int | None) -> Cell:
    """Return fen as yuan, basis points as percent; a spreadsheet keeps such a number exactly to 15 digits."""
    return EMPTY if hundredths is None else hundredths / 100
