"""Hypothesis strategies: random histories in which a few people, phones and homes keep colliding."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from baobei.policy.calendar import Counting
from baobei.policy.document import DealPoint
from baobei.policy.identity import Match
from baobei.policy.terms import Channel
from builders import policy

STAFF = ["F01", "F02", "G01"]
PHONES = ["13800138000", "13900139000"]
ADDRESSES = ["浦东新区锦绣路100弄3号楼2单元501室", "徐汇区漕宝路18弄6号楼1单元302室"]
# From one event to the next: most soon, some past a deadline.
GAPS = [
    timedelta(0),
    *[timedelta(hours=1)] * 4,
    *[timedelta(days=1)] * 4,
    timedelta(days=4),
    timedelta(days=11),
]
GAPS += [timedelta(days=16)]
BEGINNING = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)

History = list[dict[str, Any]]

policies = st.builds(
    policy,
    counting=st.sampled_from(Counting),
    match=st.sampled_from(Match),
    deal_point=st.sampled_from(DealPoint),
    lapse_curable=st.booleans(),
    reclaim_cooldown_days=st.sampled_from([0, 7]),
    follow_up_days=st.sampled_from([1, 3]),
    lapse_days=st.sampled_from([3, 10, 20]),
    reminder_time=st.sampled_from([time(9), time(0), time(2, 30)]),
    lapse_reminder_days=st.sampled_from([(1,), (4, 2), ()]),
    expiry_reminder_days=st.sampled_from([(3, 1), (20, 2)]),
    expires_channels=st.sampled_from([frozenset(), frozenset({Channel.FIELD}), frozenset(Channel)]),
    extension_max_count=st.sampled_from([0, 1, 3]),
    monthly_quota=st.sampled_from([1, 2, 20]),
    time_zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Africa/Cairo"]),
)

_staff = st.sampled_from(STAFF)
_which = st.integers(0, 9)
_usable = {"name": st.just("王小明"), "phone": st.sampled_from(PHONES), "address": st.sampled_from(ADDRESSES)}
_unusable = {**_usable, "phone": st.just("12345")}
_addressless = {**_usable, "address": st.just("幸福小区")}


def _events(*types: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.sampled_from(types), **fields})


_channel = st.sampled_from([channel.value for channel in Channel])
_registers = _events("register", by=_staff, channel=_channel, new_need=st.booleans(), **_usable)
_taker = st.one_of(st.none(), _staff)
_credits = st.lists(_events("", staff=_staff, share_bp=st.sampled_from([5_000, 10_000])), max_size=2)
_changes = {
    "register": _registers,
    "order": _events("order", taken_by=_taker, **_usable),
    "partial order": _events("order", taken_by=_taker, **_addressless),
    "incomplete": _events("register", by=_staff, channel=_channel, **_unusable),
    "own": _events("follow_up", "measure", "follow_up", "withdraw", registration=_which),
    "another's": _events("follow_up", "measure", "withdraw", registration=_which, by=_staff),
    "extend": _events("extend", registration=_which, days=st.sampled_from([1, 15, 15, 16])),
    "transfer": _events("transfer", registration=_which, to=_staff),
    "close or cancel": _events("close_order", "cancel_order", "cancel_order", order=_which),
    "rule": _events(
        "rule", order=_which, by=st.sampled_from(["HEAD", *STAFF]), credits=_credits, reason=st.just("特例")
    ),
}
_weights = {"register": 6, "order": 4, "own": 5, "extend": 2, "close or cancel": 2}
_kinds = [kind for kind in _changes for _ in range(_weights.get(kind, 1))]
_steps = st.tuples(st.sampled_from(GAPS), st.sampled_from(_kinds).flatmap(_changes.__getitem__))


def _history_of(steps: list[tuple[timedelta, dict[str, Any]]]) -> History:
    """Number the registrations and orders, point each change at an earlier one, and set the instants.

    A change before there is anything to change is left out; one without `by` is the registrant's.
    """
    history: History = []
    registrants: list[str] = []
    orders = 0
    at = BEGINNING
    for gap, step in steps:
        at += gap
        event = {**step, "at": at.isoformat()}
        if step["type"] == "register":
            event["id"] = f"r{len(registrants)}"
            registrants.append(step["by"])
        elif step["type"] == "order":
            event["id"] = f"o{orders}"
            orders += 1
        elif "registration" in step and registrants:
            which = step["registration"] % len(registrants)
            event = {"by": registrants[which], **event, "registration": f"r{which}"}
        elif "order" in step and orders:
            event["order"] = f"o{step['order'] % orders}"
        else:
            continue
        history.append(event)
    return history


histories = st.tuples(
    st.lists(st.tuples(st.sampled_from(GAPS), _registers), min_size=1, max_size=3),
    st.lists(_steps, min_size=3, max_size=22),
).map(lambda parts: _history_of([*parts[0], *parts[1]]))


def to_lines(history: History) -> list[bytes]:
    """Return a history as the lines of a file."""
    return [json.dumps(event).encode() for event in history]
