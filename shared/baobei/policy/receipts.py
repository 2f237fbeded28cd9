"""Receipts: a digest by which anyone can check that a decision is the one that was made."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from baobei.policy.terms import Credit


def digest(facts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of facts in hexadecimal; the order in which they are named does not count."""
    canonical = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def ruling_digest(
    *, order_id: str, replaced_digest: str, ruled_by: str, credits: Iterable[Credit], reason_key: str
) -> str:
    """Return the receipt of a ruling: what it replaced, who ruled, why, and the credits.

    `reason_key` stands for the reason and tells nobody what it says: a receipt has no personal data.
    """
    shares = [[credit.staff, credit.share_bp] for credit in credits]
    return digest(
        {
            "order": order_id,
            "replaced": replaced_digest,
            "ruled_by": ruled_by,
            "credits": shares,
            "reason": reason_key,
        }
    )


def reversal_digest(*, order_id: str, reversed_digest: str) -> str:
    """Return the receipt of a cancellation: the decision that it reversed."""
    return digest({"order": order_id, "reversed": reversed_digest})
