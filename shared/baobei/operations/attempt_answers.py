"""What an attempt to register is answered, made from what was stored of it.

The first answer and a later one to the same idempotency key, or in a dispute, come from the same row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, assert_never
from uuid import UUID

from baobei.operations.actor import Actor
from baobei.policy.admission import (
    Admission,
    Admitted,
    AfterDeal,
    AlreadyProtected,
    AwaitingApproval,
    CoolingDown,
    DuplicateOwn,
    Incomplete,
    OverQuota,
)
from baobei.policy.explain import explain_admission, explain_field, explain_refusal
from baobei.policy.quota import Quota
from baobei.policy.terms import ClauseNumber, OrderId, RegistrationId, RequiredFact, StaffId, Text
from baobei.store import approvals, attempts, policies, registrations
from baobei.store.attempt_models import Attempt, AttemptOutcome
from baobei.store.connection import Connection
from baobei.store.quota_models import StaffQuota
from baobei.store.registration_models import StoredRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """A required fact that is missing or unusable, under the name that the client knows."""

    field: str
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationAdmitted:
    """The registration, and the quota as this registration left it."""

    registration: StoredRegistration
    quota: StaffQuota


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRefused:
    """Why the customer was not registered; tells nothing of a claim that is not the person's own."""

    attempt_id: UUID
    outcome: AttemptOutcome
    code: str
    clause: ClauseNumber | None
    message: Text
    fields: tuple[FieldProblem, ...] = ()
    existing: StoredRegistration | None = None
    protected_until: datetime | None = None
    quota: StaffQuota | None = None
    approval_id: UUID | None = None


def detail_of(decision: Admission, quota: Quota, *, admitted_more: bool) -> dict[str, Any]:
    """Return what is stored of a decision: ids, instants and counts, enough to explain it again."""
    match decision:
        case Admitted():
            return _quota_detail(quota, used=quota.used + int(admitted_more))
        case OverQuota():
            return _quota_detail(quota, used=quota.used)
        case Incomplete(fields=fields):
            return {"fields": [field.value for field in fields]}
        case AfterDeal(order=order):
            return {"order": order}
        case DuplicateOwn(existing=existing):
            return {"existing": existing}
        case AlreadyProtected(protected_until=until):
            return {"protected_until": until.isoformat()}
        case CoolingDown(ended=ended, until=until):
            return {"ended": ended, "until": until.isoformat()}
        case AwaitingApproval():
            return {}
        case _:
            assert_never(decision)


async def answer_of(
    connection: Connection, actor: Actor, attempt_id: UUID
) -> RegistrationAdmitted | RegistrationRefused:
    """Return the answer that a stored attempt was given."""
    attempt = (await attempts.by_ids(connection, actor.alliance.id, [attempt_id]))[attempt_id]
    if attempt.outcome is AttemptOutcome.NOT_CONSIDERED:
        return _refused(attempt, explain_refusal(attempt.code, None))
    version = await policies.by_ids(connection, actor.alliance, [attempt.policy_version_id])
    policy = version[attempt.policy_version_id].policy
    decision = _decision(attempt)
    if isinstance(decision, Admitted):
        return await _admitted(connection, actor, attempt)
    message = explain_admission(decision, policy=policy)
    match decision:
        case Incomplete(fields=fields):
            problems = tuple(FieldProblem(field=f.value, message=explain_field(f)) for f in fields)
            return _refused(attempt, message, fields=problems)
        case DuplicateOwn(existing=existing):
            own = await registrations.by_ids(connection, actor.alliance, [UUID(existing)])
            return _refused(attempt, message, existing=own[UUID(existing)])
        case AlreadyProtected(protected_until=until):
            return _refused(attempt, message, protected_until=until)
        case OverQuota(quota=quota):
            return _refused(attempt, message, quota=staff_quota(quota))
        case AfterDeal() | CoolingDown():
            return _refused(attempt, message)
        case AwaitingApproval():
            asked = await approvals.id_by_attempt(connection, actor.alliance.id, attempt.id)
            return _refused(attempt, message, approval_id=asked)
        case _:
            assert_never(decision)


def staff_quota(quota: Quota) -> StaffQuota:
    """Return a quota of the policy under the ids of the store."""
    return StaffQuota(staff_id=UUID(quota.staff), month=quota.month, limit=quota.limit, used=quota.used)


async def _admitted(connection: Connection, actor: Actor, attempt: Attempt) -> RegistrationAdmitted:
    id = attempt.registration_id
    if id is None or attempt.registrant_id is None:
        raise ValueError(f"attempt {attempt.id} was admitted without a registration")
    found = await registrations.by_ids(connection, actor.alliance, [id])
    quota = staff_quota(_quota(attempt.detail, attempt.registrant_id))
    return RegistrationAdmitted(registration=found[id], quota=quota)


def _refused(
    attempt: Attempt,
    message: Text,
    *,
    fields: tuple[FieldProblem, ...] = (),
    existing: StoredRegistration | None = None,
    protected_until: datetime | None = None,
    quota: StaffQuota | None = None,
    approval_id: UUID | None = None,
) -> RegistrationRefused:
    return RegistrationRefused(
        attempt_id=attempt.id,
        outcome=attempt.outcome,
        code=attempt.code,
        clause=attempt.clause,
        message=message,
        fields=fields,
        existing=existing,
        protected_until=protected_until,
        quota=quota,
        approval_id=approval_id,
    )


def _decision(attempt: Attempt) -> Admission:
    """Return the decision that a stored attempt records."""
    detail = attempt.detail
    match attempt.outcome:
        case AttemptOutcome.PROTECTED:
            return Admitted(supersedes=())
        case AttemptOutcome.INCOMPLETE:
            return Incomplete(fields=tuple(RequiredFact(field) for field in detail["fields"]))
        case AttemptOutcome.AFTER_DEAL:
            return AfterDeal(order=OrderId(detail["order"]))
        case AttemptOutcome.DUPLICATE_OWN:
            return DuplicateOwn(existing=RegistrationId(detail["existing"]))
        case AttemptOutcome.ALREADY_PROTECTED:
            return AlreadyProtected(protected_until=datetime.fromisoformat(detail["protected_until"]))
        case AttemptOutcome.COOLING_DOWN if attempt.clause is not None:
            return CoolingDown(
                ended=RegistrationId(detail["ended"]),
                until=datetime.fromisoformat(detail["until"]),
                clause=attempt.clause,
            )
        case AttemptOutcome.OVER_QUOTA if attempt.registrant_id is not None:
            return OverQuota(quota=_quota(detail, attempt.registrant_id))
        case AttemptOutcome.AWAITING_APPROVAL:
            return AwaitingApproval()
        case _:
            raise ValueError(f"attempt {attempt.id} cannot be read again: {attempt.outcome}")


def _quota_detail(quota: Quota, *, used: int) -> dict[str, Any]:
    return {"limit": quota.limit, "used": used, "month": quota.month.isoformat()}


def _quota(detail: Mapping[str, Any], staff_id: UUID) -> Quota:
    return Quota(
        staff=StaffId(str(staff_id)),
        month=date.fromisoformat(detail["month"]),
        limit=detail["limit"],
        used=detail["used"],
    )
