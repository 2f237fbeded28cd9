"""Requests of a handover: who is to get each, and what became of it."""

from uuid import UUID

import strawberry

from baobei.operations.handover_answers import REQUEST_SENTENCES
from baobei.store.handover_models import HandedRequest
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import HandoverOutcome, Language
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.approvals import Approval
from baobei_api.graphql.types.people import Staff
from baobei_api.graphql.types.shared import InLanguage, said


@strawberry.type(
    description="A request of a handover that concerns no registration: a cross-region attempt, or a special price asked by"
    " phone or address."
)
class HandoverRequestLine:
    """A line."""

    position: int = strawberry.field(description="Its place, from 1, the oldest request first.")
    outcome: HandoverOutcome | None = strawberry.field(
        description="What became of it; null until its turn comes."
    )
    approval_id: strawberry.Private[UUID]
    to_staff_id: strawberry.Private[UUID | None]

    @resolved("The request, as it is now.")
    async def request(self, info: Info) -> Approval:
        """Return the request."""
        stored = await info.context.loaders.approval_by_id.load(self.approval_id)
        return info.context.convert.approval(stored)

    @resolved("Who is to get it; null where nobody of its store or department is among the receivers.")
    async def to(self, info: Info) -> Staff | None:
        """Return the receiver."""
        if self.to_staff_id is None:
            return None
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.to_staff_id))

    @resolved("What became of it, in one sentence for people; null until its turn comes.")
    def message(self, language: InLanguage = Language.ZH) -> str | None:
        """Return the sentence."""
        return None if self.outcome is None else said(REQUEST_SENTENCES[self.outcome], language)


def request_line(request: HandedRequest) -> HandoverRequestLine:
    """Return a request of a handover."""
    return HandoverRequestLine(
        position=request.position,
        outcome=request.outcome,
        approval_id=request.approval_id,
        to_staff_id=request.to_staff_id,
    )
