"""Shares: an amount divided by basis points, and a part of a whole in basis points."""

from collections.abc import Sequence

from baobei.policy.terms import WHOLE_CREDIT


def divided(total_fen: int, shares_bp: Sequence[int]) -> list[int]:
    """Return what each share of an amount comes to, in whole fen; the parts sum to the amount.

    Each gets the whole fen of its share; the fen left over go one each to the largest fractions, the
    first of equal ones first. `shares_bp` sum to 10 000. What is taken back is divided as it was given.
    """
    if total_fen < 0:
        return [-part for part in divided(-total_fen, shares_bp)]
    parts = [divmod(total_fen * share, WHOLE_CREDIT) for share in shares_bp]
    left_over = total_fen - sum(whole for whole, _ in parts) if parts else 0
    by_fraction = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    rounded_up = set(by_fraction[:left_over])
    return [whole + (place in rounded_up) for place, (whole, _) in enumerate(parts)]


def part_bp(part: int, whole: int) -> int | None:
    """Return a part of a whole in basis points, halves rounded away from zero; None of nothing."""
    if whole == 0:
        return None
    rounded = (2 * abs(part) * WHOLE_CREDIT + whole) // (2 * whole)
    return rounded if part >= 0 else -rounded
