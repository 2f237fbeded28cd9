"""The lines of a history file: which are events, and the code of each that is not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from baobei.history_events import HistoryError, HistoryEvent, read_event, read_instant

REGISTER = {
    "type": "register",
    "at": "2026-11-01T10:00:00+08:00",
    "id": "R1",
    "by": "F01",
    "channel": "FIELD",
    "name": "王小明",
    "phone": "13800138000",
    "address": "浦东新区锦绣路100弄3栋2单元501",
    "new_need": False,
}
ORDER = {
    "type": "order",
    "at": "2026-11-03T15:00:00+08:00",
    "id": "O1",
    "taken_by": "F09",
    "name": "王小明",
    "phone": "13800138000",
    "address": "",
    "amount": "12800.00",
}
RULE = {
    "type": "rule",
    "at": "2026-11-04T09:00:00+08:00",
    "order": "O1",
    "by": "HEAD",
    "credits": [{"staff": "F01", "share_bp": 10000}],
    "reason": "特殊情况",
}
ONE_FIELD = {"at": "2026-11-04T09:00:00+08:00"}
FOLLOW_UP = {"type": "follow_up", "registration": "R1", "by": "F01", **ONE_FIELD}
MEASURE = {"type": "measure", "registration": "R1", "by": "F01", **ONE_FIELD}
EXTEND = {"type": "extend", "registration": "R1", "days": 5, **ONE_FIELD}
TRANSFER = {"type": "transfer", "registration": "R1", "to": "F02", **ONE_FIELD}
WITHDRAW = {"type": "withdraw", "registration": "R1", "by": "F01", **ONE_FIELD}
CLOSE = {"type": "close_order", "order": "O1", **ONE_FIELD}
CANCEL = {"type": "cancel_order", "order": "O1", **ONE_FIELD}
EVERY = [REGISTER, ORDER, RULE, FOLLOW_UP, MEASURE, EXTEND, TRANSFER, WITHDRAW, CLOSE, CANCEL]
OPTIONAL = {"new_need", "amount"}
REQUIRED_FIELDS = [(event, name) for event in EVERY for name in event if name not in {"type", *OPTIONAL}]


def read(event: dict[str, Any]) -> HistoryEvent:
    return read_event(json.dumps(event).encode())


def refused(line: bytes) -> HistoryError:
    with pytest.raises(HistoryError) as raised:
        read_event(line)
    return raised.value


def code(event: dict[str, Any]) -> str:
    return refused(json.dumps(event).encode()).code


@pytest.mark.parametrize("event", EVERY, ids=lambda event: event["type"])
def test_every_type_of_the_table_is_read(event: dict[str, Any]) -> None:
    assert read(event).type == event["type"]


def test_an_instant_is_read_in_utc() -> None:
    assert read(REGISTER).at == datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


def test_new_need_is_false_when_left_out() -> None:
    assert read({name: value for name, value in REGISTER.items() if name != "new_need"})["new_need"] is False


def test_an_amount_may_be_left_out() -> None:
    assert read({name: value for name, value in ORDER.items() if name != "amount"})["amount"] is None


def test_a_taker_may_be_null() -> None:
    assert read({**ORDER, "taken_by": None})["taken_by"] is None


def test_fields_beyond_the_table_are_ignored() -> None:
    extra = {"days": "many", "note": None, "credits": 3, "x": {"deep": [1.5, "\ud800", 10**5000]}}
    assert read_event(_dumps({**FOLLOW_UP, **extra})).type == "follow_up"


def _dumps(event: dict[str, Any]) -> bytes:
    huge = event["x"]["deep"].pop()
    assert huge == 10**5000
    event["x"]["deep"].append("HUGE")
    return json.dumps(event).replace('"HUGE"', "1" + "0" * 5000).encode()


# NOT_JSON


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"not json",
        b"[]",
        b"null",
        b"3",
        b'"register"',
        b'{"type": "follow_up"} {}',
        b'{"type": NaN}',
        b'{"type": "follow_up", "x": Infinity}',
        b"{'type': 'follow_up'}",
        b'{"type": "follow_up",}',
        '{"type": "register"}'.encode("utf-16"),
        b'{"name": "\xff\xfe"}',
        b'{"name": "\xed\xa0\x80"}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a": "tab\there"}',
        "\u3000".encode(),
    ],
    ids=lambda line: repr(line[:20]),
)
def test_what_is_no_json_object_is_not_json(line: bytes) -> None:
    assert refused(line).code == "NOT_JSON"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b" ", b"\t"])
def test_a_byte_order_mark_or_a_space_before_the_object_is_nothing(before: bytes) -> None:
    assert read_event(before + json.dumps(FOLLOW_UP).encode()).type == "follow_up"


@pytest.mark.parametrize("after", [b"\n", b"\r\n", b"\r", b"  "])
def test_a_line_end_of_any_kind_is_nothing(after: bytes) -> None:
    assert read_event(json.dumps(FOLLOW_UP).encode() + after).type == "follow_up"


# UNKNOWN_TYPE


@pytest.mark.parametrize("type", ["registered", "REGISTER", "", None, 3, True, ["register"], {}, "\ud800"])
def test_another_type_is_unknown(type: Any) -> None:
    assert code({**REGISTER, "type": type}) == "UNKNOWN_TYPE"


def test_no_type_is_unknown() -> None:
    assert code({"at": "2026-11-01T10:00:00+08:00"}) == "UNKNOWN_TYPE"


def test_an_unknown_type_is_named_before_a_bad_field() -> None:
    assert code({"type": "registered", "at": "yesterday"}) == "UNKNOWN_TYPE"


# BAD_EVENT


@pytest.mark.parametrize(
    ("event", "name"), REQUIRED_FIELDS, ids=[f"{event['type']}.{name}" for event, name in REQUIRED_FIELDS]
)
def test_a_missing_field_is_a_bad_event(event: dict[str, Any], name: str) -> None:
    assert code({key: value for key, value in event.items() if key != name}) == "BAD_EVENT"


@pytest.mark.parametrize(
    ("event", "name"),
    [(event, name) for event, name in REQUIRED_FIELDS if name != "taken_by"] + [(REGISTER, "new_need")],
)
def test_null_where_it_may_not_be_is_a_bad_event(event: dict[str, Any], name: str) -> None:
    assert code({**event, name: None}) == "BAD_EVENT"


@pytest.mark.parametrize("wrong", [1, 1.5, True, [], {}, ["F01"]])
@pytest.mark.parametrize(
    ("event", "name"), [(event, name) for event, name in REQUIRED_FIELDS if name not in {"days", "credits"}]
)
def test_another_type_than_text_is_a_bad_event(event: dict[str, Any], name: str, wrong: Any) -> None:
    assert code({**event, name: wrong}) == "BAD_EVENT"


@pytest.mark.parametrize("days", [True, False, "5", 5.0, 5.5, 1e400, None, [5]])
def test_days_are_a_whole_number(days: Any) -> None:
    line = json.dumps({**EXTEND, "days": days}).replace("Infinity", "1e400").encode()
    assert refused(line).code == "BAD_EVENT"


@pytest.mark.parametrize("digits", ["99999999999999999999", "9" * 5000])
def test_days_of_any_length_are_a_number(digits: str) -> None:
    line = json.dumps(EXTEND).replace('"days": 5', f'"days": {digits}').encode()
    assert read_event(line)["days"] >= 10**18


def test_many_days_below_nothing_keep_their_sign() -> None:
    line = json.dumps(EXTEND).replace('"days": 5', f'"days": -{"9" * 5000}').encode()
    assert read_event(line)["days"] == -(10**18)


@pytest.mark.parametrize("flag", [0, 1, "false", "true", []])
def test_a_flag_is_true_or_false(flag: Any) -> None:
    assert code({**REGISTER, "new_need": flag}) == "BAD_EVENT"


@pytest.mark.parametrize("channel", ["store", "WEB", "", 1])
def test_a_channel_is_one_of_the_two(channel: Any) -> None:
    assert code({**REGISTER, "channel": channel}) == "BAD_EVENT"


@pytest.mark.parametrize("amount", [12800, 12800.5, True, ["1"], "12,800", "1e5", "", "NaN", "１２"])
def test_an_amount_is_yuan_as_a_string(amount: Any) -> None:
    assert code({**ORDER, "amount": amount}) == "BAD_EVENT"


@pytest.mark.parametrize(
    "instant",
    [
        "2026-11-01T10:00:00",
        "2026-11-01",
        "2026-11-01 10:00",
        "yesterday",
        "",
        "1793498400",
        "2026-02-29T10:00:00+08:00",
        "2026-11-01T24:01:00+08:00",
        "2026-11-01T10:00:60+08:00",
        "2026-11-01T10:00:00+25:00",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:00:00-08:00",
        "2026-11-01T10:00:00+08:00 ",
        "２０２６-11-01T10:00:00+08:00",
    ],
)
def test_an_instant_without_offset_or_out_of_the_calendar_is_a_bad_event(instant: str) -> None:
    assert code({**FOLLOW_UP, "at": instant}) == "BAD_EVENT"


@pytest.mark.parametrize(
    "instant",
    [
        "2026-11-01T02:00:00Z",
        "2026-11-01T10:00:00+08:00",
        "2026-11-01T10:00+08:00",
        "2026-11-01T10:00:00.000+08:00",
        "2026-11-01T10:00:00+0800",
        "2026-11-01T10:00:00+08",
        "2026-10-31T16:00:00-10:00",
    ],
)
def test_an_iso_8601_instant_with_its_offset_is_read(instant: str) -> None:
    assert read_instant(instant) == datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["id", "by", "name", "phone", "address"])
def test_half_a_surrogate_pair_is_no_text(name: str) -> None:
    assert code({**REGISTER, name: "\ud800"}) == "BAD_EVENT"


def test_a_whole_surrogate_pair_is_text() -> None:
    line = json.dumps({**REGISTER, "name": "𠮷"}).encode()
    assert b"\\ud842" in line
    assert read_event(line)["name"] == "𠮷"


@pytest.mark.parametrize(
    "credits",
    [
        {},
        "F01",
        [["F01", 10000]],
        [None],
        [{"staff": "F01"}],
        [{"share_bp": 10000}],
        [{"staff": 1, "share_bp": 10000}],
        [{"staff": None, "share_bp": 10000}],
    ],
)
def test_credits_are_a_list_of_staff_and_share(credits: Any) -> None:
    assert code({**RULE, "credits": credits}) == "BAD_EVENT"


@pytest.mark.parametrize("share", [True, 5000.0, "10000", None, 1.5, []])
def test_a_share_that_is_no_integer_is_no_share(share: Any) -> None:
    event = read({**RULE, "credits": [{"staff": "F01", "share_bp": share}]})
    assert event["credits"] == [{"staff": "F01", "share_bp": 0}]


def test_no_credits_at_all_are_a_list() -> None:
    assert read({**RULE, "credits": []})["credits"] == []


def test_the_message_names_the_field_and_what_was_expected() -> None:
    line = json.dumps(
        {**RULE, "credits": [{"staff": "F01", "share_bp": 1}, {"staff": 2, "share_bp": 1}]}
    ).encode()
    assert refused(line).message == "credits[1].staff: expected text"
