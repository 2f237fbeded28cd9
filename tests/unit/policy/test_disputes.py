"""Disputing a decision: in time, once at a time, and not for ever."""

from datetime import datetime

import pytest

from baobei.policy.calendar import Counting
from baobei.policy.disputes import CaseEventKind, DisputeStatus, TakenBack, disputable_until, refuse_dispute
from baobei.policy.document import default_document, read_policy
from baobei.policy.explain_dispute import explain_case_event, explain_dispute, explain_dispute_refusal
from baobei.policy.rulings import is_own_case
from baobei.policy.terms import Clauses, StaffId, Text
from builders import SHIPPED, at, order, policy

DECIDED = "2026-11-03 15:00"
OPEN_REFUSALS = [
    "NOT_OWNER",
    "CANCELLED",
    "ALREADY_OPEN",
    "NOT_APPLICABLE",
    "LIMIT",
    "TOO_LATE",
    "ALREADY_DECIDED",
    "CREDITED_WHOLE",
    "NOT_OPENER",
]


def refusal(
    when: str = "2026-11-04 10:00",
    *,
    has_open: bool = False,
    gains_nothing: bool = False,
    upheld: bool = False,
    decided: int = 0,
    cancelled: bool = False,
    **parameters: object,
) -> str | None:
    disputed = order(policy=policy(**parameters), cancelled_at=at("2026-11-03 16:00") if cancelled else None)
    return refuse_dispute(
        disputed,
        decided_at=at(DECIDED),
        at=at(when),
        has_open=has_open,
        gains_nothing=gains_nothing,
        upheld=upheld,
        decided=decided,
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (DECIDED, None),
        ("2026-11-10 23:59:59.999999", None),
        ("2026-11-11 00:00", "TOO_LATE"),
        ("2026-11-11 00:00:01", "TOO_LATE"),
    ],
)
def test_seven_days_run_to_the_end_of_the_seventh(when: str, expected: str | None) -> None:
    assert refusal(when) == expected


@pytest.mark.parametrize(
    ("when", "expected"), [("2026-11-10 14:59:59", None), ("2026-11-10 15:00", "TOO_LATE")]
)
def test_elapsed_days_run_from_the_hour(when: str, expected: str | None) -> None:
    assert refusal(when, counting=Counting.ELAPSED) == expected


@pytest.mark.parametrize(("when", "expected"), [("2026-11-04 23:59", None), ("2026-11-05 00:00", "TOO_LATE")])
def test_the_order_s_own_version_says_how_many_days(when: str, expected: str | None) -> None:
    assert refusal(when, dispute_days=1) == expected


def test_the_days_are_those_of_the_alliance_s_zone() -> None:
    there = policy(time_zone="Europe/Berlin")
    assert disputable_until(at(DECIDED), there) == at("2026-11-11 00:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("opened", "ended", "until"),
    [
        ("2026-11-04 10:00", "2026-11-05 10:00", "2026-11-13 00:00"),
        ("2026-11-10 23:59:59", "2026-11-20 10:00", "2026-11-28 00:00"),
        ("2026-11-11 00:00", "2026-11-20 10:00", "2026-11-11 00:00"),
        (DECIDED, DECIDED, "2026-11-11 00:00"),
    ],
)
def test_a_dispute_that_somebody_else_takes_back_lets_the_days_begin_again_once(
    opened: str, ended: str, until: str
) -> None:
    taken_back = [TakenBack(opened_at=at(opened), ended_at=at(ended))]
    assert disputable_until(at(DECIDED), policy(), taken_back=taken_back) == at(until)


@pytest.mark.parametrize(("decided", "expected"), [(0, None), (1, None), (2, "LIMIT"), (3, "LIMIT")])
def test_an_order_s_disputes_are_decided_twice_at_most(decided: int, expected: str | None) -> None:
    assert refusal(decided=decided) == expected


@pytest.mark.parametrize(("rounds", "expected"), [(0, "LIMIT"), (1, None)])
def test_the_rounds_are_a_parameter(rounds: int, expected: str | None) -> None:
    assert refusal(dispute_rounds=rounds) == expected


def test_a_document_from_before_rounds_has_those_that_ship() -> None:
    older = "".join(line for line in default_document().splitlines(True) if "dispute_rounds" not in line)
    assert read_policy(older).dispute_rounds == SHIPPED.dispute_rounds == 2


def test_what_is_wrong_first_is_what_is_named() -> None:
    everything = {"has_open": True, "gains_nothing": True, "upheld": True, "decided": 2}
    late = "2026-12-24 10:00"
    assert refusal(late, **everything, cancelled=True) == "CANCELLED"
    assert refusal(late, **everything) == "ALREADY_OPEN"
    assert refusal(late, gains_nothing=True, upheld=True, decided=2) == "CREDITED_WHOLE"
    assert refusal(late, upheld=True, decided=2) == "NOT_APPLICABLE"
    assert refusal(late, decided=2) == "LIMIT"
    assert refusal(late) == "TOO_LATE"


@pytest.mark.parametrize(
    ("person", "own"),
    [("F09", True), ("F01", True), ("F02", True), ("F03", True), ("HEAD", False)],
)
def test_whoever_took_it_is_credited_owns_or_spoke_does_not_decide(person: str, own: bool) -> None:
    found = is_own_case(
        order(taken_by="F09"),
        StaffId(person),
        ever_credited=[StaffId("F01")],
        candidate_owners=[StaffId("F02")],
        spoke=[StaffId("F03")],
    )
    assert found is own


@pytest.mark.parametrize("status", DisputeStatus)
def test_every_state_is_told_in_both_languages_with_its_clause(status: DisputeStatus) -> None:
    told = explain_dispute(status, opened_by="王芳")
    assert told.zh.endswith("（3.3.2）。")
    assert told.en.endswith(" (3.3.2).")


@pytest.mark.parametrize(
    ("acting", "zh", "en"),
    [
        (
            None,
            "王芳撤回了自己提出的异议，业绩归属不变（3.3.2）。",
            "王芳, who opened the dispute, took it back; credit stays as it was (3.3.2).",
        ),
        (
            "李店长",
            "李店长代王芳撤回了王芳提出的异议，业绩归属不变（3.3.2）。",
            "李店长 took the dispute back for 王芳, who opened it; credit stays as it was (3.3.2).",
        ),
    ],
)
def test_who_took_a_dispute_back_is_told(acting: str | None, zh: str, en: str) -> None:
    assert explain_dispute(DisputeStatus.WITHDRAWN, opened_by="王芳", acting=acting) == Text(zh=zh, en=en)


@pytest.mark.parametrize("kind", CaseEventKind)
def test_every_kind_of_case_event_has_its_words(kind: CaseEventKind) -> None:
    assert explain_case_event(kind) != Text(zh="", en="")


@pytest.mark.parametrize("code", OPEN_REFUSALS)
def test_every_refusal_has_its_sentence(code: str) -> None:
    sentence = explain_dispute_refusal(code, SHIPPED, None)
    assert code not in sentence.zh + sentence.en


def test_too_late_and_too_often_name_their_numbers() -> None:
    assert explain_dispute_refusal("TOO_LATE", policy(dispute_days=1), Clauses.FOLLOW_UP) == Text(
        zh="已经太晚：界定作出后1天内可以提出异议（3.3.2）。",
        en="Too late: a decision can be disputed within 1 day (3.3.2).",
    )
    assert explain_dispute_refusal("LIMIT", SHIPPED, Clauses.FOLLOW_UP).zh == (
        "这张订单的异议已经处理2次（裁决或维持），不能再提出（3.3.2）。"
    )


def test_days_begin_again_each_time_somebody_else_takes_it_back_and_once_where_who_opened_it_did() -> None:
    def twice(by_opener: bool) -> datetime:
        taken_back = [
            TakenBack(opened_at=at(opened), ended_at=at(ended), by_opener=by_opener)
            for opened, ended in (
                ("2026-11-03 10:00", "2026-11-08 10:00"),
                ("2026-11-12 10:00", "2026-11-15 10:00"),
            )
        ]
        return disputable_until(at("2026-11-01 10:00"), policy(), taken_back=taken_back)

    assert twice(by_opener=True) == at("2026-11-16 00:00")
    assert twice(by_opener=False) == at("2026-11-23 00:00")
