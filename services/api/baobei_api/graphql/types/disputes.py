"""Disputes of decisions: the bench of the department head."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, TypeAlias, Union
from uuid import UUID

import strawberry

from baobei.policy.disputes import CaseEventKind, DisputeStatus
from baobei.policy.explain_dispute import explain_case_event, explain_dispute
from baobei.store import dispute_models, organisation_models
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.dispute_models import Dispute as StoredDispute
from baobei.store.dispute_statements import StatementPage
from baobei_api.graphql import checks, dispute_reads, inputs
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import Language
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.orders import Attribution, Order
from baobei_api.graphql.types.people import Staff
from baobei_api.graphql.types.policy import Clause
from baobei_api.graphql.types.registrations import Registration
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import InLanguage, PageInfo, Sentence, page_info, said

CASE_EVENT_CURSOR = "e"

AfterStatement: TypeAlias = Annotated[
    strawberry.ID | None, strawberry.argument(description="The id of the last statement of the page before.")
]


@strawberry.type(description="What a side said in a dispute; appended, never changed.")
class DisputeStatement:
    """A statement."""

    id: strawberry.ID = strawberry.field(description="The id of the statement.")
    text: str = strawberry.field(
        description="What was said, at most 2000 characters; phones are hidden from whoever does not see the customer."
    )
    made_at: datetime = strawberry.field(description="When.")
    made_by_id: strawberry.Private[UUID]

    @resolved("Who said it.")
    async def made_by(self, info: Info) -> Staff:
        """Return who said it."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.made_by_id))


@strawberry.type(description="Something that was recorded of the customer or the order.")
class CaseEvent:
    """A case event."""

    kind: CaseEventKind = strawberry.field(description="What happened.")
    record_id: strawberry.ID = strawberry.field(
        description="Of the attempt, follow-up, registration, request, order, attribution, dispute or statement."
    )
    at: datetime = strawberry.field(description="When it was recorded.")
    code: str | None = strawberry.field(
        description="The outcome of an attempt, the kind of a follow-up, the kind or status of a request, the verdict."
    )
    clause_number: str | None = strawberry.field(description="The clause that decided; null where none did.")
    text: str | None = strawberry.field(
        description="What was written with it; phones are hidden from whoever does not see the customer."
    )
    by_id: strawberry.Private[UUID | None]
    side_id: strawberry.Private[UUID | None]
    registration_id: strawberry.Private[UUID | None]
    sentence: strawberry.Private[Sentence]

    @resolved("Who did it; null for what the calendar or the policy did.")
    async def by(self, info: Info) -> Staff | None:
        """Return who did it."""
        return await _staff(info, self.by_id)

    @resolved(
        "Whose it was then: the owner of the registration, for whom the attempt or the request was, who took the order"
        " or spoke; null for nobody's."
    )
    async def side(self, info: Info) -> Staff | None:
        """Return whose it is."""
        return await _staff(info, self.side_id)

    @resolved("The registration that it is about, if any.")
    async def registration(self, info: Info) -> Registration | None:
        """Return the registration."""
        if self.registration_id is None:
            return None
        stored = await info.context.loaders.registration_by_id.load(self.registration_id)
        return info.context.convert.registration(stored)

    @resolved("What happened, in words.")
    def explanation(self, language: InLanguage = Language.ZH) -> str:
        """Return the words."""
        return said(self.sentence(), language)


@strawberry.type(description="A case event in its list.")
class CaseEventEdge:
    """An edge."""

    node: CaseEvent = strawberry.field(description="The event.")
    cursor: str = strawberry.field(description="Its place in the list, opaque.")


@strawberry.type(description="A page of case events, in the order of recording.")
class CaseEventConnection:
    """A page."""

    edges: list[CaseEventEdge] = strawberry.field(description="At most `first` events.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(description="业绩异议: somebody with a stake disputes who is credited with an order.")
class Dispute:
    """A dispute as the viewer may see it."""

    id: strawberry.ID = strawberry.field(description="The id of the dispute.")
    status: DisputeStatus = strawberry.field(description="Where it is.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null while it is open.")
    reason: str | None = strawberry.field(
        description="Why it was ruled on, upheld or withdrawn; null while it is open, and when it is void."
    )
    stored: strawberry.Private[StoredDispute]

    @resolved("Who opened it.")
    async def opened_by(self, info: Info) -> Staff:
        """Return who opened it."""
        staff = await info.context.loaders.staff_by_id.load(self.stored.opened_by_id)
        return info.context.convert.staff(staff)

    @resolved("Who ended it; null while it is open.")
    async def ended_by(self, info: Info) -> Staff | None:
        """Return who ended it."""
        return await _staff(info, self.stored.ended_by_id)

    @resolved("The order; null for whoever does not see the order itself.")
    async def order(self, info: Info) -> Order | None:
        """Return the order."""
        found = await dispute_reads.case_of(info.context, self.stored)
        return None if found is None else info.context.convert.order(found.order)

    @resolved("The decision that is disputed; null for whoever has no part in it but a refused attempt.")
    async def decision(self, info: Info) -> Attribution | None:
        """Return the decision that was in force."""
        return await _attribution(info, self.stored, self.stored.attribution_id)

    @resolved(
        "The ruling that ended it, if one did; null for whoever has no part in it but a refused attempt."
    )
    async def ruling(self, info: Info) -> Attribution | None:
        """Return the ruling."""
        return await _attribution(info, self.stored, self.stored.ruling_id)

    @resolved("What the sides said, oldest first, in pages; the case events have it all in its place.")
    async def statements(
        self, info: Info, first: inputs.First = 50, after: AfterStatement = strawberry.UNSET
    ) -> list[DisputeStatement]:
        """Return a page of the statements."""
        context, given = info.context, checks.given(after)
        last = None if given is None else checks.record_id(given, "after")
        if given is not None and last is None:
            return []
        page = StatementPage(
            dispute_id=self.stored.id, first=checks.page_size(first, "first", default=50), after=last
        )
        return [
            DisputeStatement(
                id=strawberry.ID(str(each.id)),
                text=context.convert.disclosure.text(each.text, owner=maker),
                made_at=context.convert.local(each.made_at),
                made_by_id=each.made_by_id,
            )
            for each, maker in await dispute_reads.statements(context, page)
        ]

    @resolved(
        "What is on record, gathered from the records: attempts of all sides (the refused too), follow-ups, measurements,"
        " extensions, requests in whatever state, transfers, decisions, statements, in the order of recording. Of other"
        " sides a party sees what the decision shows; whoever sees the alliance sees all."
    )
    async def case_events(
        self, info: Info, first: inputs.First = 50, after: inputs.After = strawberry.UNSET
    ) -> CaseEventConnection:
        """Return a page of case events."""
        page = checks.page(first, after, kind=CASE_EVENT_CURSOR, default=50)
        found = await dispute_reads.case_events(info.context, self.stored, page)
        edges = [
            CaseEventEdge(
                node=_case_event(info, event, found.people),
                cursor=checks.cursor(CASE_EVENT_CURSOR, UUID(int=event.sequence)),
            )
            for event in found.events
        ]
        return CaseEventConnection(
            edges=edges,
            page_info=page_info([edge.cursor for edge in edges], page=page, has_next=found.has_next),
        )

    @resolved("Where it is and what that means; of one that was taken back, by whom.")
    async def explanation(self, info: Info, language: InLanguage = Language.ZH) -> str:
        """Return the sentence."""
        dispute, staff = self.stored, info.context.loaders.staff_by_id
        ended_by = dispute.opened_by_id if dispute.ended_by_id is None else dispute.ended_by_id
        opener, other = await staff.load_many([dispute.opened_by_id, ended_by])
        acting = None if other.id == opener.id else other.name
        return said(explain_dispute(dispute.status, opened_by=opener.name, acting=acting), language)


@strawberry.type(description="A dispute in its list.")
class DisputeEdge:
    """An edge."""

    node: Dispute = strawberry.field(description="The dispute.")
    cursor: str = strawberry.field(description="Its place in the list, opaque.")


@strawberry.type(description="A page of disputes, newest first.")
class DisputeConnection:
    """A page."""

    edges: list[DisputeEdge] = strawberry.field(description="At most `first` disputes.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(description="A share that a ruling gave.")
class PrecedentShare:
    """A share."""

    share_bp: int = strawberry.field(description="The share in basis points; 10000 is the whole.")
    staff_id: strawberry.Private[UUID]

    @resolved("Who was credited.")
    async def staff(self, info: Info) -> Staff:
        """Return who was credited."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.staff_id))


@strawberry.type(description="An earlier ruling on an order that the policy had decided by the same clause.")
class Precedent:
    """A ruling to compare with; nothing of its customer."""

    attribution_id: strawberry.ID = strawberry.field(description="The id of the ruling.")
    verdict: AttributionVerdict = strawberry.field(description="What the policy had decided.")
    needs_review: bool = strawberry.field(description="Whether that decision asked for a review.")
    alike: bool = strawberry.field(description="Whether both are as in the case at hand.")
    in_force: bool = strawberry.field(
        description="Whether it still stands: neither another ruling nor a cancellation came after it."
    )
    ruled_at: datetime = strawberry.field(description="When it was ruled on.")
    reason: str = strawberry.field(description="Why, with phones hidden.")
    shares: list[PrecedentShare] = strawberry.field(description="The shares, which sum to 10000.")
    clause: Clause | None = strawberry.field(
        description="The clause of the policy's decision, as worded now; null where none decided."
    )
    ruled_by_id: strawberry.Private[UUID]

    @resolved("Who ruled.")
    async def ruled_by(self, info: Info) -> Staff:
        """Return who ruled."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.ruled_by_id))


@strawberry.type(description="A dispute that was opened, added to, withdrawn or decided.")
class DisputeRecorded:
    """A dispute after the change."""

    dispute: Dispute = strawberry.field(description="The dispute as it is now.")


DisputeResult: TypeAlias = Annotated[
    Union[DisputeRecorded, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("DisputeResult", description="What a change to a dispute comes to."),
]


async def _staff(info: Info, id: UUID | None) -> Staff | None:
    if id is None:
        return None
    return info.context.convert.staff(await info.context.loaders.staff_by_id.load(id))


async def _attribution(info: Info, dispute: StoredDispute, id: UUID | None) -> Attribution | None:
    if id is None or (case := await dispute_reads.decided_case(info.context, dispute)) is None:
        return None
    found = next(each for each in case.attributions if each.id == id)
    return info.context.convert.attribution(case, found, in_full=True)


def _case_event(
    info: Info, event: dispute_models.CaseEvent, people: Mapping[UUID, organisation_models.Staff]
) -> CaseEvent:
    """Return a case event; phones in what was written are hidden from whoever does not see the customer as it is now.

    Of nobody's record from all but the department head.
    """
    convert = info.context.convert
    owner = None if event.owner_id is None else people[event.owner_id]
    return CaseEvent(
        kind=event.kind,
        record_id=strawberry.ID(str(event.record_id)),
        at=convert.local(event.at),
        code=event.code,
        clause_number=event.clause,
        text=convert.disclosure.optional_text(event.text, owner=owner),
        by_id=event.by_id,
        side_id=event.side_id,
        registration_id=event.registration_id,
        sentence=partial(explain_case_event, event.kind),
    )
