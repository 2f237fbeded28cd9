"""What mutations answer: a change, or a refusal with its code, its sentence and its clause."""

from datetime import datetime
from typing import Annotated, TypeAlias, Union

import strawberry

from baobei.policy.terms import ClauseNumber, Text
from baobei.store.attempt_models import AttemptOutcome
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import Language
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.approvals import Approval
from baobei_api.graphql.types.orders import Order
from baobei_api.graphql.types.people import Quota
from baobei_api.graphql.types.policy import Clause
from baobei_api.graphql.types.registrations import FollowUp, Registration
from baobei_api.graphql.types.shared import InLanguage, said


@strawberry.interface(
    description="A refusal is an answer, not an error: code is stable, message is for people, clause is the rule."
)
class Refusal:
    """What every refusal says."""

    code: str = strawberry.field(description="Stable, in capitals.")
    texts: strawberry.Private[Text]
    clause_number: strawberry.Private[ClauseNumber | None]

    @resolved("Why, in one sentence for people.")
    def message(self, language: InLanguage = Language.ZH) -> str:
        """Return the sentence."""
        return said(self.texts, language)

    @resolved("The rule, as it reads now; null where no clause decides, or the policy has it no more.")
    async def clause(self, info: Info) -> Clause | None:
        """Return the clause."""
        if self.clause_number is None:
            return None
        now = await info.context.now()
        published = await info.context.loaders.policy_in_force_by_instant.load(now)
        if self.clause_number not in published.policy.clauses:
            return None
        return info.context.convert.clause(self.clause_number, published.policy)


@strawberry.type(description="A change that was not made.")
class Refused(Refusal):
    """A refusal."""


@strawberry.type(description="A required fact that is missing or cannot be used.")
class FieldProblem:
    """A problem with one fact of an attempt."""

    field: str = strawberry.field(description="name, phone or address.")
    texts: strawberry.Private[Text]

    @resolved("What is wrong with it, in one sentence for people.")
    def message(self, language: InLanguage = Language.ZH) -> str:
        """Return the sentence."""
        return said(self.texts, language)


@strawberry.type(description="An attempt to register that was refused; it is stored nevertheless.")
class RegistrationRefused(Refusal):
    """A refused attempt."""

    outcome: AttemptOutcome = strawberry.field(description="What became of the attempt.")
    attempt_id: strawberry.ID = strawberry.field(description="The stored attempt, for a dispute.")
    fields: list[FieldProblem] = strawberry.field(
        description="For INCOMPLETE: each fact that is missing or unusable."
    )
    existing: Registration | None = strawberry.field(description="Set for DUPLICATE_OWN only.")
    protected_until: datetime | None = strawberry.field(
        description=(
            "Set for ALREADY_PROTECTED: the instant the protection would lapse as things stand."
            " Nothing else of the other claim is told."
        )
    )
    quota: Quota | None = strawberry.field(
        description="The person's quota in the month of the attempt, where it bears."
    )
    approval_id: strawberry.ID | None = strawberry.field(
        description="For AWAITING_APPROVAL: the request that decides it; null until one is made."
    )


@strawberry.type(description="An attempt that was admitted.")
class RegistrationAdmitted:
    """An admitted attempt."""

    registration: Registration = strawberry.field(description="The new registration.")
    quota: Quota = strawberry.field(description="The registrant's quota in the month, after it.")


@strawberry.type(description="A follow-up that was recorded.")
class FollowUpRecorded:
    """A recorded follow-up."""

    follow_up: FollowUp = strawberry.field(description="The new follow-up.")
    registration: Registration = strawberry.field(description="The registration after it.")


@strawberry.type(description="A registration that was changed.")
class RegistrationChanged:
    """A changed registration."""

    registration: Registration = strawberry.field(description="The registration after the change.")


@strawberry.type(description="An order that was recorded or changed.")
class OrderRecorded:
    """A recorded order."""

    order: Order = strawberry.field(description="The order as it stands.")


@strawberry.type(description="A request that was recorded or decided.")
class ApprovalRecorded:
    """A recorded request."""

    approval: Approval = strawberry.field(description="The request as it stands.")


@strawberry.type(description="Whether a customer may be registered now; never who or what stands in the way.")
class ProtectionCheck:
    """An answer to whether a customer may be registered."""

    available: bool = strawberry.field(
        description="Whether registering the customer now would be admitted, if the facts are complete."
    )
    protected_until: datetime | None = strawberry.field(
        description="Until when another's claim would protect as things stand; null when it does not."
    )
    own_registration: Registration | None = strawberry.field(
        description="The viewer's own live registration, if any."
    )


RegisterCustomerResult: TypeAlias = Annotated[
    Union[RegistrationAdmitted, RegistrationRefused],  # noqa: UP007 - strawberry names this union
    strawberry.union("RegisterCustomerResult", description="What an attempt to register comes to."),
]
RecordFollowUpResult: TypeAlias = Annotated[
    Union[FollowUpRecorded, Refused],  # noqa: UP007
    strawberry.union("RecordFollowUpResult", description="What recording a follow-up comes to."),
]
ChangeRegistrationResult: TypeAlias = Annotated[
    Union[RegistrationChanged, Refused],  # noqa: UP007
    strawberry.union("ChangeRegistrationResult", description="What a change to a registration comes to."),
]
ChangeOrderResult: TypeAlias = Annotated[
    Union[OrderRecorded, Refused],  # noqa: UP007
    strawberry.union("ChangeOrderResult", description="What a change to an order comes to."),
]
ApprovalResult: TypeAlias = Annotated[
    Union[ApprovalRecorded, Refused],  # noqa: UP007
    strawberry.union("ApprovalResult", description="What asking for an approval, or deciding one, comes to."),
]
