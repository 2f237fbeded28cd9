"""The department head's ruling on an order (特殊情况由部门负责人裁决; policy.md section 7)."""

from collections.abc import Collection, Sequence

from baobei.policy.records import Order
from baobei.policy.terms import WHOLE_CREDIT, Credit, RefusalCode, StaffId


def refuse_ruling(
    order: Order,
    *,
    ruled_by: StaffId,
    credits: Sequence[Credit],
    ever_credited: Collection[StaffId],
    candidate_owners: Collection[StaffId],
    spoke: Collection[StaffId] = (),
) -> RefusalCode | None:
    """Return why a ruling may not stand, or None when it may.

    `ever_credited` holds whom any decision or ruling on the order credits or has credited;
    `candidate_owners` who owns a registration that the decision looked at; `spoke` who opened the dispute that it
    ends, or made a statement in it. The role of the ruler is the caller's to check. The codes come in the order
    CANCELLED, BAD_SHARES, OWN_CASE.

    Source: 3.3.2; policy.md section 7, "A ruling".
    """
    if order.cancelled:
        return RefusalCode.CANCELLED
    if not _fair_shares(credits):
        return RefusalCode.BAD_SHARES
    credited = {*ever_credited, *(credit.staff for credit in credits)}
    own = is_own_case(order, ruled_by, ever_credited=credited, candidate_owners=candidate_owners, spoke=spoke)
    return RefusalCode.OWN_CASE if own else None


def is_own_case(
    order: Order,
    person: StaffId,
    *,
    ever_credited: Collection[StaffId],
    candidate_owners: Collection[StaffId],
    spoke: Collection[StaffId],
) -> bool:
    """Whether the person has a part in the case, and so neither rules on the order nor upholds its decision.

    Source: policy.md section 7, "A ruling"; section 8, "Nobody decides a request that they made".
    """
    return person in {order.taken_by, *ever_credited, *candidate_owners, *spoke}


def _fair_shares(credits: Sequence[Credit]) -> bool:
    """Whether distinct staff share the whole, each at least one basis point."""
    shares = [credit.share_bp for credit in credits]
    distinct = len({credit.staff for credit in credits}) == len(credits)
    return distinct and all(share >= 1 for share in shares) and sum(shares) == WHOLE_CREDIT
