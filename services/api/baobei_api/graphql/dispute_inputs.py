"""The inputs of disputes as clients write them, and what operations take of them."""

from typing import Annotated, TypeAlias

import strawberry

from baobei.operations.add_statement import AddStatement
from baobei.operations.open_dispute import OpenDispute
from baobei_api.graphql import checks
from baobei_api.graphql.errors import BadInput

_KEY = (
    "The same key from the same caller with the same input answers as the first time and does nothing more,"
    " for at least 24 hours; at most 200 characters."
)


@strawberry.input(
    description="A dispute of the decision in force on an order, by either of its names; both must agree when both are given."
)
class OpenDisputeInput:
    """A dispute to open."""

    order_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="The order.")
    external_ref: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its number, for whoever knows it by that alone."
    )
    statement: str = strawberry.field(
        description="Why the decision is disputed, not blank, at most 2000 characters."
    )
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_KEY)


@strawberry.input(description="What a side has to say in a dispute.")
class AddStatementInput:
    """A statement to add."""

    dispute_id: strawberry.ID = strawberry.field(description="The dispute.")
    text: str = strawberry.field(description="What there is to say, not blank, at most 2000 characters.")
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_KEY)


DisputeRef: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="The dispute.")]


def open_dispute(written: OpenDisputeInput) -> OpenDispute:
    """Return a dispute to open; one of the order's names is needed."""
    order_id = checks.given(written.order_id)
    asked = OpenDispute(
        order_id=None if order_id is None else checks.record_id(order_id, "input.orderId"),
        external_ref=checks.optional_filled(
            written.external_ref, "input.externalRef", at_most=checks.REFERENCE_CHARS
        ),
        statement=checks.filled(written.statement, "input.statement", at_most=checks.NOTE_CHARS),
        idempotency_key=_key(written.idempotency_key),
    )
    if order_id is None and asked.external_ref is None:
        raise BadInput("input.orderId", "an id or an external reference")
    return asked


def add_statement(written: AddStatementInput) -> AddStatement:
    """Return a statement to add."""
    return AddStatement(
        dispute_id=checks.record_id(written.dispute_id, "input.disputeId"),
        text=checks.filled(written.text, "input.text", at_most=checks.NOTE_CHARS),
        idempotency_key=_key(written.idempotency_key),
    )


def _key(key: str | None) -> str | None:
    return checks.optional_filled(key, "input.idempotencyKey", at_most=checks.KEY_CHARS)
