"""The input types of requests that need an approver, and what they are checked into."""

import re
from typing import Final

import strawberry

from baobei.operations.attach_evidence import AttachText
from baobei.operations.request_cross_region import RequestCrossRegion
from baobei.operations.request_special_price import RequestSpecialPrice
from baobei.store.evidence import EvidenceKind
from baobei_api.graphql import checks
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.inputs import KEY_DESCRIPTION
from baobei_api.graphql.scalars import DecimalText

LINK_CHARS: Final = 1_000
_LINK: Final = re.compile(r"https?://[!-~]+")


@strawberry.input(description="A request that an attempt of another region may stand (B.5.4).")
class RequestCrossRegionInput:
    """A request for an attempt that waits."""

    attempt_id: strawberry.ID = strawberry.field(description="The `attemptId` of the refused attempt.")
    reason: str = strawberry.field(description="Why, not blank, at most 1000 characters.")
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY_DESCRIPTION)


@strawberry.input(
    description="A request for a price below the list (B.5.3): for a registration, or for a customer by phone or address."
)
class RequestSpecialPriceInput:
    """A request for a special price."""

    registration_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The registration of the customer."
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Without a registration: the customer's phone, at most 64 characters.",
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Without a registration: the home being furnished, at most 300 characters.",
    )
    list_price: DecimalText = strawberry.field(description="The price by the list, in yuan.")
    asked_price: DecimalText = strawberry.field(description="The lowest price asked for, in yuan.")
    reason: str = strawberry.field(description="Why, not blank, at most 1000 characters.")
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY_DESCRIPTION)


@strawberry.input(
    description="Evidence in words: exactly one of text and link. Files go to `/v1/approvals/{id}/evidence`."
)
class AttachEvidenceInput:
    """A text or a link."""

    approval_id: strawberry.ID = strawberry.field(description="The request.")
    text: str | None = strawberry.field(default=strawberry.UNSET, description="At most 2000 characters.")
    link: str | None = strawberry.field(
        default=strawberry.UNSET, description="An absolute http or https URL, at most 1000 characters."
    )


def request_cross_region(written: RequestCrossRegionInput) -> RequestCrossRegion:
    """Return a request for an attempt that waits."""
    return RequestCrossRegion(
        attempt_id=checks.record_id(written.attempt_id, "input.attemptId"),
        reason=checks.filled(written.reason, "input.reason", at_most=checks.REASON_CHARS),
        idempotency_key=_key(written.idempotency_key),
    )


def request_special_price(written: RequestSpecialPriceInput) -> RequestSpecialPrice:
    """Return a request for a special price; a phone or address that cannot be used is the policy's to refuse."""
    registration = checks.given(written.registration_id)
    phone = checks.optional_text(written.phone, "input.phone", at_most=checks.PHONE_CHARS)
    address = checks.optional_text(written.address, "input.address", at_most=checks.ADDRESS_CHARS)
    if registration is not None and (phone is not None or address is not None):
        raise BadInput("input.registrationId", "a registration, or a customer by phone or address")
    return RequestSpecialPrice(
        registration_id=None
        if registration is None
        else checks.record_id(registration, "input.registrationId"),
        of_registration=registration is not None,
        phone=phone,
        address=address,
        list_fen=checks.fen(written.list_price, "input.listPrice"),
        asked_fen=checks.fen(written.asked_price, "input.askedPrice"),
        reason=checks.filled(written.reason, "input.reason", at_most=checks.REASON_CHARS),
        idempotency_key=_key(written.idempotency_key),
    )


def attach_evidence(written: AttachEvidenceInput) -> AttachText:
    """Return evidence in words."""
    text = checks.optional_text(written.text, "input.text", at_most=checks.NOTE_CHARS)
    link = checks.optional_text(written.link, "input.link", at_most=LINK_CHARS)
    if (text is None) == (link is None):
        raise BadInput("input.text", "exactly one of text and link, not blank")
    if link is not None and _LINK.fullmatch(link) is None:
        raise BadInput("input.link", "an absolute http or https URL")
    return AttachText(
        approval_id=checks.record_id(written.approval_id, "input.approvalId"),
        kind=EvidenceKind.TEXT if link is None else EvidenceKind.LINK,
        text=text or link or "",
    )


def _key(key: str | None) -> str | None:
    return checks.optional_filled(key, "input.idempotencyKey", at_most=checks.KEY_CHARS)
