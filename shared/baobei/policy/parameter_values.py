"""How a parameter's value is read from a document: each reader returns the value or says what it expected."""

import enum
from collections.abc import Callable
from datetime import time
from typing import Final

import phonenumbers

from baobei.policy.terms import Channel

_LONGEST_DAYS: Final = 36_500
_LARGEST_COUNT: Final = 1_000_000
_MOST_REMINDERS: Final = 10


class WrongValue(Exception):
    """A value that does not fit; `expected` completes the sentence "expected …"."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(expected)


def whole_number(lowest: int, highest: int) -> Callable[[object], int]:
    """Return a reader of whole numbers within bounds, both inclusive."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise WrongValue(f"a whole number from {lowest} to {highest}")
        return value

    return read


def one_of(words: type[enum.StrEnum]) -> Callable[[object], enum.StrEnum]:
    """Return a reader of the words of an enumeration."""

    def read(value: object) -> enum.StrEnum:
        if not isinstance(value, str) or value not in words.__members__:
            raise WrongValue("one of " + ", ".join(words.__members__))
        return words[value]

    return read


def yes_or_no(value: object) -> bool:
    """Read true or false, and nothing that stands for either."""
    if not isinstance(value, bool):
        raise WrongValue("true or false")
    return value


def channels(value: object) -> frozenset[Channel]:
    """Read a list of channels, which may be empty."""
    if not isinstance(value, list) or any(word not in list(Channel) for word in value):
        raise WrongValue("a list of " + ", ".join(Channel))
    return frozenset(Channel(word) for word in value)


def reminder_days(value: object) -> tuple[int, ...]:
    """Read numbers of days before a deadline; the earliest reminder comes first."""
    expected = f"a list of at most {_MOST_REMINDERS} different whole numbers from 1 to {_LONGEST_DAYS}"
    if not isinstance(value, list) or len(value) > _MOST_REMINDERS:
        raise WrongValue(expected)
    numbers = [n for n in value if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= _LONGEST_DAYS]
    if len(set(numbers)) != len(value):
        raise WrongValue(expected)
    return tuple(sorted(numbers, reverse=True))


def local_time(value: object) -> time:
    """Read a time of day on the wall clock."""
    try:
        if not isinstance(value, str):
            raise ValueError
        return time.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        raise WrongValue('a time of day in quotes, such as "21:00"') from None


def country(value: object) -> str:
    """Read the code of a country whose phone numbers can be read."""
    if not isinstance(value, str) or value not in phonenumbers.SUPPORTED_REGIONS:
        raise WrongValue("a country with a numbering plan, as two capital letters, such as CN")
    return value


days = whole_number(1, _LONGEST_DAYS)
days_or_off = whole_number(0, _LONGEST_DAYS)
count = whole_number(0, _LARGEST_COUNT)
years_or_off = whole_number(0, 100)
