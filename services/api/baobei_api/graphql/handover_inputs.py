"""The input of a handover as clients write it, and what the operations take."""

import strawberry

from baobei.operations.handover_distribution import MOST_RECEIVERS, HandoverRequest
from baobei_api.graphql import requests
from baobei_api.graphql.enums import DistributionMethod
from baobei_api.graphql.errors import BadInput

PLANNED = "input.toStaffCodes"


@strawberry.input(description="Whose live registrations are to pass to whom.")
class HandoverInput:
    """A handover."""

    from_staff_code: str = strawberry.field(
        description="The leaver or absentee whose registrations they are."
    )
    method: DistributionMethod = strawberry.field(description="How the registrations are shared out.")
    to_staff_codes: list[str] = strawberry.field(
        description=(
            "Who takes over, each named once, at most 100, in the order in which they take turns; exactly one for"
            " ONE_COLLEAGUE."
        )
    )


def handover(written: HandoverInput) -> HandoverRequest:
    """Return a handover; who there is, and who may be given something, is the operation's to say."""
    codes = written.to_staff_codes
    if not 1 <= len(codes) <= MOST_RECEIVERS:
        raise BadInput(PLANNED, f"1 to {MOST_RECEIVERS} codes, got {len(codes)}")
    if written.method is DistributionMethod.ONE_COLLEAGUE and len(codes) > 1:
        raise BadInput(PLANNED, f"exactly one code for ONE_COLLEAGUE, got {len(codes)}")
    if len(set(codes)) < len(codes):
        raise BadInput(PLANNED, "each code once")
    return HandoverRequest(
        from_staff_code=requests.staff_code(written.from_staff_code, "input.fromStaffCode"),
        method=written.method,
        to_staff_codes=tuple(
            requests.staff_code(code, f"{PLANNED}.{place}") for place, code in enumerate(codes)
        ),
    )
