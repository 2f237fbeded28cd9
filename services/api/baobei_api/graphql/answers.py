"""From what operations answer to the result unions; whatever the request had read before is forgotten."""

from typing import assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.operations.record_follow_up import FollowUpRecorded
from baobei.operations.register_customer import RegistrationAdmitted, RegistrationRefused
from baobei.store.quota_models import StaffQuota
from baobei.store.registration_models import StoredRegistration
from baobei_api.graphql.context import Context
from baobei_api.graphql.types import people, registrations, results


def registered(
    context: Context, answer: RegistrationAdmitted | RegistrationRefused
) -> results.RegistrationAdmitted | results.RegistrationRefused:
    """Return what an attempt to register came to."""
    context.renew()
    match answer:
        case RegistrationAdmitted(registration=registration, quota=quota):
            return results.RegistrationAdmitted(
                registration=context.convert.registration(registration), quota=context.convert.quota(quota)
            )
        case RegistrationRefused():
            return _registration_refused(context, answer)
        case _:
            assert_never(answer)


def followed_up(
    context: Context, answer: FollowUpRecorded | outcomes.Refused
) -> results.FollowUpRecorded | results.Refused:
    """Return what recording a follow-up came to."""
    context.renew()
    match answer:
        case FollowUpRecorded(follow_up=follow_up, registration=registration):
            return results.FollowUpRecorded(
                follow_up=context.convert.follow_up(follow_up),
                registration=context.convert.registration(registration),
            )
        case outcomes.Refused():
            return refused(answer)
        case _:
            assert_never(answer)


def registration_changed(
    context: Context, answer: outcomes.RegistrationChanged | outcomes.Refused
) -> results.RegistrationChanged | results.Refused:
    """Return what a change to a registration came to."""
    context.renew()
    match answer:
        case outcomes.RegistrationChanged(registration=registration):
            return results.RegistrationChanged(registration=context.convert.registration(registration))
        case outcomes.Refused():
            return refused(answer)
        case _:
            assert_never(answer)


def order_changed(
    context: Context, answer: outcomes.OrderRecorded | outcomes.Refused
) -> results.OrderRecorded | results.Refused:
    """Return what a change to an order came to."""
    context.renew()
    match answer:
        case outcomes.OrderRecorded(order=order):
            return results.OrderRecorded(order=context.convert.order(order))
        case outcomes.Refused():
            return refused(answer)
        case _:
            assert_never(answer)


def approval_changed(
    context: Context, answer: outcomes.ApprovalRecorded | outcomes.Refused
) -> results.ApprovalRecorded | results.Refused:
    """Return what asking for an approval, or deciding one, came to."""
    context.renew()
    match answer:
        case outcomes.ApprovalRecorded(approval=approval):
            return results.ApprovalRecorded(approval=context.convert.approval(approval))
        case outcomes.Refused():
            return refused(answer)
        case _:
            assert_never(answer)


def refused(answer: outcomes.Refused) -> results.Refused:
    """Return a refusal."""
    return results.Refused(code=answer.code, texts=answer.message, clause_number=answer.clause)


def _registration_refused(context: Context, refused: RegistrationRefused) -> results.RegistrationRefused:
    return results.RegistrationRefused(
        code=refused.code,
        texts=refused.message,
        clause_number=refused.clause,
        outcome=refused.outcome,
        attempt_id=strawberry.ID(str(refused.attempt_id)),
        fields=[
            results.FieldProblem(field=problem.field, texts=problem.message) for problem in refused.fields
        ],
        existing=_existing(context, refused.existing),
        protected_until=context.convert.optional_local(refused.protected_until),
        quota=_quota(context, refused.quota),
        approval_id=None if refused.approval_id is None else strawberry.ID(str(refused.approval_id)),
    )


def _existing(context: Context, stored: StoredRegistration | None) -> registrations.Registration | None:
    return None if stored is None else context.convert.registration(stored)


def _quota(context: Context, quota: StaffQuota | None) -> people.Quota | None:
    return None if quota is None else context.convert.quota(quota)
