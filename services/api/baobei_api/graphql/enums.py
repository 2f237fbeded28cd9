"""The words of the trade as GraphQL enums: the same classes as in the core, named and described here."""

import enum

import strawberry

from baobei.policy.daily_reports import ReportState
from baobei.policy.disputes import CaseEventKind, DisputeStatus
from baobei.policy.handovers import DistributionMethod
from baobei.policy.regions import HomeRegion
from baobei.policy.slots import SlotReason
from baobei.policy.terms import Channel, FollowUpKind, StandingStatus, Text
from baobei.store.api_key_models import KeyScope
from baobei.store.approval_models import ApprovalKind, ApprovalStatus
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.evidence import EvidenceKind
from baobei.store.handover_models import HandoverOutcome, HandoverState
from baobei.store.order_models import OrderStatus
from baobei.store.organisation_models import Role
from baobei.store.registration_models import Segment
from baobei.store.webhook_models import DeliveryState, DisabledReason
from baobei.webhooks.letters import Failure


class Language(enum.StrEnum):
    """The languages in which the service speaks to people."""

    ZH = "ZH"
    EN = "EN"

    def of(self, text: Text) -> str:
        """Return a text in this language."""
        return text.zh if self is Language.ZH else text.en


strawberry.enum(Language, description="The languages in which the service speaks to people.")
strawberry.enum(
    Channel, description="Where the registrant worked when registering: a store or a field department."
)
strawberry.enum(
    Role, description="What a staff member is in the alliance; from the database, never from the token."
)
strawberry.enum(
    AttemptOutcome,
    name="AdmissionOutcome",
    description=(
        "What became of an attempt to register; NOT_CONSIDERED when it was turned away before the policy was asked."
    ),
)
strawberry.enum(StandingStatus, description="What a registration is worth at an instant.")
strawberry.enum(
    AttributionVerdict,
    name="Verdict",
    description=(
        "Who is credited: a registrant, the taker, nobody yet, as ruled; REVERSED once the order is cancelled."
    ),
)
strawberry.enum(Segment, description="What kind of customer it is.")
strawberry.enum(OrderStatus, description="Deposit taken, contract and payment complete, or called off.")
strawberry.enum(FollowUpKind, description="How a customer was contacted.")
strawberry.enum(ApprovalKind, description="What is asked for.")
strawberry.enum(EvidenceKind, description="What was attached to a request.")
strawberry.enum(ApprovalStatus, description="Where a request is; all but PENDING are final.")
strawberry.enum(DisputeStatus, description="Where a dispute is; all but OPEN are final.")
strawberry.enum(CaseEventKind, description="What an entry of the evidence says happened.")
strawberry.enum(
    DeliveryState,
    name="WebhookDeliveryState",
    description=(
        "Where a delivery is: PENDING and RETRYING are on their way, DELIVERED, DEAD and CANCELLED have ended."
    ),
)
strawberry.enum(
    DisabledReason,
    name="WebhookDisabledReason",
    description="Why nothing is sent: switched off by hand, gone as the receiver said (410), or deleted.",
)
strawberry.enum(
    Failure,
    name="WebhookFailure",
    description="Why an attempt did not deliver: what became of the connection, or of the answer.",
)
strawberry.enum(
    ReportState,
    name="DailyReportState",
    description=(
        "Where a unit's day stands: DRAFT until it is submitted, SUBMITTED before the closing time, LATE from it on;"
        " MISSING once the closing time has passed and nobody has."
    ),
)
strawberry.enum(
    KeyScope,
    name="ApiKeyScope",
    description=(
        "What an API key may be used for: READ queries; WRITE registrations and what is recorded on them; ORDERS"
        " placing, closing and cancelling; DECISIONS transfers, approvals and rulings; WEBHOOKS; IMPORTS files."
        " Never more than the person may for whom it acts."
    ),
)
strawberry.enum(
    DistributionMethod,
    description=(
        "How registrations are shared out: all to ONE_COLLEAGUE; ROUND_ROBIN, one after the other, the oldest first;"
        " BY_STORE, as before among the receivers who work in the store or department of whoever made the registration."
    ),
)
strawberry.enum(
    HandoverState,
    description=(
        "Where a handover is: ASKED waits for the decision on its request; WAITING and RUNNING are with the worker; DONE, and"
        " FAILED with what it had not come to left as it was, have ended. REJECTED, WITHDRAWN and TOO_LATE say how its request"
        " ended: it never began."
    ),
)
strawberry.enum(
    HandoverOutcome,
    description=(
        "What became of a registration or a request: MOVED, or left as it was because it had ENDED, was NOT_THEIRS any more, the"
        " RECEIVER_LEFT, or there was NO_RECEIVER of its store or department; NOT_REACHED where the handover failed before its"
        " turn came."
    ),
)
strawberry.enum(
    HomeRegion,
    description=(
        "Where a home is, seen from the unit of who registered it: in its OWN region; in OTHER, where a request had to be"
        " granted; in a district with NO_STORE of the alliance; NOT_NAMED where the address names no district."
    ),
)
strawberry.enum(
    SlotReason,
    name="QuotaReason",
    description=(
        "Why a slot was taken or given back: a registration takes it, the deal point of an order credited to it"
        " gives it back, the cancellation of that order takes it again."
    ),
)

__all__ = [
    "ApprovalKind",
    "ApprovalStatus",
    "AttemptOutcome",
    "AttributionVerdict",
    "CaseEventKind",
    "Channel",
    "DeliveryState",
    "DisabledReason",
    "DisputeStatus",
    "DistributionMethod",
    "EvidenceKind",
    "Failure",
    "FollowUpKind",
    "HandoverOutcome",
    "HandoverState",
    "HomeRegion",
    "KeyScope",
    "Language",
    "OrderStatus",
    "ReportState",
    "Role",
    "Segment",
    "SlotReason",
    "StandingStatus",
]
