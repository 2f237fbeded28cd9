"""The lines of a history file, checked field by field (history-format.md, "Input")."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from baobei.policy.terms import Channel

# A share that is no whole number: no ruling can stand on it, so it is refused as BAD_SHARES.
NO_SHARE: Final = 0
_AMOUNT: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,4})?", re.ASCII)
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)", re.ASCII | re.IGNORECASE
)
_VERY_LARGE: Final = 10**18
_MISSING: Final = object()


class HistoryError(Exception):
    """A line that cannot be an event: `code` as history-format.md lists them, `message` for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


class HistoryEvent:
    """One event: its type, its instant in UTC and its checked fields by name."""

    __slots__ = ("_fields", "at", "type")

    def __init__(self, type: str, at: datetime, fields: Mapping[str, Any]) -> None:
        self.type, self.at, self._fields = type, at, fields

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def get(self, name: str) -> Any:
        """Return a field, None when events of this type have none of that name."""
        return self._fields.get(name)


def read_instant(text: str) -> datetime:
    """Return an ISO 8601 instant in UTC; raises ValueError without an offset or out of the calendar."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None


def read_event(line: bytes) -> HistoryEvent:
    """Return the event that a line states.

    Raises `HistoryError` with NOT_JSON, UNKNOWN_TYPE or BAD_EVENT, the first that applies. Fields
    beyond the table are ignored.
    """
    event = _read_object(line)
    type = event.get("type")
    if not isinstance(type, str) or type not in _FIELDS:
        raise HistoryError("UNKNOWN_TYPE", "type: expected one of " + ", ".join(_FIELDS))
    fields = {name: read(event.get(name, _MISSING), name) for name, read in _FIELDS[type].items()}
    return HistoryEvent(type, _at(event.get("at", _MISSING), "at"), fields)


def _read_object(line: bytes) -> dict[str, Any]:
    try:
        event = _DECODER.decode(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise HistoryError("NOT_JSON", "expected one JSON object in UTF-8") from None
    if not isinstance(event, dict):
        raise HistoryError("NOT_JSON", "expected one JSON object in UTF-8")
    return event


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _integer(digits: str) -> int:
    """Return an integer of any length; one too long to be read keeps its sign and counts as very large."""
    try:
        return int(digits)
    except ValueError:
        return -_VERY_LARGE if digits.startswith("-") else _VERY_LARGE


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, parse_int=_integer)


def _bad(name: str, expected: str) -> HistoryError:
    return HistoryError("BAD_EVENT", f"{name}: expected {expected}")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not _encodable(value):
        raise _bad(name, "text")
    return value


def _encodable(text: str) -> bool:
    """Whether the text is Unicode: JSON can spell half of a surrogate pair, no file can hold it."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text_or_null(value: object, name: str) -> str | None:
    return None if value is None else _text(value, name)


def _at(value: object, name: str) -> datetime:
    try:
        return read_instant(_text(value, name))
    except ValueError:
        raise _bad(name, "an ISO 8601 instant with its offset") from None


def _channel(value: object, name: str) -> str:
    if not isinstance(value, str) or value not in Channel.__members__:
        raise _bad(name, "STORE or FIELD")
    return value


def _flag(value: object, name: str) -> bool:
    if value is _MISSING:
        return False
    if not isinstance(value, bool):
        raise _bad(name, "true or false")
    return value


def _whole_number(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad(name, "a whole number")
    return value


def _amount(value: object, name: str) -> str | None:
    if value is _MISSING or value is None:
        return None
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise _bad(name, 'yuan as a string, such as "12800.00"')
    return value


def _word(value: object, name: str) -> str | None:
    return None if value is _MISSING or value is None else _text(value, name)


def _ignorable_word(value: object, name: str) -> str | None:
    """Return a text that decides nothing: a replay passes over what it cannot be."""
    try:
        return _word(value, name)
    except HistoryError:
        return None


def _credits(value: object, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise _bad(name, "a list of staff and share_bp")
    return [_credit(entry, f"{name}[{i}]") for i, entry in enumerate(value)]


def _credit(entry: object, name: str) -> dict[str, Any]:
    if not isinstance(entry, dict) or "share_bp" not in entry:
        raise _bad(name, "staff and share_bp")
    share = entry["share_bp"]
    whole = isinstance(share, int) and not isinstance(share, bool)
    return {"staff": _text(entry.get("staff"), f"{name}.staff"), "share_bp": share if whole else NO_SHARE}


_CUSTOMER: Final = {"name": _text, "phone": _text, "address": _text}
_FIELDS: Final[dict[str, dict[str, Callable[[object, str], Any]]]] = {
    "register": {
        "id": _text,
        "by": _text,
        "channel": _channel,
        **_CUSTOMER,
        "new_need": _flag,
        "class": _word,
        "segment": _ignorable_word,
    },
    "follow_up": {"registration": _text, "by": _text},
    "measure": {"registration": _text, "by": _text},
    "extend": {"registration": _text, "days": _whole_number},
    "transfer": {"registration": _text, "to": _text},
    "withdraw": {"registration": _text, "by": _text},
    "order": {"id": _text, "taken_by": _text_or_null, **_CUSTOMER, "amount": _amount},
    "close_order": {"order": _text},
    "cancel_order": {"order": _text},
    "rule": {"order": _text, "by": _text, "credits": _credits, "reason": _text},
}
