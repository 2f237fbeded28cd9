"""Handovers: what one would do, how far it has come, and what was left as it was."""

from datetime import datetime
from typing import Annotated, TypeAlias, Union
from uuid import UUID

import strawberry

from baobei.operations.handover_answers import SENTENCES, left_as_they_were, requests_of
from baobei.store.handover_models import HandoverItem
from baobei_api.graphql import checks, inputs
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import DistributionMethod, HandoverOutcome, HandoverState, Language
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.handover_requests import HandoverRequestLine, request_line
from baobei_api.graphql.types.people import Staff
from baobei_api.graphql.types.registrations import Registration
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import InLanguage, said

MOST_POSITIONS = 2**31 - 1

AfterPosition: TypeAlias = Annotated[
    int | None, strawberry.argument(description="The position of the last line of the page before.")
]


@strawberry.type(description="What one receiver gets of a handover.")
class HandoverShare:
    """A share."""

    total: int = strawberry.field(description="How many registrations are meant for them.")
    moved: int = strawberry.field(description="How many of these have passed to them; 0 in a preview.")
    to_staff_id: strawberry.Private[UUID | None]

    @resolved("Who gets them; null for those whose store or department has nobody among the receivers.")
    async def to(self, info: Info) -> Staff | None:
        """Return the receiver."""
        return await person(info, self.to_staff_id)


@strawberry.type(description="A registration of a handover.")
class HandoverLine:
    """A line."""

    position: int = strawberry.field(description="Its place, from 1, the oldest registration first.")
    outcome: HandoverOutcome | None = strawberry.field(
        description="What became of it; null until its turn comes."
    )
    registration_id: strawberry.Private[UUID]
    to_staff_id: strawberry.Private[UUID | None]

    @resolved("The registration, as it is now.")
    async def registration(self, info: Info) -> Registration:
        """Return the registration."""
        stored = await info.context.loaders.registration_by_id.load(self.registration_id)
        return info.context.convert.registration(stored)

    @resolved("Who is to get it; null where nobody of its store or department is among the receivers.")
    async def to(self, info: Info) -> Staff | None:
        """Return the receiver."""
        return await person(info, self.to_staff_id)

    @resolved("What became of it, in one sentence for people; null until its turn comes.")
    def message(self, language: InLanguage = Language.ZH) -> str | None:
        """Return the sentence."""
        return None if self.outcome is None else said(SENTENCES[self.outcome], language)


@strawberry.type(description="交接预览: what a handover would do now; nothing is changed by looking.")
class HandoverPreview:
    """A preview."""

    total: int = strawberry.field(description="Live registrations that are the person's, at most 50000.")
    movable: int = strawberry.field(description="How many of these have a receiver.")
    more: bool = strawberry.field(description="Whether more is theirs than one handover takes.")
    request_count: int = strawberry.field(
        description="Requests that wait on these registrations and go on with them."
    )
    passing_request_count: int = strawberry.field(
        description="Requests of the person's that wait, concern no registration and pass on by themselves, at most 5000."
    )
    passing_requests: list[HandoverRequestLine] = strawberry.field(
        description="The first of these requests, and who gets them, at most 20."
    )
    distribution_digest: str = strawberry.field(
        description="What tells this distribution from any other; given to `handOver`, it begins only what was looked at."
    )
    shares: list[HandoverShare] = strawberry.field(description="What each receiver would get, at most 101.")
    sample: list[HandoverLine] = strawberry.field(description="The first registrations, at most 20.")
    not_movable: list[HandoverLine] = strawberry.field(
        description="The first registrations that would stay whose they are, and why, at most 20."
    )
    from_staff_id: strawberry.Private[UUID]

    @resolved("Whose registrations they are.")
    async def from_staff(self, info: Info) -> Staff:
        """Return whose they are."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.from_staff_id))


@strawberry.type(
    description="交接: registrations pass from a person to colleagues; the worker carries it out."
)
class Handover:
    """A handover."""

    id: strawberry.ID = strawberry.field(description="The id of the handover.")
    state: HandoverState = strawberry.field(description="Where it is.")
    method: DistributionMethod = strawberry.field(description="How the registrations are shared out.")
    reason: str = strawberry.field(description="Why.")
    total: int = strawberry.field(
        description="How many registrations it is about; 0 until it is begun, as they are counted then."
    )
    moved: int = strawberry.field(description="How many have passed to a colleague.")
    skipped: int = strawberry.field(description="How many were left as they were, each with its reason.")
    more: bool = strawberry.field(
        description="Whether more was theirs than one handover takes: begin another one for the rest."
    )
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When it was decided; null until then.")
    ended_at: datetime | None = strawberry.field(
        description="When it ended, or its request was decided otherwise; null until then."
    )
    request_total: int = strawberry.field(
        description="How many requests of the person's own pass on by themselves; 0 until it is begun."
    )
    requests_moved: int = strawberry.field(description="How many of these have passed to a colleague.")
    approval_id: strawberry.ID | None = strawberry.field(
        description="The request that it waits or waited for; null when the department head began it at once."
    )
    shares: list[HandoverShare] = strawberry.field(
        description="What each receiver gets, at most 101; empty until it is begun."
    )
    handover_id: strawberry.Private[UUID]
    from_staff_id: strawberry.Private[UUID]
    receiver_ids: strawberry.Private[tuple[UUID, ...]]
    asked_by_id: strawberry.Private[UUID]
    started_by_id: strawberry.Private[UUID | None]

    @resolved("Whose registrations they are or were.")
    async def from_staff(self, info: Info) -> Staff:
        """Return whose they are."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.from_staff_id))

    @resolved("Who takes over, in the order in which they take turns, at most 100.")
    async def receivers(self, info: Info) -> list[Staff]:
        """Return the receivers."""
        found = await info.context.loaders.staff_by_id.load_many(self.receiver_ids)
        return [info.context.convert.staff(each) for each in found]

    @resolved("Who asked for it.")
    async def asked_by(self, info: Info) -> Staff:
        """Return who asked."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.asked_by_id))

    @resolved("Who decided it; null until then.")
    async def started_by(self, info: Info) -> Staff | None:
        """Return who decided."""
        return await person(info, self.started_by_id)

    @resolved("The requests of the person's own, who gets them and what became of them, in order.")
    async def requests(
        self, info: Info, first: inputs.First = 20, after: AfterPosition = 0
    ) -> list[HandoverRequestLine]:
        """Return a page of requests."""
        size, position = checks.page_size(first, "first", default=20), _position(after)
        context = info.context
        found = await requests_of(
            context.office, context.actor, self.handover_id, after=position, at_most=size
        )
        return [request_line(each) for each in found]

    @resolved("What was left as it was, and why, in order.")
    async def left(
        self,
        info: Info,
        first: inputs.First = 20,
        after: AfterPosition = 0,
    ) -> list[HandoverLine]:
        """Return a page of what was left as it was."""
        size, position = checks.page_size(first, "first", default=20), _position(after)
        context = info.context
        found = await left_as_they_were(
            context.office, context.actor, self.handover_id, after=position, at_most=size
        )
        return [line_view(item) for item in found]


@strawberry.type(description="A handover that was begun; ask `handover` how far it has come.")
class HandoverBegun:
    """A handover that was begun."""

    handover: Handover = strawberry.field(description="The handover.")


PreviewHandoverResult: TypeAlias = Annotated[
    Union[HandoverPreview, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("PreviewHandoverResult", description="What a handover would do, or why it cannot be."),
]
HandOverResult: TypeAlias = Annotated[
    Union[HandoverBegun, Refused],  # noqa: UP007
    strawberry.union("HandOverResult", description="What handing over comes to."),
]


def _position(after: int | None) -> int:
    position = after or 0
    if not 0 <= position <= MOST_POSITIONS:
        raise BadInput("after", f"a whole number from 0 to {MOST_POSITIONS}, got {position}")
    return position


def line_view(item: HandoverItem) -> HandoverLine:
    """Return a registration of a handover."""
    return HandoverLine(
        position=item.position,
        outcome=item.outcome,
        registration_id=item.registration_id,
        to_staff_id=item.to_staff_id,
    )


async def person(info: Info, id: UUID | None) -> Staff | None:
    """Return a staff member, None for nobody."""
    if id is None:
        return None
    return info.context.convert.staff(await info.context.loaders.staff_by_id.load(id))
