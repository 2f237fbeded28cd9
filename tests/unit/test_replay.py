"""A history decided again: outcomes line by line, errors in their order (history-format.md)."""

import json
from typing import Any

import pytest

from baobei.policy.document import Policy
from baobei.policy.identity import Match
from baobei.replay import Replay, to_line
from builders import SHIPPED, at, policy

CUSTOMER = {"name": "王小明", "phone": "138 0013 8000", "address": "上海市浦东新区锦绣路100弄3号楼2单元501室"}
OTHER_CUSTOMER = {"name": "李雷", "phone": "13900139000", "address": "徐汇区漕宝路18弄6号楼1单元302室"}


def line(type: str, when: str, **fields: Any) -> bytes:
    return json.dumps({"type": type, "at": f"2026-11-{when}+08:00", **fields}).encode()


def register(id: str, when: str, by: str = "F01", **more: Any) -> bytes:
    return line("register", when, id=id, by=by, **{"channel": "FIELD", **CUSTOMER, **more})


def order(id: str, when: str, taken_by: str | None = "F09", **more: Any) -> bytes:
    return line("order", when, id=id, taken_by=taken_by, **{**CUSTOMER, **more})


def outcomes(*lines: bytes, policy: Policy | None = None) -> list[dict[str, Any]]:
    return [answer.outcome for answer in Replay(policy or SHIPPED).answers(lines)]


def errors(*lines: bytes) -> list[tuple[int, str]]:
    return [(outcome["line"], outcome["error"]) for outcome in outcomes(*lines) if "error" in outcome]


def test_a_registration_is_answered_with_admission_and_clause() -> None:
    assert outcomes(register("R1", "01T10:00")) == [
        {"registration": "R1", "admission": "PROTECTED", "clause": "3.3.1"}
    ]


def test_incomplete_adds_the_fields_sorted() -> None:
    assert outcomes(register("R1", "01T10:00", name=" ", phone="123", address="幸福小区")) == [
        {
            "registration": "R1",
            "admission": "INCOMPLETE",
            "clause": "3.2.2",
            "fields": ["address", "name", "phone"],
        }
    ]


def test_duplicate_own_adds_the_existing_one() -> None:
    assert outcomes(register("R1", "01T10:00"), register("R2", "02T10:00"))[1] == {
        "registration": "R2",
        "admission": "DUPLICATE_OWN",
        "clause": "3.3.1",
        "existing": "R1",
    }


def test_another_s_protection_adds_nothing() -> None:
    assert outcomes(register("R1", "01T10:00"), register("R2", "02T10:00", by="F02"))[1] == {
        "registration": "R2",
        "admission": "ALREADY_PROTECTED",
        "clause": "3.3.1",
    }


def test_an_order_is_answered_with_its_decision() -> None:
    assert outcomes(register("R1", "01T10:00"), order("O1", "03T15:00"))[1] == {
        "order": "O1",
        "verdict": "REGISTRANT",
        "credits": [{"staff": "F01", "share_bp": 10_000}],
        "registration": "R1",
        "clause": "3.3.1",
        "needs_review": False,
        "candidates": [{"registration": "R1", "owner": "F01", "standing": "PROTECTED", "clause": "3.3.1"}],
    }


def test_an_order_for_a_customer_nobody_registered_cites_nothing() -> None:
    assert outcomes(order("O1", "03T15:00", taken_by=None)) == [
        {
            "order": "O1",
            "verdict": "UNASSIGNED",
            "credits": [],
            "registration": None,
            "clause": None,
            "needs_review": False,
            "candidates": [],
        }
    ]


def test_an_order_without_a_usable_key_is_refused_and_not_placed() -> None:
    lines = [
        order("O1", "03T15:00", phone="", address="幸福小区"),
        line("close_order", "04T15:00", order="O1"),
    ]
    assert outcomes(*lines)[0] == {"order": "O1", "refused": "INCOMPLETE"}
    assert errors(*lines) == [(2, "UNKNOWN_REFERENCE")]


def test_under_phone_match_an_address_alone_is_no_usable_key() -> None:
    assert outcomes(order("O1", "03T15:00", phone=""), policy=policy(match=Match.PHONE)) == [
        {"order": "O1", "refused": "INCOMPLETE"}
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (line("follow_up", "02T10:00", registration="R1", by="F01"), {"type": "follow_up", "ok": True}),
        (line("measure", "02T10:00", registration="R1", by="F01"), {"type": "measure", "ok": True}),
        (line("extend", "02T10:00", registration="R1", days=15), {"type": "extend", "ok": True}),
        (line("transfer", "02T10:00", registration="R1", to="F02"), {"type": "transfer", "ok": True}),
        (line("withdraw", "02T10:00", registration="R1", by="F01"), {"type": "withdraw", "ok": True}),
        (
            line("follow_up", "02T10:00", registration="R1", by="F02"),
            {"type": "follow_up", "ok": False, "refused": "NOT_OWNER"},
        ),
        (
            line("extend", "02T10:00", registration="R1", days=16),
            {"type": "extend", "ok": False, "refused": "LIMIT"},
        ),
        (
            line("transfer", "02T10:00", registration="R1", to="F01"),
            {"type": "transfer", "ok": False, "refused": "NOT_APPLICABLE"},
        ),
        (
            line("measure", "17T00:00", registration="R1", by="F02"),
            {"type": "measure", "ok": False, "refused": "NOT_LIVE"},
        ),
    ],
)
def test_a_change_is_answered_with_ok_or_why_not(event: bytes, expected: dict[str, Any]) -> None:
    assert outcomes(register("R1", "01T10:00"), event)[1] == expected


def test_closing_and_cancelling_are_answered() -> None:
    told = outcomes(
        order("O1", "03T15:00"),
        line("close_order", "04T10:00", order="O1"),
        line("close_order", "04T11:00", order="O1"),
        line("cancel_order", "05T10:00", order="O1"),
        line("cancel_order", "05T11:00", order="O1"),
        line("close_order", "05T12:00", order="O1"),
    )
    assert told[1:] == [
        {"type": "close_order", "ok": True},
        {"type": "close_order", "ok": False, "refused": "NOT_APPLICABLE"},
        {"type": "cancel_order", "ok": True},
        {"type": "cancel_order", "ok": False, "refused": "NOT_APPLICABLE"},
        {"type": "close_order", "ok": False, "refused": "NOT_APPLICABLE"},
    ]


def rule(when: str, by: str, *credits: tuple[str, Any]) -> bytes:
    shares = [{"staff": staff, "share_bp": share} for staff, share in credits]
    return line("rule", when, order="O1", by=by, credits=shares, reason="特殊情况")


def test_a_ruling_is_answered_with_its_credits() -> None:
    assert outcomes(order("O1", "03T15:00"), rule("04T10:00", "HEAD", ("F01", 6_000), ("F02", 4_000)))[1] == {
        "order": "O1",
        "verdict": "RULED",
        "credits": [{"staff": "F01", "share_bp": 6_000}, {"staff": "F02", "share_bp": 4_000}],
    }


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [("F01", 9_999)],
        [("F01", True), ("F02", 9_999)],
        [("F01", 5_000.0), ("F02", 5_000)],
        [("F01", "10000")],
        [("F01", 5_000), ("F01", 5_000)],
        [("F01", 10**30)],
    ],
)
def test_shares_that_make_no_whole_are_refused(shares: list[tuple[str, Any]]) -> None:
    assert outcomes(order("O1", "03T15:00"), rule("04T10:00", "HEAD", *shares))[1] == {
        "order": "O1",
        "refused": "BAD_SHARES",
    }


def test_a_cancelled_order_is_named_before_bad_shares_and_those_before_the_own_case() -> None:
    told = outcomes(
        order("O1", "03T15:00"),
        rule("04T10:00", "F09", ("F01", 1)),
        rule("04T11:00", "F09", ("F01", 10_000)),
        line("cancel_order", "05T10:00", order="O1"),
        rule("06T10:00", "F09", ("F01", 1)),
    )
    assert [outcome.get("refused") for outcome in told] == [None, "BAD_SHARES", "OWN_CASE", None, "CANCELLED"]


# Errors of a line


def test_an_error_names_its_line_and_the_run_goes_on() -> None:
    told = outcomes(b"{", register("R1", "01T10:00"))
    assert told[0] == {"line": 1, "error": "NOT_JSON", "message": "expected one JSON object in UTF-8"}
    assert told[1]["admission"] == "PROTECTED"


@pytest.mark.parametrize("blank", [b"\n", b"", b"   \n", b"\r\n", b"\t\n"])
def test_blank_lines_are_skipped_and_counted(blank: bytes) -> None:
    assert errors(blank, blank, b"{", blank, b"[]") == [(3, "NOT_JSON"), (5, "NOT_JSON")]


def test_a_blank_line_has_no_outcome() -> None:
    assert len(outcomes(b"\n", register("R1", "01T10:00"), b"\n")) == 1


def test_a_byte_order_mark_and_carriage_returns_change_nothing() -> None:
    windows = b"\xef\xbb\xbf" + register("R1", "01T10:00") + b"\r\n"
    assert outcomes(windows) == outcomes(register("R1", "01T10:00"))


def test_an_event_before_the_one_above_it_is_out_of_order() -> None:
    assert errors(register("R1", "02T10:00"), register("R2", "02T09:59:59")) == [(2, "OUT_OF_ORDER")]


def test_events_of_one_instant_count_in_file_order() -> None:
    told = outcomes(register("R1", "02T10:00", by="F01"), register("R2", "02T10:00", by="F02"))
    assert [outcome["admission"] for outcome in told] == ["PROTECTED", "ALREADY_PROTECTED"]


def test_the_order_of_instants_is_looked_at_across_offsets() -> None:
    tokyo = register("R2", "02T10:30").replace(b"+08:00", b"+09:00")
    assert errors(register("R1", "02T10:00"), tokyo) == [(2, "OUT_OF_ORDER")]


def test_a_line_in_error_sets_no_clock() -> None:
    future = line("follow_up", "30T10:00", registration="R9", by="F01")
    assert errors(register("R1", "02T10:00"), future, order("O1", "03T10:00")) == [(2, "UNKNOWN_REFERENCE")]


def test_a_refused_line_sets_the_clock() -> None:
    refused = line("follow_up", "05T10:00", registration="R1", by="F02")
    assert errors(register("R1", "02T10:00"), refused, order("O1", "03T10:00")) == [(3, "OUT_OF_ORDER")]


@pytest.mark.parametrize(
    "again", [register("X", "03T10:00", **OTHER_CUSTOMER), order("X", "03T10:00", **OTHER_CUSTOMER)]
)
@pytest.mark.parametrize(
    "first",
    [
        register("X", "02T10:00"),
        register("X", "02T10:00", name=""),
        order("X", "02T10:00"),
        order("X", "02T10:00", phone="", address=""),
    ],
)
def test_registrations_and_orders_refused_ones_too_share_one_space_of_ids(first: bytes, again: bytes) -> None:
    assert errors(first, again) == [(2, "DUPLICATE_ID")]


def test_a_line_in_error_takes_no_id() -> None:
    bad = register("R1", "02T10:00", channel="WEB")
    late = register("R2", "01T10:00")
    assert errors(bad, register("R1", "02T10:00"), late, register("R2", "03T10:00")) == [
        (1, "BAD_EVENT"),
        (3, "OUT_OF_ORDER"),
    ]


def test_a_duplicate_changes_nothing() -> None:
    told = outcomes(
        register("R1", "01T10:00"),
        register("R1", "02T10:00", **OTHER_CUSTOMER),
        order("O1", "03T10:00", **OTHER_CUSTOMER),
    )
    assert told[2]["candidates"] == []


@pytest.mark.parametrize(
    "event",
    [
        line("follow_up", "03T10:00", registration="R2", by="F02"),
        line("measure", "03T10:00", registration="R2", by="F02"),
        line("extend", "03T10:00", registration="R2", days=5),
        line("transfer", "03T10:00", registration="R2", to="F02"),
        line("withdraw", "03T10:00", registration="R2", by="F02"),
        line("close_order", "03T10:00", order="R2"),
        line("cancel_order", "03T10:00", order="R1"),
        line("rule", "03T10:00", order="R1", by="HEAD", credits=[], reason=""),
        line("follow_up", "03T10:00", registration="O1", by="F02"),
    ],
)
def test_what_was_never_admitted_or_placed_is_an_unknown_reference(event: bytes) -> None:
    refused = register("R2", "02T10:00", by="F02")
    assert errors(register("R1", "01T10:00"), refused, order("O1", "02T11:00", **OTHER_CUSTOMER), event) == [
        (4, "UNKNOWN_REFERENCE")
    ]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (b'{"type": "nothing", "at": 3', "NOT_JSON"),
        (b'{"type": "nothing", "at": 3}', "UNKNOWN_TYPE"),
        (b'{"type": "order", "at": "2026-10-01T10:00:00+08:00", "id": "R1"}', "BAD_EVENT"),
        (register("R1", "01T09:00"), "OUT_OF_ORDER"),
        (line("follow_up", "01T09:00", registration="R9", by="F01"), "OUT_OF_ORDER"),
        (register("R1", "01T10:00"), "DUPLICATE_ID"),
        (line("follow_up", "01T10:00", registration="R9", by="F01"), "UNKNOWN_REFERENCE"),
    ],
)
def test_the_errors_of_a_line_come_in_their_order(event: bytes, code: str) -> None:
    assert errors(register("R1", "01T10:00"), event) == [(2, code)]


def test_an_error_changes_nothing() -> None:
    run = Replay(policy())
    list(run.answers([register("R1", "01T10:00")]))
    before = list(run.book.registrations())
    list(run.answers([line("extend", "02T10:00", registration="R1", days=True)]))
    assert list(run.book.registrations()) == before


# Standings


def test_standings_come_by_id_as_a_string_with_the_instant_as_given() -> None:
    run = Replay(policy())
    lines = [
        register("R2", "01T10:00"),
        register("R10", "01T11:00", by="F02", **OTHER_CUSTOMER),
        register("R1", "01T12:00", by="F03"),
    ]
    list(run.answers(lines))
    assert list(run.standings(at("2026-11-12 00:00"), as_of="2026-11-12T00:00:00+08:00")) == [
        {"registration": "R10", "standing": "LAPSED", "owner": "F02", "as_of": "2026-11-12T00:00:00+08:00"},
        {"registration": "R2", "standing": "LAPSED", "owner": "F01", "as_of": "2026-11-12T00:00:00+08:00"},
    ]


def test_the_ends_of_the_calendar_can_be_replayed() -> None:
    first = register("R1", "01T10:00").replace(b"2026-11-01T10:00+08:00", b"0001-01-01T00:00:00Z")
    last = register("R2", "01T10:00", by="F02").replace(b"2026-11-01T10:00+08:00", b"9999-12-31T23:59:59Z")
    told = outcomes(first, last, policy=policy(time_zone="America/New_York"))
    assert [outcome["admission"] for outcome in told] == ["PROTECTED", "PROTECTED"]


def test_an_outcome_is_one_line_of_json_in_utf_8() -> None:
    assert to_line({"order": "订单\u2028一"}) == '{"order": "订单\u2028一"}\n'
