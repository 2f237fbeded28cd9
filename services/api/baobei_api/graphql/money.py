"""Money at the edge: integer fen inside, yuan with two decimals outside."""

from collections.abc import Sequence
from decimal import Decimal

from baobei.policy.shares import divided


def yuan(fen: int) -> Decimal:
    """Return an amount in yuan with two decimals, exactly."""
    return Decimal(fen).scaleb(-2)


def amounts(total_fen: int, shares_bp: Sequence[int]) -> list[Decimal]:
    """Return what each share of an amount comes to, in yuan; the parts sum to the amount."""
    return [yuan(part) for part in divided(total_fen, shares_bp)]


def optional_yuan(amount_fen: int | None) -> Decimal | None:
    """Return an amount in yuan, None for none."""
    return None if amount_fen is None else yuan(amount_fen)
