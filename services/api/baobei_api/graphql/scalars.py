"""The scalars of the schema: what goes out is converted here, what comes in stays text.

Text that came in is read by `checks`, which alone knows the path of the input and can name it in an error.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

InstantText = NewType("InstantText", str)
DateText = NewType("DateText", str)
DecimalText = NewType("DecimalText", str)


class UnexpectedKind(ValueError):
    """A scalar that was not written as a string."""

    def __init__(self, example: str) -> None:
        super().__init__(f'expected a string, such as "{example}"')


def _instant_text(value: object) -> str:
    return _text(value, "2026-11-01T10:00:00+08:00")


def _date_text(value: object) -> str:
    return _text(value, "2026-11-01")


def _decimal_text(value: object) -> str:
    return _text(value, "12800.00")


def _text(value: object, example: str) -> str:
    if not isinstance(value, str):
        raise UnexpectedKind(example)
    return value


def _iso(value: date) -> str:
    return value.isoformat()


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="An instant in ISO 8601, always with an offset; answers are in the alliance's time zone.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
    serialize=_iso,
    parse_value=_instant_text,
)
DATE = strawberry.scalar(
    name="Date",
    description="A calendar date in ISO 8601, as 2026-11-01.",
    serialize=_iso,
    parse_value=_date_text,
)
DECIMAL = strawberry.scalar(
    name="Decimal",
    description='An amount of money in yuan as a string with two decimals, as "12800.00"; never a float.',
    serialize=str,
    parse_value=_decimal_text,
)

SCALARS: dict[object, ScalarDefinition] = {
    datetime: DATE_TIME,
    InstantText: DATE_TIME,
    date: DATE,
    DateText: DATE,
    Decimal: DECIMAL,
    DecimalText: DECIMAL,
}
