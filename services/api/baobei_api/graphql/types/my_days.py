"""What a person opens in the morning."""

from datetime import datetime
from uuid import UUID

import strawberry

from baobei.policy.terms import FollowUpKind, StandingStatus
from baobei.store.attribution_models import AttributionVerdict
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import Language
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.approvals import Approval
from baobei_api.graphql.types.orders import Order
from baobei_api.graphql.types.people import Quota
from baobei_api.graphql.types.registrations import Registration
from baobei_api.graphql.types.shared import InLanguage, PageInfo, Sentence, said


@strawberry.type(
    description="A thing to do for a customer, by the follow-up plan; done by recording a follow-up."
)
class FollowUpTask:
    """A task."""

    step: str = strawberry.field(description="The step of the plan, as the policy names it.")
    kinds: list[FollowUpKind] = strawberry.field(description="Any follow-up of these kinds does it.")
    opens_at: datetime = strawberry.field(description="From when on it is to be done.")
    due_at: datetime = strawberry.field(description="The first instant at which it is overdue.")
    overdue: bool = strawberry.field(description="Whether it is overdue now.")
    registration: Registration = strawberry.field(description="The registration that it is for.")
    sentence: strawberry.Private[Sentence]

    @resolved(
        "What is to be done and by when, or since when it is overdue, in one sentence, with its clause."
    )
    def explanation(self, language: InLanguage = Language.ZH) -> str:
        """Return the sentence."""
        return said(self.sentence(), language)


@strawberry.type(description="A task in its list.")
class FollowUpTaskEdge:
    """An edge."""

    node: FollowUpTask = strawberry.field(description="The task.")
    cursor: str = strawberry.field(description="Its place in the list, opaque.")


@strawberry.type(description="A page of one's own tasks, in the order of `myDay.tasks`.")
class FollowUpTaskConnection:
    """A page."""

    edges: list[FollowUpTaskEdge] = strawberry.field(description="At most `first` tasks.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(
    description="A live registration that is to be followed up by the end of today, or was to be before (3.3.2)."
)
class FollowUpDue:
    """A follow-up that is due."""

    registration: Registration = strawberry.field(description="The registration.")
    due_at: datetime = strawberry.field(description="The first instant at which the follow-up is overdue.")
    overdue: bool = strawberry.field(description="Whether it is overdue now.")
    hours_left: int = strawberry.field(
        description="Whole hours until then, rounded down: 0 in the last hour and at the instant itself, negative after it."
    )
    lapses_at: datetime = strawberry.field(
        description="When the claim no longer holds against a colleague, if nothing is recorded before."
    )
    lapsed: bool = strawberry.field(
        description="Whether it has lapsed already; a follow-up cures it as long as no colleague registers the customer."
    )
    sentence: strawberry.Private[Sentence]

    @resolved("What is to be done and by when, and what comes of it when it is not done, with the clauses.")
    def explanation(self, language: InLanguage = Language.ZH) -> str:
        """Return the sentences."""
        return said(self.sentence(), language)


@strawberry.type(description="A live registration that is about to lapse or expire.")
class ClaimAtRisk:
    """A claim at risk."""

    registration: Registration = strawberry.field(description="The registration.")
    what: StandingStatus = strawberry.field(description="LAPSED or EXPIRED: what comes first.")
    at: datetime = strawberry.field(description="When, if nothing is recorded before.")
    hours_left: int = strawberry.field(description="Whole hours until then.")


@strawberry.type(description="A decision on an order of one's own.")
class OrderNews:
    """News of an order."""

    verdict: AttributionVerdict = strawberry.field(
        description="How it was decided; RULED by a ruling, REVERSED when the order was cancelled."
    )
    at: datetime = strawberry.field(description="When it was decided.")
    order_id: strawberry.Private[UUID]

    @resolved("The order.")
    async def order(self, info: Info) -> Order:
        """Return the order."""
        return info.context.convert.order(await info.context.loaders.order_by_id.load(self.order_id))


@strawberry.type(description="What a person opens in the morning; each list has at most 100.")
class MyDay:
    """A day."""

    as_of: datetime = strawberry.field(description="The instant that it is computed for.")
    tasks: list[FollowUpTask] = strawberry.field(
        description="Tasks of one's own registrations that have opened and are not done: what is to be done once before what"
        " comes every week; of each what is due today or later, the soonest first, then what is overdue from before, the"
        " newest first. The first of `myTasks`."
    )
    tasks_count: int = strawberry.field(description="How many tasks there are in all.")
    follow_ups_due: list[FollowUpDue] = strawberry.field(
        description="One's own live claims that are to be followed up by the end of today, or were to be before: those that"
        " still protect, the soonest due first; then those that have lapsed and that a follow-up would cure, the latest"
        " lapse first."
    )
    follow_ups_due_count: int = strawberry.field(description="How many such claims there are in all.")
    at_risk: list[ClaimAtRisk] = strawberry.field(
        description="One's own claims that lapse or expire by the end of the third day from today, the soonest first."
    )
    at_risk_count: int = strawberry.field(description="How many such claims there are in all.")
    quota: Quota | None = strawberry.field(
        description="One's quota of this month; null for whoever registers nobody."
    )
    news: list[OrderNews] = strawberry.field(
        description="What was decided since yesterday on orders that one took, is or was credited with, or had registered."
    )
    requests: list[Approval] = strawberry.field(
        description="Requests that wait for one's decision, the oldest first: the first of `approvalInbox`."
    )
