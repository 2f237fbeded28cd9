"""What people are told about what a handover left as it was, and finding a handover."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Desk
from baobei.operations.transaction import lent
from baobei.policy.terms import Text
from baobei.store import handover_requests, handovers, organisation
from baobei.store.handover_models import HandedRequest, Handover, HandoverItem, HandoverOutcome, Share

SENTENCES: Final[Mapping[HandoverOutcome, Text]] = {
    HandoverOutcome.MOVED: Text(zh="已转交。", en="It has passed on."),
    HandoverOutcome.ENDED: Text(
        zh="轮到它时这份报备已经结束，没有转交。", en="The registration had ended when its turn came."
    ),
    HandoverOutcome.NOT_THEIRS: Text(
        zh="轮到它时这份报备已经归别人负责，没有转交。",
        en="The registration was somebody else's already when its turn came.",
    ),
    HandoverOutcome.RECEIVER_LEFT: Text(
        zh="接手的人已经离职，没有转交：请另选接手的人。",
        en="Whoever was to take it over does not work here any more: name somebody else for it.",
    ),
    HandoverOutcome.NO_RECEIVER: Text(
        zh="接手的人中没有与原报备人同门店（部门）的人，没有转交：请另选接手的人。",
        en="None of the receivers works in the store or department of whoever made this registration: choose somebody else.",
    ),
    HandoverOutcome.NOT_REACHED: Text(
        zh="交接中途失败，没有轮到这份报备，没有转交：请再办一次交接。",
        en="The handover failed before the turn of this registration came: begin another one for it.",
    ),
}


REQUEST_SENTENCES: Final[Mapping[HandoverOutcome, Text]] = {
    HandoverOutcome.MOVED: Text(zh="已转交。", en="It has passed on."),
    HandoverOutcome.ENDED: Text(
        zh="轮到它时这项申请已经有了结果，没有转交。", en="The request had been decided when its turn came."
    ),
    HandoverOutcome.NOT_THEIRS: Text(
        zh="轮到它时这项申请已经归别人，没有转交。",
        en="The request was somebody else's already when its turn came.",
    ),
    HandoverOutcome.RECEIVER_LEFT: SENTENCES[HandoverOutcome.RECEIVER_LEFT],
    HandoverOutcome.NO_RECEIVER: Text(
        zh="接手的人中没有与申请人同门店（部门）的人，没有转交：请另选接手的人。",
        en="None of the receivers works in the store or department that this request is of: choose somebody else.",
    ),
    HandoverOutcome.NOT_REACHED: Text(
        zh="交接中途失败，没有轮到这项申请，没有转交：请再办一次交接。",
        en="The handover failed before the turn of this request came: begin another one for it.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHandover:
    """A handover, and what each receiver gets of it."""

    handover: Handover
    shares: tuple[Share, ...]


async def find_handover(
    desk: Desk, actor: Actor, *, id: UUID | None, approval_id: UUID | None
) -> FoundHandover | None:
    """Return a handover by its id or by that of its request; None for what there is not.

    For whoever reads what the person leaves behind; None for anybody else, too.
    """
    alliance_id = actor.alliance.id
    async with lent(desk, actor) as connection:
        if id is not None:
            found = await handovers.by_id(connection, alliance_id, id)
        elif approval_id is not None:
            found = await handovers.by_approval(connection, alliance_id, approval_id)
        else:
            return None
        if found is None or (approval_id is not None and found.approval_id != approval_id):
            return None
        people = await organisation.staff_by_ids(connection, alliance_id, [found.from_staff_id])
        if not access.may_read_leaver(actor.staff, person=people[found.from_staff_id]):
            return None
        shares = await handovers.shares(connection, alliance_id, found.id)
    return FoundHandover(handover=found, shares=shares)


async def left_as_they_were(
    desk: Desk, actor: Actor, handover_id: UUID, *, after: int, at_most: int
) -> tuple[HandoverItem, ...]:
    """Return what a handover left as it was, after a position; who may has been asked when it was found."""
    async with lent(desk, actor) as connection:
        return await handovers.skipped(
            connection, actor.alliance.id, handover_id, after=after, at_most=at_most
        )


async def requests_of(
    desk: Desk, actor: Actor, handover_id: UUID, *, after: int, at_most: int
) -> tuple[HandedRequest, ...]:
    """Return the requests of a handover, after a position; who may has been asked when it was found."""
    async with lent(desk, actor) as connection:
        return await handover_requests.page(
            connection, actor.alliance.id, handover_id, after=after, at_most=at_most
        )
