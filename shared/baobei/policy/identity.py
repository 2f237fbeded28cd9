"""Who is the same customer: the keys a record carries, and when two records match."""

import enum
import unicodedata
from dataclasses import dataclass
from typing import Final, assert_never

from baobei.policy.addresses import address_key
from baobei.policy.phones import phone_key

PHONE_NAMESPACE: Final = "p:"
ADDRESS_NAMESPACE: Final = "a:"
BLANK_CATEGORIES: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Me"})
# Letters and symbols by their category, of no ink.
BLANK_CHARS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")


class Match(enum.StrEnum):
    """Which keys are in force: the policy's parameter `match`."""

    PHONE_OR_ADDRESS = "PHONE_OR_ADDRESS"
    PHONE = "PHONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerKeys:
    """The keys that a record was made with: None where it has no usable one.

    Source: policy.md section 3.
    """

    phone: str | None
    """E.164."""
    address: str | None
    """Canonical; only a detailed address is a key."""


def customer_keys(*, phone: str | None, address: str | None, country: str = "CN") -> CustomerKeys:
    """Return the keys of a customer as recorded; an absent or unusable fact is no key.

    `country` is the numbering plan of a phone written without its country code. Never raises.

    Source: policy.md section 3.
    """
    return CustomerKeys(
        phone=None if phone is None else phone_key(phone, country),
        address=None if address is None else address_key(address),
    )


def keys_in_force(keys: CustomerKeys, match: Match) -> tuple[str, ...]:
    """Return the keys that count under `match`, phone first, each with its kind: `p:+86…`, `a:…`.

    Two records match exactly when they share one of these strings.

    Source: policy.md section 3.
    """
    phone = () if keys.phone is None else (PHONE_NAMESPACE + keys.phone,)
    match match:
        case Match.PHONE:
            return phone
        case Match.PHONE_OR_ADDRESS:
            return phone if keys.address is None else (*phone, ADDRESS_NAMESPACE + keys.address)
        case _:
            assert_never(match)


def same_customer(one: CustomerKeys, other: CustomerKeys, match: Match) -> bool:
    """Say whether two records are of the same customer: a key in force is equal, directly.

    Source: policy.md section 3.
    """
    if one.phone is not None and one.phone == other.phone:
        return True
    match match:
        case Match.PHONE:
            return False
        case Match.PHONE_OR_ADDRESS:
            return one.address is not None and one.address == other.address
        case _:
            assert_never(match)


def usable_name(text: str) -> bool:
    """Say whether a name has at least one character that can be seen.

    Source: policy.md section 3, "name usable means not blank".
    """
    return any(
        char not in BLANK_CHARS and unicodedata.category(char) not in BLANK_CATEGORIES for char in text
    )
