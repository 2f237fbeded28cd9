"""From inputs as clients wrote them to what operations take; every check of an input is called from here."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import strawberry

from baobei.operations.classify_registration import ClassifyRegistration
from baobei.operations.customer_profile import NOTHING_SAID, Details
from baobei.operations.place_order import PlaceOrder
from baobei.operations.record_follow_up import RecordFollowUp
from baobei.operations.register_customer import RegisterCustomer
from baobei.operations.request_extension import RequestExtension
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder
from baobei.policy.classes import MOST_CLASSES
from baobei.store.registration_lists import RegistrationFilter
from baobei_api.graphql import checks, inputs
from baobei_api.graphql.errors import BadInput

NO_RECORD: Final = UUID(int=0)
MAX_CREDITS: Final = 50
MAX_STATUSES: Final = 20


def register_customer(written: inputs.RegisterCustomerInput) -> RegisterCustomer:
    """Return an attempt; a fact that cannot be used is the policy's to refuse, not a bad request."""
    return RegisterCustomer(
        name=checks.text(written.name, "input.name", at_most=checks.NAME_CHARS),
        phone=checks.text(written.phone, "input.phone", at_most=checks.PHONE_CHARS),
        address=checks.text(written.address, "input.address", at_most=checks.ADDRESS_CHARS),
        new_need=bool(written.new_need),
        note=checks.optional_text(written.note, "input.note", at_most=checks.NOTE_CHARS),
        idempotency_key=_key(written.idempotency_key),
        for_staff_code=_code(written.for_staff_code, "input.forStaffCode"),
        cross_region_reason=checks.optional_text(
            written.cross_region_reason, "input.crossRegionReason", at_most=checks.REASON_CHARS
        ),
        details=_details(written),
    )


def classify_registration(written: inputs.ClassifyRegistrationInput) -> ClassifyRegistration:
    """Return a classification, which says something; whether the policy has its words is the policy's to say."""
    details = _details(written)
    if details == NOTHING_SAID:
        raise BadInput("input", "customerClass, segment, need or source")
    return ClassifyRegistration(
        registration_id=checks.record_id(written.registration_id, "input.registrationId"), details=details
    )


def record_follow_up(written: inputs.RecordFollowUpInput) -> RecordFollowUp:
    """Return a contact to record."""
    return RecordFollowUp(
        registration_id=checks.record_id(written.registration_id, "input.registrationId"),
        kind=written.kind,
        note=checks.filled(written.note, "input.note", at_most=checks.NOTE_CHARS),
        occurred_at=checks.optional_instant(written.occurred_at, "input.occurredAt"),
        idempotency_key=_key(written.idempotency_key),
    )


def place_order(written: inputs.PlaceOrderInput) -> PlaceOrder:
    """Return an order to place; a phone or address that cannot be used is the policy's to refuse."""
    return PlaceOrder(
        external_ref=checks.filled(written.external_ref, "input.externalRef", at_most=checks.REFERENCE_CHARS),
        name=checks.text(written.name, "input.name", at_most=checks.NAME_CHARS),
        phone=checks.optional_text(written.phone, "input.phone", at_most=checks.PHONE_CHARS),
        address=checks.optional_text(written.address, "input.address", at_most=checks.ADDRESS_CHARS),
        taken_by_code=_code(written.taken_by_code, "input.takenByCode"),
        amount_fen=checks.optional_fen(written.amount, "input.amount"),
        list_fen=checks.optional_fen(written.list_amount, "input.listAmount"),
        special_price_approval_id=_named_approval(written.special_price_approval_id),
        idempotency_key=_key(written.idempotency_key),
    )


def request_extension(written: inputs.RequestExtensionInput) -> RequestExtension:
    """Return a request for more days; whether so many may be asked for is the policy's to say."""
    return RequestExtension(
        registration_id=checks.record_id(written.registration_id, "input.registrationId"),
        days=written.days,
        reason=checks.filled(written.reason, "input.reason", at_most=checks.REASON_CHARS),
        idempotency_key=_key(written.idempotency_key),
    )


def rule_on_order(order_id: strawberry.ID, credits: Sequence[inputs.CreditInput], reason: str) -> RuleOnOrder:
    """Return a ruling; whether its shares are fair is the policy's to say."""
    if len(credits) > MAX_CREDITS:
        raise BadInput("credits", f"at most {MAX_CREDITS} shares, got {len(credits)}")
    return RuleOnOrder(
        order_id=checks.record_id(order_id, "orderId"),
        credits=tuple(
            CreditShare(
                staff_code=staff_code(credit.staff_code, f"credits.{place}.staffCode"),
                share_bp=credit.share_bp,
            )
            for place, credit in enumerate(credits)
        ),
        reason=reason_of(reason),
    )


def registration_filter(written: inputs.RegistrationFilter | None) -> RegistrationFilter:
    """Return what a list is narrowed to."""
    narrowed = checks.given(written)
    if narrowed is None:
        return RegistrationFilter()
    statuses = checks.given(narrowed.status)
    if statuses is not None and len(statuses) > MAX_STATUSES:
        raise BadInput("filter.status", f"at most {MAX_STATUSES} standings, got {len(statuses)}")
    return RegistrationFilter(
        owner_code=_code(narrowed.owner_code, "filter.ownerCode"),
        unit_code=_code(narrowed.unit_code, "filter.unitCode"),
        statuses=None if statuses is None else frozenset(statuses),
        channel=checks.given(narrowed.channel),
        registered_from=checks.optional_instant(narrowed.registered_from, "filter.registeredFrom"),
        registered_to=checks.optional_instant(narrowed.registered_to, "filter.registeredTo"),
        customer_classes=_classes(narrowed.customer_class, "filter.customerClass"),
        segment=checks.given(narrowed.segment),
        source=checks.optional_filled(narrowed.source, "filter.source", at_most=checks.SOURCE_CHARS),
    )


def reason_of(reason: str) -> str:
    """Return the argument `reason`, which may not be blank."""
    return checks.filled(reason, "reason", at_most=checks.REASON_CHARS)


def staff_code(code: str, path: str) -> str:
    """Return the code of a staff member, whether or not there is one."""
    return checks.filled(code, path, at_most=checks.CODE_CHARS)


def _details(written: inputs.RegisterCustomerInput | inputs.ClassifyRegistrationInput) -> Details:
    return Details(
        customer_class=checks.optional_filled(
            written.customer_class, "input.customerClass", at_most=checks.CLASS_CHARS
        ),
        segment=checks.given(written.segment),
        need=checks.optional_text(written.need, "input.need", at_most=checks.NOTE_CHARS),
        source=checks.optional_filled(written.source, "input.source", at_most=checks.SOURCE_CHARS),
    )


def _classes(written: list[str] | None, path: str) -> frozenset[str] | None:
    classes = checks.given(written)
    if classes is None:
        return None
    if len(classes) > MOST_CLASSES:
        raise BadInput(path, f"at most {MOST_CLASSES} classes, got {len(classes)}")
    return frozenset(
        checks.filled(each, f"{path}.{place}", at_most=checks.CLASS_CHARS)
        for place, each in enumerate(classes)
    )


def _code(code: str | None, path: str) -> str | None:
    return checks.optional_filled(code, path, at_most=checks.CODE_CHARS)


def _key(key: str | None) -> str | None:
    return checks.optional_filled(key, "input.idempotencyKey", at_most=checks.KEY_CHARS)


def _named_approval(written: strawberry.ID | None) -> UUID | None:
    """Return the approval that an order names; one that can be none is named all the same, and covers nothing."""
    named = checks.given(written)
    return None if named is None else checks.record_id(named, "input.specialPriceApprovalId") or NO_RECORD
