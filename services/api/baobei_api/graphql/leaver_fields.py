"""Letting people go and letting them in again, and what there is to hand over."""

from typing import assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.operations import staff_changes
from baobei.operations.deactivate_staff import DeactivateStaff, deactivate_staff
from baobei.operations.deactivate_staff import StaffDeactivated as Deactivated
from baobei.operations.reactivate_staff import ReactivateStaff, reactivate_staff
from baobei.operations.reactivate_staff import StaffReactivated as Reactivated
from baobei_api.graphql import answers, inputs, requests
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import leavers


@strawberry.type(description="What can be read of leavers.")
class LeaverQueries:
    """The query of leavers."""

    @resolved(
        "离职交接: what is to be handed over when a person leaves, or has left. For administrators, department heads,"
        " operations managers and the person's manager; null for anybody else, and for nobody."
    )
    async def leaver(self, info: Info, staff_code: inputs.StaffCode) -> leavers.Leaver | None:
        """Return what is to be handed over."""
        context, code = info.context, requests.staff_code(staff_code, "staffCode")
        found = await staff_changes.find_leaver(context.office, context.actor, code)
        return None if found is None else leaver_view(context, found)


@strawberry.type(description="What can be changed of who works for the alliance.")
class LeaverMutations:
    """The mutations of leavers."""

    @resolved(
        "离职: let a person go. They are out at once, are given nothing more, and stay in what was decided."
        " For administrators; twice is once."
    )
    async def deactivate_staff(
        self, info: Info, staff_code: inputs.StaffCode, reason: inputs.Reason
    ) -> leavers.DeactivateStaffResult:
        """Let a person go."""
        context = info.context
        asked = DeactivateStaff(
            staff_code=requests.staff_code(staff_code, "staffCode"), reason=requests.reason_of(reason)
        )
        answer = await deactivate_staff(context.office, context.actor, asked)
        context.renew()
        match answer:
            case Deactivated(leaver=left):
                return leavers.StaffDeactivated(leaver=leaver_view(context, left))
            case outcomes.Refused():
                return answers.refused(answer)
            case _:
                assert_never(answer)

    @resolved(
        "Let a person in again, in the unit and roles that they had. For administrators; twice is once."
    )
    async def reactivate_staff(
        self, info: Info, staff_code: inputs.StaffCode, reason: inputs.Reason
    ) -> leavers.ReactivateStaffResult:
        """Let a person in again."""
        context = info.context
        asked = ReactivateStaff(
            staff_code=requests.staff_code(staff_code, "staffCode"), reason=requests.reason_of(reason)
        )
        answer = await reactivate_staff(context.office, context.actor, asked)
        context.renew()
        match answer:
            case Reactivated(staff=staff):
                return leavers.StaffReactivated(staff=context.convert.staff(staff))
            case outcomes.Refused():
                return answers.refused(answer)
            case _:
                assert_never(answer)


def leaver_view(context: Context, leaver: staff_changes.Leaver) -> leavers.Leaver:
    """Return what is to be handed over, as the viewer may see it."""
    return leavers.Leaver(
        staff=context.convert.staff(leaver.staff),
        registration_count=leaver.registrations,
        request_count=leaver.requests,
        decision_count=leaver.decisions,
        staff_id=leaver.staff.id,
        person=leaver.staff,
    )
