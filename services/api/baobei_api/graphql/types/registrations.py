"""Registrations, their standing and their follow-ups."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from baobei.policy.regions import HomeRegion
from baobei.policy.terms import Channel, FollowUpKind, StandingStatus
from baobei.store.registration_models import Segment, StoredRegistration
from baobei_api.graphql import checks
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import Language
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.scalars import InstantText
from baobei_api.graphql.types.people import Customer, Staff
from baobei_api.graphql.types.policy import Clause, PolicyVersion
from baobei_api.graphql.types.shared import InLanguage, PageInfo, Sentence, said


@strawberry.type(
    description="What a registration is worth at an instant, computed from what was recorded on it."
)
class Standing:
    """A standing."""

    status: StandingStatus = strawberry.field(description="The worth at `asOf`.")
    as_of: datetime = strawberry.field(description="The instant that was asked about.")
    clause: Clause | None = strawberry.field(description="The clause that the status rests on, if any.")
    follow_up_due_at: datetime | None = strawberry.field(
        description="The first instant at which the next follow-up is overdue; null once it has ended."
    )
    follow_up_overdue: bool = strawberry.field(description="Whether it is live and its follow-up is overdue.")
    lapses_at: datetime | None = strawberry.field(
        description="The first instant at which it no longer holds against a colleague; null once it has ended."
    )
    expires_at: datetime | None = strawberry.field(
        description="The first instant at which it ends without measurement or deposit; null where no such rule binds it."
    )
    ended_at: datetime | None = strawberry.field(description="When it ended; null while it is live.")
    sentence: strawberry.Private[Sentence]

    @resolved("The same in one sentence that a salesperson understands.")
    def explanation(self, language: InLanguage = Language.ZH) -> str:
        """Return the sentence."""
        return said(self.sentence(), language)


@strawberry.type(description="A recorded contact with the customer; never changed.")
class FollowUp:
    """A follow-up."""

    id: strawberry.ID = strawberry.field(description="The id of the follow-up.")
    kind: FollowUpKind = strawberry.field(description="How the customer was contacted.")
    note: str = strawberry.field(description="What was noted, at most 2000 characters.")
    recorded_at: datetime = strawberry.field(description="When the server recorded it: this is what counts.")
    occurred_at: datetime | None = strawberry.field(
        description="When the user says that it took place; information only."
    )
    recorded_by_id: strawberry.Private[UUID]

    @resolved("Who recorded it: the owner, or a manager for the owner.")
    async def recorded_by(self, info: Info) -> Staff:
        """Return who recorded it."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.recorded_by_id))


@strawberry.type(description="A follow-up in its list.")
class FollowUpEdge:
    """An edge."""

    node: FollowUp = strawberry.field(description="The follow-up.")
    cursor: str = strawberry.field(description="Its place in the list, opaque.")


@strawberry.type(description="A page of follow-ups, oldest first.")
class FollowUpConnection:
    """A page."""

    edges: list[FollowUpEdge] = strawberry.field(description="At most `first` follow-ups.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(description="A staff member's claim on a customer, made at an instant (报备).")
class Registration:
    """A registration as the viewer may see it."""

    id: strawberry.ID = strawberry.field(description="The id of the registration.")
    number: str = strawberry.field(description="Short, for people to say on the phone.")
    channel: Channel = strawberry.field(description="Where the registrant worked when registering.")
    registered_at: datetime = strawberry.field(description="The instant of admission.")
    new_need: bool = strawberry.field(
        description="Whether the attempt declared a new need after an earlier deal."
    )
    measured_at: datetime | None = strawberry.field(
        description="The first on-site measurement; null before it."
    )
    customer_class: str | None = strawberry.field(
        description="The class of the customer now, one of the policy's; null where none was given."
    )
    segment: Segment | None = strawberry.field(
        description="What kind of customer it is; null where it was not said."
    )
    source: str | None = strawberry.field(
        description="Where the customer comes from, one of the policy's sources; null where it was not said."
    )
    stored: strawberry.Private[StoredRegistration]

    @resolved(
        "What the customer needs; null where it was not said, and for whoever sees the registration only beside an"
        " order."
    )
    async def need(self, info: Info) -> str | None:
        """Return the need, opened for the viewer."""
        need_id, context = self.stored.profile.need_id, info.context
        if need_id is None:
            return None
        owner = await context.loaders.staff_by_id.load(self.stored.owner_id)
        if not context.convert.may_see_registration(owner):
            return None
        return context.convert.disclosure.text(await context.loaders.text_by_id.load(need_id), owner=owner)

    @resolved("The customer, masked unless the viewer may see them in full.")
    async def customer(self, info: Info) -> Customer:
        """Return the customer."""
        loaders = info.context.loaders
        owner = await loaders.staff_by_id.load(self.stored.owner_id)
        contact = await loaders.contact_by_id.load(self.stored.contact_id)
        return info.context.convert.customer_of_registration(contact, owner=owner)

    @resolved(
        "跨区域: where the home was found to be, seen from the unit of who registered it. NOT_NAMED is worth a look: the"
        " address names no district, so nothing had to wait. Null where the policy does not look (`cross_region`)."
    )
    async def home_region(self, info: Info) -> HomeRegion | None:
        """Return where the home is."""
        return await info.context.loaders.home_by_registration.load(self.stored.id)

    @resolved("Who made it.")
    async def registrant(self, info: Info) -> Staff:
        """Return who made it."""
        return info.context.convert.staff(
            await info.context.loaders.staff_by_id.load(self.stored.registrant_id)
        )

    @resolved("Whose it is now.")
    async def owner(self, info: Info) -> Staff:
        """Return the owner."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.stored.owner_id))

    @resolved("At an instant; now when left out. Computed, never merely read back.")
    async def standing(
        self,
        info: Info,
        at: Annotated[
            InstantText | None,
            strawberry.argument(description="At or after the registration; in the future: as things stand."),
        ] = strawberry.UNSET,
    ) -> Standing:
        """Return the standing."""
        instant = checks.optional_instant(at, "at")
        if instant is not None and instant < self.stored.registered_at:
            raise BadInput("at", f"an instant not before {self.registered_at.isoformat()}, the registration")
        now = await info.context.now()
        if instant is None or instant >= now:
            return info.context.convert.standing(self.stored.facts, instant or now)
        facts = await info.context.loaders.facts_by_registration_and_instant.load((self.stored.id, instant))
        return info.context.convert.standing(facts, instant)

    @resolved(
        "The recorded contacts, oldest first; empty for whoever sees the registration only beside an order."
    )
    async def follow_ups(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="1 to 100.")] = 20,
        after: Annotated[
            str | None, strawberry.argument(description="The `endCursor` of the page before.")
        ] = strawberry.UNSET,
    ) -> FollowUpConnection:
        """Return a page of follow-ups."""
        page = checks.page(first, after, kind="f", default=20)
        loaders, convert = info.context.loaders, info.context.convert
        owner = await loaders.staff_by_id.load(self.stored.owner_id)
        if not convert.may_see_registration(owner):
            return convert.follow_ups((), owner=owner, page=page, has_next=False)
        found, has_next = await loaders.follow_ups_by_registration_and_page.load((self.stored.id, page))
        return convert.follow_ups(found, owner=owner, page=page, has_next=has_next)

    @resolved("The version in force when it was made; it keeps it for life.")
    async def policy_version(self, info: Info) -> PolicyVersion:
        """Return the version."""
        published = await info.context.loaders.policy_version_by_id.load(self.stored.policy_version_id)
        return info.context.convert.policy_version(published)


@strawberry.type(description="A registration in its list.")
class RegistrationEdge:
    """An edge."""

    node: Registration = strawberry.field(description="The registration.")
    cursor: str = strawberry.field(description="Its place in the list, opaque.")


@strawberry.type(description="A page of registrations, newest first.")
class RegistrationConnection:
    """A page."""

    edges: list[RegistrationEdge] = strawberry.field(description="At most `first` registrations.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
