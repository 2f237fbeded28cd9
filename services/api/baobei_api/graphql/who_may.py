"""Who may what: a rule for every field of the schema, stated once.

The schema is not served while a field has no rule. What is for some roles alone is refused by this table before
anything is read (`governed.py`); whose things a rule reaches is decided by `baobei.operations.access`, by the same rules.
`docs/who-may.md` is this table for people, and a test holds every outcome against it.

A new field: one line in `FIELDS` (what is asked for or done) or one word in `PARTS` (what an object shows).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from baobei.operations.rules import (
    ACT,
    ADMINISTER,
    EVERYBODY,
    INTEGRATE,
    OWN,
    READ_FIGURES,
    READ_LEAVERS,
    READ_REPORTS,
    REVEAL,
    RULE,
    SEE,
    SEE_CONTACT,
    SEE_DECISION,
    SET_TARGETS,
    SETTLE,
    SUBMIT_REPORTS,
    Rule,
)


class Otherwise(StrEnum):
    """What whoever a rule does not reach is answered."""

    NULL = "null"
    LEFT_OUT = "left out"
    MASKED = "masked"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    NOT_OWNER = "NOT_OWNER"
    UNKNOWN_STAFF = "UNKNOWN_STAFF"
    UNKNOWN_WEBHOOK = "UNKNOWN_WEBHOOK"
    UNKNOWN_DELIVERY = "UNKNOWN_DELIVERY"


@dataclass(frozen=True, slots=True)
class May:
    """By which rule, on whose things, and what is answered otherwise.

    `absent` is the answer to whoever has the role and names what there is not, or not in their alliance; None:
    the same as `otherwise`. `whose` is "" where nothing is named. `asked_later`: more roles do it on some things, so
    that the operation refuses whoever may not, once it knows on what.
    """

    rule: Rule
    whose: str = ""
    otherwise: Otherwise = Otherwise.NULL
    absent: Otherwise | None = None
    asked_later: bool = False

    @property
    def by_role_alone(self) -> bool:
        """Whether the role is all that is asked."""
        return self.otherwise is Otherwise.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Like:
    """Seen by whoever was given the object that it is a part of."""

    object: str


_NULL, _OUT, _OWNER = Otherwise.NULL, Otherwise.LEFT_OUT, Otherwise.NOT_OWNER
_FORBIDDEN, _NOT_FOUND, _MASKED = Otherwise.FORBIDDEN, Otherwise.NOT_FOUND, Otherwise.MASKED

FIELDS: Final[Mapping[str, May]] = {
    # what is asked for
    "Query.me": May(EVERYBODY),
    "Query.policy": May(EVERYBODY),
    "Query.myDay": May(EVERYBODY),
    "Query.myTasks": May(EVERYBODY),
    "Query.checkProtection": May(EVERYBODY),
    "Query.registration": May(SEE, "its owner's", _NULL),
    "Query.registrations": May(SEE, "its owner's", _OUT),
    "Query.order": May(SEE, "a party's to it", _NULL),
    "Query.orders": May(SEE, "a party's to it", _OUT),
    "Query.approvals": May(SEE, "whoever asked, or the owner's", _OUT),
    "Query.approvalInbox": May(EVERYBODY),
    "Query.dispute": May(SEE, "a party's to it", _NULL),
    "Query.disputes": May(SEE, "a party's to it", _OUT),
    "Query.precedents": May(RULE, "a party's to it", _FORBIDDEN, absent=_NOT_FOUND),
    "Query.quota": May(SEE, "the person's", _NOT_FOUND),
    "Query.quotaLedger": May(SEE, "the person's", _NOT_FOUND),
    "Query.webhooks": May(INTEGRATE, "the alliance's", _FORBIDDEN, absent=_OUT),
    "Query.webhookDeliveries": May(INTEGRATE, "the alliance's", _FORBIDDEN, absent=_NOT_FOUND),
    "Query.apiKeys": May(ADMINISTER, "", _FORBIDDEN),
    "Query.leaver": May(READ_LEAVERS, "the person's", _NULL),
    "Query.previewHandover": May(READ_LEAVERS, "the person's", Otherwise.UNKNOWN_STAFF),
    "Query.handover": May(READ_LEAVERS, "the person's", _NULL),
    "Query.figures": May(READ_FIGURES, "the person's", _NOT_FOUND),
    "Query.dailyReport": May(READ_REPORTS, "the unit's, a store's not for marketing managers", _NULL),
    "Query.dailyReports": May(READ_REPORTS, "the unit's, a store's not for marketing managers", _OUT),
    # what is done
    "Mutation.registerCustomer": May(ACT, "the person's it is for", _OWNER, absent=Otherwise.UNKNOWN_STAFF),
    "Mutation.recordFollowUp": May(ACT, "the owner's", _OWNER),
    "Mutation.recordMeasurement": May(ACT, "the owner's", _OWNER),
    "Mutation.withdrawRegistration": May(ACT, "the owner's", _OWNER),
    "Mutation.classifyRegistration": May(ACT, "the owner's", _OWNER),
    "Mutation.requestExtension": May(ACT, "the owner's", _OWNER),
    "Mutation.requestCrossRegion": May(ACT, "whose attempt it is", _OWNER),
    "Mutation.requestSpecialPrice": May(ACT, "the owner's", _OWNER),
    "Mutation.attachEvidence": May(OWN, "whoever asked, or whose it is by now", _OWNER),
    "Mutation.withdrawApproval": May(OWN, "whoever asked, or whose it is by now", _OWNER),
    "Mutation.transferRegistration": May(RULE, "the owner's", _OWNER),
    "Mutation.requestHandover": May(READ_LEAVERS, "the person's", Otherwise.UNKNOWN_STAFF),
    "Mutation.handOver": May(RULE, "the person's", _FORBIDDEN, absent=Otherwise.UNKNOWN_STAFF),
    "Mutation.revealContact": May(REVEAL, "the owner's", _OWNER),
    "Mutation.placeOrder": May(EVERYBODY, "the taker's", Otherwise.UNKNOWN_STAFF),
    "Mutation.closeOrder": May(SETTLE, "the taker's", _OWNER),
    "Mutation.cancelOrder": May(SETTLE, "the taker's", _OWNER),
    "Mutation.ruleOnOrder": May(RULE, "a party's to it", _FORBIDDEN, absent=_OWNER),
    "Mutation.openDispute": May(ACT, "a stakeholder's", _OWNER),
    "Mutation.addStatement": May(ACT, "a party's to it", _OWNER),
    "Mutation.withdrawDispute": May(ACT, "whoever opened it", _OWNER),
    "Mutation.rejectDispute": May(RULE, "a party's to it", _FORBIDDEN, absent=_OWNER),
    "Mutation.decideApproval": May(
        RULE,
        "whoever asked, or the owner's; of another region its store managers decide, else heads",
        _FORBIDDEN,
        absent=_OWNER,
        asked_later=True,
    ),
    "Mutation.submitDailyReport": May(
        SUBMIT_REPORTS, "the unit's; where it has no manager, operations managers too", _OWNER
    ),
    "Mutation.correctDailyReport": May(
        SUBMIT_REPORTS, "the unit's; where it has no manager, operations managers too", _OWNER
    ),
    "Mutation.createWebhook": May(INTEGRATE, "", _FORBIDDEN),
    "Mutation.updateWebhook": May(INTEGRATE, "the alliance's", _FORBIDDEN, absent=Otherwise.UNKNOWN_WEBHOOK),
    "Mutation.rotateWebhookSecret": May(
        INTEGRATE, "the alliance's", _FORBIDDEN, absent=Otherwise.UNKNOWN_WEBHOOK
    ),
    "Mutation.deleteWebhook": May(INTEGRATE, "the alliance's", _FORBIDDEN, absent=Otherwise.UNKNOWN_WEBHOOK),
    "Mutation.sendWebhookTest": May(
        INTEGRATE, "the alliance's", _FORBIDDEN, absent=Otherwise.UNKNOWN_WEBHOOK
    ),
    "Mutation.resendDelivery": May(
        INTEGRATE, "the alliance's", _FORBIDDEN, absent=Otherwise.UNKNOWN_DELIVERY
    ),
    "Mutation.resendDeadLetters": May(
        INTEGRATE, "the alliance's", _FORBIDDEN, absent=Otherwise.UNKNOWN_WEBHOOK
    ),
    "Mutation.setTarget": May(SET_TARGETS, "the person's", _FORBIDDEN, absent=Otherwise.UNKNOWN_STAFF),
    "Mutation.createApiKey": May(ADMINISTER, "", _FORBIDDEN),
    "Mutation.revokeApiKey": May(ADMINISTER, "", _FORBIDDEN),
    "Mutation.deactivateStaff": May(ADMINISTER, "", _FORBIDDEN),
    "Mutation.reactivateStaff": May(ADMINISTER, "", _FORBIDDEN),
    # parts that not everybody sees who sees the whole
    "Customer.phone": May(
        SEE_CONTACT, "the registration's owner's, the order's taker's, or who would receive", _MASKED
    ),
    "Customer.address": May(
        SEE_CONTACT, "the registration's owner's, the order's taker's, or who would receive", _MASKED
    ),
    "Customer.masked": May(
        SEE_CONTACT, "the registration's owner's, the order's taker's, or who would receive", _MASKED
    ),
    "Registration.need": May(SEE, "its owner's", _NULL),
    "Registration.followUps": May(SEE, "its owner's", _OUT),
    "Attribution.credits": May(SEE_DECISION, "a party's to the order", _OUT),
    "Attribution.candidates": May(SEE_DECISION, "a party's to the order", _OUT),
    "Attribution.registration": May(SEE_DECISION, "a party's to the order", _NULL),
    "Attribution.ruling": May(SEE_DECISION, "a party's to the order", _NULL),
    "Attribution.explanation": May(SEE_DECISION, "a party's to the order", _MASKED),
    "Dispute.caseEvents": May(
        SEE, "whose record it is; what the decision shows, every party to the order", _OUT
    ),
}

# What an object shows to whoever was given it, field by field, so that a new one is thought of; `*` where all of
# an object is of one kind.
PARTS: Final[Mapping[str, tuple[Like, str]]] = {
    "Registration": (
        Like("the registration"),
        (
            "id number channel registeredAt newNeed measuredAt customerClass segment source customer registrant"
            " owner standing policyVersion homeRegion"
        ),
    ),
    "Customer": (Like("the registration, the order or the request"), "name erased"),
    "FollowUp": (Like("its registration's followUps"), "id kind note recordedAt occurredAt recordedBy"),
    "Order": (
        Like("the order"),
        (
            "id externalRef status amount placedAt closedAt cancelledAt customer takenBy attribution attributions listAmount"
            " priceViolation specialPriceApprovalId"
        ),
    ),
    "Attribution": (
        Like("the order"),
        "id verdict clause needsReview decidedAt digest policyVersion",
    ),
    "Credit": (Like("the attribution's credits"), "staff shareBp amount"),
    "Candidate": (Like("the attribution's candidates"), "owner standing clause registration finding"),
    "Ruling": (Like("the attribution's ruling"), "ruledBy ruledAt reason"),
    "Approval": (
        Like("the request"),
        (
            "id kind status reason requestedAt decidedAt decisionNote days registration requestedBy decidedBy listPrice"
            " askedPrice receiver evidence customer deciders explanation handover"
        ),
    ),
    "Evidence": (Like("its request"), "*"),
    "Dispute": (
        Like(
            "the dispute; its order to whoever sees the order, its decisions to whose stake is more than a refused attempt"
        ),
        "id status openedAt openedBy endedAt endedBy reason order decision ruling statements explanation",
    ),
    "DisputeStatement": (Like("the dispute"), "*"),
    "CaseEvent": (Like("the dispute's events"), "*"),
    "Precedent": (Like("department heads"), "*"),
    "PrecedentShare": (Like("department heads"), "*"),
    "Staff": (Like("what names them"), "id code name roles active unit"),
    "Quota": (Like("the person's quota"), "month limit used remaining staff"),
    "QuotaEntry": (Like("the ledger"), "at registrationNumber reason change used remaining"),
    "ProtectionCheck": (Like("the check: never whose"), "available protectedUntil ownRegistration"),
    "RegistrationRefused": (
        Like("the attempt: never whose claim"),
        "code message clause outcome attemptId fields existing protectedUntil quota approvalId",
    ),
    "Webhook": (
        Like("the webhook"),
        "id url eventTypes includePersonalData active disabledReason disabledAt previousSecretUntil createdAt createdBy",
    ),
    "WebhookSecretIssued": (Like("whoever made or rotated it, this once"), "webhook secret"),
    "WebhookDelivery": (
        Like("the webhook"),
        "id eventId eventType subjectId state attempts nextAttemptAt createdAt settledAt log",
    ),
    "WebhookAttempt": (
        Like("the delivery"),
        "number attemptedAt durationMs statusCode failure excerpt",
    ),
    "Leaver": (
        Like("the query, or the mutation"),
        "staff registrationCount requestCount decisionCount registrations requests decisions",
    ),
    "HandoverPreview": (
        Like("the query"),
        "total movable more requestCount passingRequestCount passingRequests distributionDigest shares sample notMovable fromStaff",
    ),
    "Handover": (
        Like("the query, or the mutation"),
        (
            "id state method reason total moved skipped more askedAt startedAt endedAt approvalId shares fromStaff"
            " receivers askedBy startedBy left requestTotal requestsMoved requests"
        ),
    ),
    "HandoverSummary": (
        Like("the request"),
        (
            "id state method registrationCount requestCount pendingRequestCount passingRequestCount fromStaff"
            " receivers"
        ),
    ),
    "HandoverRequestLine": (Like("the preview or the handover"), "position outcome request to message"),
    "HandoverShare": (Like("the preview or the handover"), "total moved to"),
    "HandoverLine": (Like("the preview or the handover"), "position outcome registration to message"),
    "Figures": (
        Like("the person's, the unit's or the alliance's figures"),
        (
            "staff unit attempts attemptsByOutcome registered lapsed lapseRateBp expired expiryRateBp converted conversionBp"
            " followUpsMet followUpsMissed followUpComplianceBp creditedOrders creditedAmount disputes disputesByStatus"
            " targetAmount targetOrders amountReachedBp ordersReachedBp"
        ),
    ),
    "OutcomeCount": (Like("the figures"), "outcome attempts"),
    "DisputeCount": (Like("the figures"), "status disputes"),
    "Target": (Like("whoever set it"), "id month amount orders setAt staff unit setBy"),
    "MyDay": (
        Like("whoever asks, of their own"),
        "asOf tasks tasksCount followUpsDue followUpsDueCount atRisk atRiskCount quota news requests",
    ),
    "FollowUpTask": (
        Like("the registration's owner"),
        "step kinds opensAt dueAt overdue registration explanation",
    ),
    "FollowUpDue": (
        Like("the registration's owner"),
        "registration dueAt overdue hoursLeft lapsesAt lapsed explanation",
    ),
    "ClaimAtRisk": (Like("the registration's owner"), "registration what at hoursLeft"),
    "OrderNews": (Like("a party to the order"), "verdict at order"),
    "DailyReport": (Like("the unit's report"), "*"),
    "DailyReportLine": (Like("the unit's report; its customer as everywhere"), "*"),
    "DailyReportEntry": (
        Like("the unit's report; phones in what was said are hidden as the customer's is"),
        "*",
    ),
    "DailyReportCorrection": (Like("the unit's report"), "*"),
    "ApiKey": (Like("administrators"), "*"),
    "ApiKeyIssued": (Like("whoever made it, this once"), "key secret"),
    "Standing": (Like("the registration"), "*"),
    "Clause": (Like("the policy: everybody"), "*"),
    "PolicyVersion": (Like("the policy: everybody"), "*"),
    "Unit": (Like("whoever names a member"), "*"),
    **{
        name: (Like("its list"), "*")
        for name in (
            "PageInfo",
            "QuotaLedger",
            "QuotaEntryEdge",
            "FiguresConnection",
            "FiguresEdge",
            "RegistrationConnection",
            "RegistrationEdge",
            "FollowUpTaskConnection",
            "FollowUpTaskEdge",
            "FollowUpConnection",
            "FollowUpEdge",
            "OrderConnection",
            "OrderEdge",
            "ApprovalInboxConnection",
            "ApprovalInboxEdge",
            "DisputeConnection",
            "DisputeEdge",
            "CaseEventConnection",
            "CaseEventEdge",
            "DailyReportConnection",
            "DailyReportEdge",
            "WebhookDeliveryConnection",
            "WebhookDeliveryEdge",
        )
    },
    **{
        name: (Like("the answer to the mutation"), "*")
        for name in (
            "Refusal",
            "Refused",
            "FieldProblem",
            "RegistrationAdmitted",
            "FollowUpRecorded",
            "RegistrationChanged",
            "OrderRecorded",
            "ApprovalRecorded",
            "EvidenceAttached",
            "DisputeRecorded",
            "DailyReportRecorded",
            "WebhookChanged",
            "WebhookDeliveryQueued",
            "DeadLettersResent",
            "ApiKeyRevoked",
            "ContactRevealed",
            "StaffDeactivated",
            "StaffReactivated",
            "HandoverBegun",
            "TargetRecorded",
        )
    },
}
