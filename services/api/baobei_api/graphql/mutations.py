"""The mutations: read the input, ask the operation, show the answer. Nothing is decided here."""

from typing import Annotated

import strawberry

from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.decide_approval import DecideApproval, decide_approval
from baobei.operations.place_order import place_order
from baobei.operations.record_follow_up import record_follow_up
from baobei.operations.record_measurement import RecordMeasurement, record_measurement
from baobei.operations.register_customer import register_customer
from baobei.operations.request_extension import request_extension
from baobei.operations.rule_on_order import rule_on_order
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei_api.graphql import answers, checks, inputs, requests
from baobei_api.graphql.api_key_fields import ApiKeyMutations
from baobei_api.graphql.class_fields import ClassMutations
from baobei_api.graphql.contact_mutations import ContactMutations
from baobei_api.graphql.context import Info
from baobei_api.graphql.dispute_fields import DisputeMutations
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.figure_fields import FigureMutations
from baobei_api.graphql.handover_fields import HandoverMutations
from baobei_api.graphql.leaver_fields import LeaverMutations
from baobei_api.graphql.report_fields import ReportMutations
from baobei_api.graphql.request_fields import RequestMutations
from baobei_api.graphql.types import results
from baobei_api.graphql.webhook_mutations import WebhookMutations


@strawberry.type(description="What can be changed. A refusal is an answer, with its code and its clause.")
class Mutation(
    ApiKeyMutations,
    ClassMutations,
    ContactMutations,
    DisputeMutations,
    FigureMutations,
    HandoverMutations,
    LeaverMutations,
    ReportMutations,
    RequestMutations,
    WebhookMutations,
):
    """The mutations."""

    @resolved("报备: claim a customer. The first registration is protected.")
    async def register_customer(
        self,
        info: Info,
        input: Annotated[inputs.RegisterCustomerInput, strawberry.argument(description="The customer.")],
    ) -> results.RegisterCustomerResult:
        """Register a customer."""
        asked, context = requests.register_customer(input), info.context
        answer = await register_customer(context.office, context.actor, asked)
        return answers.registered(context, answer)

    @resolved("跟进: record a contact with the customer; it renews the claim.")
    async def record_follow_up(
        self,
        info: Info,
        input: Annotated[inputs.RecordFollowUpInput, strawberry.argument(description="The contact.")],
    ) -> results.RecordFollowUpResult:
        """Record a follow-up."""
        asked, context = requests.record_follow_up(input), info.context
        answer = await record_follow_up(context.office, context.actor, asked)
        return answers.followed_up(context, answer)

    @resolved("上门量尺: record the on-site measurement; it satisfies the expiry rule.")
    async def record_measurement(
        self,
        info: Info,
        registration_id: inputs.RegistrationRef,
        note: Annotated[
            str | None, strawberry.argument(description="At most 2000 characters.")
        ] = strawberry.UNSET,
    ) -> results.ChangeRegistrationResult:
        """Record a measurement."""
        context = info.context
        asked = RecordMeasurement(
            registration_id=checks.record_id(registration_id, "registrationId"),
            note=checks.optional_text(note, "note", at_most=checks.NOTE_CHARS),
        )
        answer = await record_measurement(context.office, context.actor, asked)
        return answers.registration_changed(context, answer)

    @resolved("Give a registration up; it cannot be undone.")
    async def withdraw_registration(
        self, info: Info, registration_id: inputs.RegistrationRef, reason: inputs.Reason
    ) -> results.ChangeRegistrationResult:
        """Withdraw a registration."""
        context = info.context
        asked = WithdrawRegistration(
            registration_id=checks.record_id(registration_id, "registrationId"),
            reason=requests.reason_of(reason),
        )
        answer = await withdraw_registration(context.office, context.actor, asked)
        return answers.registration_changed(context, answer)

    @resolved("Pass a registration to a colleague; the department head decides it. A touch.")
    async def transfer_registration(
        self,
        info: Info,
        registration_id: inputs.RegistrationRef,
        to_staff_code: inputs.StaffCode,
        reason: inputs.Reason,
    ) -> results.ChangeRegistrationResult:
        """Transfer a registration."""
        context = info.context
        asked = TransferRegistration(
            registration_id=checks.record_id(registration_id, "registrationId"),
            to_staff_code=requests.staff_code(to_staff_code, "toStaffCode"),
            reason=requests.reason_of(reason),
        )
        answer = await transfer_registration(context.office, context.actor, asked)
        return answers.registration_changed(context, answer)

    @resolved("下定: place an order; it is decided at once who is credited with it.")
    async def place_order(
        self,
        info: Info,
        input: Annotated[inputs.PlaceOrderInput, strawberry.argument(description="The order.")],
    ) -> results.ChangeOrderResult:
        """Place an order."""
        asked, context = requests.place_order(input), info.context
        answer = await place_order(context.office, context.actor, asked)
        return answers.order_changed(context, answer)

    @resolved("成交: contract and payment are complete.")
    async def close_order(self, info: Info, order_id: inputs.OrderRef) -> results.ChangeOrderResult:
        """Close an order."""
        context = info.context
        asked = CloseOrder(order_id=checks.record_id(order_id, "orderId"))
        answer = await close_order(context.office, context.actor, asked)
        return answers.order_changed(context, answer)

    @resolved("退单: call an order off; its decision is reversed.")
    async def cancel_order(
        self, info: Info, order_id: inputs.OrderRef, reason: inputs.Reason
    ) -> results.ChangeOrderResult:
        """Cancel an order."""
        context = info.context
        asked = CancelOrder(order_id=checks.record_id(order_id, "orderId"), reason=requests.reason_of(reason))
        answer = await cancel_order(context.office, context.actor, asked)
        return answers.order_changed(context, answer)

    @resolved("Ask for more days before a registration expires (3.3.3).")
    async def request_extension(
        self,
        info: Info,
        input: Annotated[inputs.RequestExtensionInput, strawberry.argument(description="What is asked for.")],
    ) -> results.ApprovalResult:
        """Request an extension."""
        asked, context = requests.request_extension(input), info.context
        answer = await request_extension(context.office, context.actor, asked)
        return answers.approval_changed(context, answer)

    @resolved("Approve or reject a request; nobody decides their own case.")
    async def decide_approval(
        self,
        info: Info,
        approval_id: Annotated[strawberry.ID, strawberry.argument(description="The request.")],
        approve: Annotated[bool, strawberry.argument(description="true approves, false rejects.")],
        note: Annotated[str, strawberry.argument(description="Why, not blank, at most 2000 characters.")],
    ) -> results.ApprovalResult:
        """Decide a request."""
        context = info.context
        asked = DecideApproval(
            approval_id=checks.record_id(approval_id, "approvalId"),
            approve=approve,
            note=checks.filled(note, "note", at_most=checks.NOTE_CHARS),
        )
        answer = await decide_approval(context.office, context.actor, asked)
        return answers.approval_changed(context, answer)

    @resolved("特殊情况由部门负责人裁决")
    async def rule_on_order(
        self,
        info: Info,
        order_id: inputs.OrderRef,
        credits: Annotated[
            list[inputs.CreditInput], strawberry.argument(description="The shares, which sum to 10000.")
        ],
        reason: inputs.Reason,
    ) -> results.ChangeOrderResult:
        """Rule on an order."""
        asked, context = requests.rule_on_order(order_id, credits, reason), info.context
        answer = await rule_on_order(context.office, context.actor, asked)
        return answers.order_changed(context, answer)
