"""Money at the edge: integer fen inside, yuan with two decimals outside."""

from collections.abc import Sequence
from decimal import Decimal

from baobei.policy.terms import WHOLE_CREDIT


def yuan(fen: int) -> Decimal:
    """Return an amount in yuan with two decimals, exactly."""
    return Decimal(fen).scaleb(-2)


def amounts(total_fen: int, shares_bp: Sequence[int]) -> list[Decimal]:
    """Return what each share of an amount comes to, in yuan; the parts sum to the amount.

    Each gets the whole fen of its share; the fen left over go one each to the largest fractions, the
    first of equal ones first. `shares_bp` sum to 10 000.
    """
    parts = [divmod(total_fen * share, WHOLE_CREDIT) for share in shares_bp]
    left_over = total_fen - sum(whole for whole, _ in parts) if parts else 0
    by_fraction = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    rounded_up = set(by_fraction[:left_over])
    return [yuan(whole + (place in rounded_up)) for place, (whole, _) in enumerate(parts)]


def optional_yuan(amount_fen: int | None) -> Decimal | None:
    """Return an amount in yuan, None for none."""
    return None if amount_fen is None else yuan(amount_fen)
