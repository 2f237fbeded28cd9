"""The queries: read the arguments, read what the viewer may see, show it."""

from typing import Annotated

import strawberry

from baobei.operations.check_protection import CheckProtection, check_protection
from baobei.store.approval_models import ApprovalStatus
from baobei_api.graphql import checks, inputs, reads, requests
from baobei_api.graphql.api_key_fields import ApiKeyQueries
from baobei_api.graphql.context import Info
from baobei_api.graphql.dispute_fields import DisputeQueries
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.figure_fields import FigureQueries
from baobei_api.graphql.handover_fields import HandoverQueries
from baobei_api.graphql.leaver_fields import LeaverQueries
from baobei_api.graphql.my_day_fields import MyDayQueries
from baobei_api.graphql.quota_queries import QuotaQueries
from baobei_api.graphql.report_fields import ReportQueries
from baobei_api.graphql.request_fields import RequestQueries
from baobei_api.graphql.types.approvals import Approval
from baobei_api.graphql.types.orders import Order, OrderConnection
from baobei_api.graphql.types.people import Staff
from baobei_api.graphql.types.policy import PolicyVersion
from baobei_api.graphql.types.registrations import Registration, RegistrationConnection
from baobei_api.graphql.types.results import ProtectionCheck
from baobei_api.graphql.webhook_queries import WebhookQueries


@strawberry.type(description="What can be read. What may not be seen is null, like what there is not.")
class Query(
    MyDayQueries,
    QuotaQueries,
    WebhookQueries,
    LeaverQueries,
    HandoverQueries,
    ApiKeyQueries,
    RequestQueries,
    DisputeQueries,
    FigureQueries,
    ReportQueries,
):
    """The queries."""

    @resolved("Who asks.")
    async def me(self, info: Info) -> Staff:
        """Return the viewer."""
        return info.context.convert.staff(info.context.actor.staff)

    @resolved(
        "May I register this customer now? Says yes or no and until when; never who or what."
        " Rate limited and recorded."
    )
    async def check_protection(
        self,
        info: Info,
        phone: Annotated[
            str | None, strawberry.argument(description="In any spelling, at most 64 characters.")
        ] = strawberry.UNSET,
        address: Annotated[
            str | None, strawberry.argument(description="In detail, at most 300 characters.")
        ] = strawberry.UNSET,
    ) -> ProtectionCheck:
        """Return whether a customer may be registered."""
        asked = CheckProtection(
            phone=checks.optional_text(phone, "phone", at_most=checks.PHONE_CHARS),
            address=checks.optional_text(address, "address", at_most=checks.ADDRESS_CHARS),
        )
        if asked.phone is None and asked.address is None:
            raise BadInput("phone", "a phone or an address")
        context = info.context
        answer = await check_protection(context.office, context.actor, asked)
        if answer.probing_suspected:
            context.metrics.probing_suspected()
        own = answer.own_registration
        return ProtectionCheck(
            available=answer.available,
            protected_until=context.convert.optional_local(answer.protected_until),
            own_registration=None if own is None else context.convert.registration(own),
        )

    @resolved("A registration that the viewer may see.")
    async def registration(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Registration | None:
        """Return a registration."""
        asked = checks.record_id(id, "id")
        found = None if asked is None else await reads.registration(info.context, asked)
        return None if found is None else info.context.convert.registration(found)

    @resolved("The registrations that the viewer may see, newest first.")
    async def registrations(
        self,
        info: Info,
        filter: Annotated[
            inputs.RegistrationFilter | None, strawberry.argument(description="What the list is narrowed to.")
        ] = strawberry.UNSET,
        first: inputs.First = 20,
        after: inputs.After = strawberry.UNSET,
    ) -> RegistrationConnection:
        """Return a page of registrations."""
        narrowed = requests.registration_filter(filter)
        page = checks.page(first, after, kind="r", default=20)
        found, has_next = await reads.registration_page(info.context, narrowed, page)
        return info.context.convert.registration_page(found, page=page, has_next=has_next)

    @resolved("An order that the viewer may see, by its id or by the caller's own number.")
    async def order(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The service's id of the order.")
        ] = strawberry.UNSET,
        external_ref: Annotated[
            str | None, strawberry.argument(description="The caller's own number for the order.")
        ] = strawberry.UNSET,
    ) -> Order | None:
        """Return an order."""
        written_id = checks.given(id)
        asked_ref = checks.optional_filled(external_ref, "externalRef", at_most=checks.REFERENCE_CHARS)
        if written_id is None and asked_ref is None:
            raise BadInput("id", "an id or an externalRef")
        asked_id = None if written_id is None else checks.record_id(written_id, "id")
        if written_id is not None and asked_id is None:
            return None
        found = await reads.order(info.context, id=asked_id, external_ref=asked_ref)
        return None if found is None else info.context.convert.order(found)

    @resolved("The orders that the viewer may see, newest first.")
    async def orders(
        self, info: Info, first: inputs.First = 20, after: inputs.After = strawberry.UNSET
    ) -> OrderConnection:
        """Return a page of orders."""
        page = checks.page(first, after, kind="o", default=20)
        found, has_next = await reads.order_page(info.context, page)
        return info.context.convert.order_page(found, page=page, has_next=has_next)

    @resolved("The requests that the viewer may see, newest first.")
    async def approvals(
        self,
        info: Info,
        status: Annotated[
            ApprovalStatus | None, strawberry.argument(description="Only those of this status.")
        ] = strawberry.UNSET,
        first: inputs.First = 50,
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The id of the last request of the page before."),
        ] = strawberry.UNSET,
    ) -> list[Approval]:
        """Return requests."""
        size, given = checks.page_size(first, "first", default=50), checks.given(after)
        last = None if given is None else checks.record_id(given, "after")
        if given is not None and last is None:
            return []
        found = await reads.approval_list(info.context, status=checks.given(status), first=size, after=last)
        return [info.context.convert.approval(approval) for approval in found]

    @resolved("In force at an instant; now when left out.")
    async def policy(self, info: Info, at: inputs.At = strawberry.UNSET) -> PolicyVersion:
        """Return a version of the policy."""
        published = await reads.policy(info.context, checks.optional_instant(at, "at"))
        return info.context.convert.policy_version(published)
