"""Classes of customers, and the days that a class has of its own (3.3.2, 3.3.3).

The class that counts for the clocks is the one given at registration, for life: nobody moves a deadline by calling a
customer something else. A later class is for lists.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from baobei.policy.parameter_values import WrongValue, days

MOST_CLASSES: Final = 20
MOST_SOURCES: Final = 50
SOURCE_CHARS: Final = 30
# Also as the source has them: A类.
_CLASS: Final = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]{1,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDays:
    """The days of a class (期限); None where it has those of everybody."""

    follow_up_days: int | None = None
    lapse_days: int | None = None
    expiry_days: int | None = None


OWN_DAYS: Final = tuple(field.name for field in fields(ClassDays))


def classes(value: object) -> Mapping[str, ClassDays]:
    """Read the classes, each with the days that are its own."""
    expected = f"at most {MOST_CLASSES} classes, such as {{A: {{follow_up_days: 1}}, B: {{}}}}"
    if not isinstance(value, dict) or len(value) > MOST_CLASSES:
        raise WrongValue(expected)
    read = {}
    for name, own in value.items():
        if not isinstance(name, str) or not _CLASS.fullmatch(name):
            raise WrongValue(
                f"of each class a name of 1 to 8 letters, digits or Chinese characters, not {name!r}"
            )
        if not isinstance(own, dict):
            raise WrongValue(f"of the class {name} its days, such as {{follow_up_days: 1}}, or {{}}")
        if not own.keys() <= set(OWN_DAYS):
            raise WrongValue("of a class no more than " + ", ".join(OWN_DAYS))
        read[name] = ClassDays(**{parameter: days(number) for parameter, number in own.items()})
    return MappingProxyType(read)


def sources(value: object) -> tuple[str, ...]:
    """Read where customers come from, in the order in which people are to see it."""
    expected = f"a list of at most {MOST_SOURCES} different words of at most {SOURCE_CHARS} characters"
    if not isinstance(value, list) or len(value) > MOST_SOURCES:
        raise WrongValue(expected)
    words = [word for word in value if isinstance(word, str) and word.strip() and len(word) <= SOURCE_CHARS]
    if len(set(words)) != len(value):
        raise WrongValue(expected)
    return tuple(words)
