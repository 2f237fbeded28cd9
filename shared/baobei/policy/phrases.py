"""The small parts that sentences for people are made of: instants, months, shares, clauses, lists."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from baobei.policy.terms import WHOLE_CREDIT, ClauseNumber, Text

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_FAR_END: Final = Text(zh="永久", en="the end of time")
_PER_CENT: Final = WHOLE_CREDIT // 100


def instant_text(instant: datetime, time_zone: ZoneInfo) -> Text:
    """Return an instant as a clock on the alliance's wall shows it; seconds only where there are any."""
    try:
        local = instant.astimezone(time_zone)
    except OverflowError:
        return _FAR_END
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return Text(
        zh=f"{local.year}年{local.month}月{local.day}日 {clock}",
        en=f"{local.day} {_MONTHS[local.month - 1][:3]} {local.year} {clock} ({time_zone.key})",
    )


def month_text(month: date) -> Text:
    """Return a calendar month, as in 2026年11月 and November 2026."""
    return Text(zh=f"{month.year}年{month.month}月", en=f"{_MONTHS[month.month - 1]} {month.year}")


def percent_text(share_bp: int) -> str:
    """Return basis points as a percentage without needless zeros: 10 000 is 100%, 3 333 is 33.33%."""
    whole, hundredths = divmod(share_bp, _PER_CENT)
    return f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".") + "%"


def citing(clause: ClauseNumber | None) -> Text:
    """Return the clause in brackets, to stand before a full stop; nothing where no clause decides."""
    return Text(zh="", en="") if clause is None else Text(zh=f"（{clause}）", en=f" ({clause})")


def counted(number: int, noun: str) -> str:
    """Return a number with its English noun, in the plural where it is not one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(texts: Sequence[Text]) -> Text:
    """Return texts as a list within a sentence: 甲、乙 and "one, two and three"."""
    english = [text.en for text in texts]
    *most, last = english
    return Text(
        zh="、".join(text.zh for text in texts),
        en=f"{', '.join(most)} and {last}" if most else last,
    )


def sentences(texts: Iterable[Text]) -> Text:
    """Return whole sentences one after another."""
    parts = tuple(texts)
    return Text(zh="".join(text.zh for text in parts), en=" ".join(text.en for text in parts))
