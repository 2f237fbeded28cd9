"""What a history may not say if it is to be recorded: each event is checked as the daily operation's input is."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from baobei.history_events import HistoryEvent
from baobei.policy.identity import usable_name
from baobei.store import limits
from baobei.store.registration_models import Segment

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_AMOUNT: Final = re.compile(
    rf"[0-9]{{1,{limits.AMOUNT_YUAN_DIGITS}}}(?:\.[0-9]{{1,{limits.AMOUNT_DECIMALS}}})?", re.ASCII
)
_LONGEST: Final[Mapping[str, int]] = {
    "id": limits.REFERENCE_CHARS,
    "name": limits.NAME_CHARS,
    "phone": limits.PHONE_CHARS,
    "address": limits.ADDRESS_CHARS,
    "reason": limits.REASON_CHARS,
    "by": limits.CODE_CHARS,
    "to": limits.CODE_CHARS,
    "taken_by": limits.CODE_CHARS,
}
# The names by which a history calls its own; never stored, but an order's.
_NAMES: Final = ("id", "registration", "order")
_FILLED: Final = ("by", "to", "taken_by")


def problem_of(event: HistoryEvent, *, classes: Collection[str]) -> str | None:
    """Return what is wrong of an event, as "FIELD: expected …"; None when it can be recorded.

    A replay may decide such an event all the same: it writes nothing down.
    """
    return _text_problem(event) or _amount_problem(event) or _sorting_problem(event, classes)


def _text_problem(event: HistoryEvent) -> str | None:
    for place, credit in enumerate(event.get("credits") or ()):
        if _UNSTORABLE.search(credit["staff"]):
            return f"credits[{place}].staff: expected text without NUL characters"
    for field in (*_NAMES, *_LONGEST):
        text = event.get(field)
        if text is None:
            continue
        if _UNSTORABLE.search(text):
            return f"{field}: expected text without NUL characters"
        at_most = _LONGEST.get(field)
        if at_most is not None and len(text) > at_most and not (field == "id" and event.type != "order"):
            return f"{field}: expected at most {at_most} characters, got {len(text)}"
        if not usable_name(text) and (field in _FILLED or (field == "id" and event.type == "order")):
            return f"{field}: expected text that is not blank"
    return None


def _amount_problem(event: HistoryEvent) -> str | None:
    amount = event.get("amount")
    if amount is None or _AMOUNT.fullmatch(amount):
        return None
    return 'amount: expected yuan from "0.00" to "9999999999.99" with at most two decimals'


def _sorting_problem(event: HistoryEvent, classes: Collection[str]) -> str | None:
    customer_class, segment = event.get("class"), event.get("segment")
    if customer_class is not None and customer_class not in classes:
        return f"class: expected one that the policy has: {', '.join(classes) or 'none'}"
    if segment is not None and segment not in Segment.__members__:
        return f"segment: expected one of {', '.join(Segment.__members__)}"
    return None
