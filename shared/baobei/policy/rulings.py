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
) -> RefusalCode | None:
    """Return why a ruling may not stand, or None when it may.

    `ever_credited` holds whom any decision or ruling on the order credits or has credited;
    `candidate_owners` who owns a registration that the decision looked at. The role of the ruler is
    the caller's to check. The codes come in the order CANCELLED, BAD_SHARES, OWN_CASE.

    Source: 3.3.2; policy.md section 7, "A ruling".
    """
    if order.cancelled:
        return RefusalCode.CANCELLED
    if not _fair_shares(credits):
        return RefusalCode.BAD_SHARES
    involved = {order.taken_by, *ever_credited, *candidate_owners, *(credit.staff for credit in credits)}
    return RefusalCode.OWN_CASE if ruled_by in involved else None


def _fair_shares(credits: Sequence[Credit]) -> bool:
    """Whether distinct staff share the whole, each at least one basis point."""
    shares = [credit.share_bp for credit in credits]
    distinct = len({credit.staff for credit in credits}) == len(credits)
    return distinct and all(share >= 1 for share in shares) and sum(shares) == WHOLE_CREDIT
