"""Why an order is credited as it is, in words, from stored facts alone."""

from typing import Any

import pytest

from baobei.policy.explain import (
    AttributionFacts,
    CandidateFacts,
    PassedOn,
    RulingFacts,
    explain_attribution,
    explain_candidate,
)
from baobei.policy.terms import ClauseNumber, StandingStatus, Text, Verdict
from builders import SHANGHAI, at


def candidate(
    number: str = "A7K2",
    owner: str = "张三",
    status: str = "PROTECTED",
    clause: str | None = "3.3.1",
    *,
    holds: bool = False,
    ended: str | None = None,
    passed_on: PassedOn | None = None,
) -> CandidateFacts:
    return CandidateFacts(
        registration_number=number,
        owner_name=owner,
        registered_at=at("2026-11-01 10:00"),
        status=StandingStatus(status),
        holds=holds,
        clause=None if clause is None else ClauseNumber(clause),
        last_touch_at=at("2026-11-02 09:30"),
        lapses_at=at("2026-11-13 00:00"),
        expires_at=at("2026-11-17 00:00"),
        ended_at=None if ended is None else at(ended),
        passed_on=passed_on,
    )


def facts(verdict: str, *candidates: CandidateFacts, **more: Any) -> AttributionFacts:
    usual: dict[str, Any] = {"credited": (), "taker_name": None, "needs_review": False}
    return AttributionFacts(verdict=Verdict(verdict), candidates=candidates, **{**usual, **more})


def told(decision: AttributionFacts) -> Text:
    return explain_attribution(decision, time_zone=SHANGHAI)


def test_the_holder_comes_first_and_then_why_each_other_is_void() -> None:
    decision = facts(
        "REGISTRANT",
        candidate("A1", "李四", "LAPSED", "3.3.2"),
        candidate("A2", "张三", holds=True),
        candidate("A3", "王五"),
        credited=(("张三", 10_000),),
        needs_review=True,
    )
    assert told(decision) == Text(
        zh="业绩归报备人张三（3.3.1）。"
        "张三2026年11月1日 10:00的报备（A2）：下定时在保护期内，是最早的一份，先报先保（3.3.1）。"
        "李四2026年11月1日 10:00的报备（A1）：最后一次跟进或更新是2026年11月2日 09:30，"
        "从2026年11月13日 00:00起失效，对这张订单不算数（3.3.2）。"
        "王五2026年11月1日 10:00的报备（A3）：虽在保护期内，但有更早的报备，后报的让出（3.3.1）。"
        "这张订单同时涉及两位以上同事的报备，请部门负责人复核。",
        en="The order is credited to the registrant, 张三 (3.3.1). "
        "张三's registration A2 of 1 Nov 2026 10:00 (Asia/Shanghai): "
        "protected when the order was placed and the earliest such, so it holds (3.3.1). "
        "李四's registration A1 of 1 Nov 2026 10:00 (Asia/Shanghai): last contact at 2 Nov 2026 09:30 (Asia/Shanghai), "
        "lapsed from 13 Nov 2026 00:00 (Asia/Shanghai), void for this order (3.3.2). "
        "王五's registration A3 of 1 Nov 2026 10:00 (Asia/Shanghai): protected, but an earlier registration comes first "
        "(3.3.1). "
        "Registrations of two or more colleagues bear on this order: the department head should review it.",
    )


def test_a_taker_is_credited_where_nobody_registered() -> None:
    decision = facts("TAKER", credited=(("赵六", 10_000),), taker_name="赵六")
    assert told(decision) == Text(
        zh="这位客户下定时没有可供界定的报备，业绩归接单人赵六。",
        en="The customer had no registration to look at, so the order is credited to 赵六, who took it.",
    )


def test_a_taker_is_credited_where_no_registration_holds() -> None:
    expired = candidate(status="EXPIRED", clause="3.3.3", ended="2026-11-17 00:00")
    decision = facts("TAKER", expired, credited=(("赵六", 10_000),), taker_name="赵六")
    assert told(decision).zh == (
        "下定时没有一份报备可以取得这张订单，业绩归接单人赵六。"
        "张三2026年11月1日 10:00的报备（A7K2）：到2026年11月17日 00:00没有上门量尺也没有下定，已自动失效（3.3.3）。"
    )


def test_an_unassigned_order_goes_to_the_department_head() -> None:
    assert told(facts("UNASSIGNED")) == Text(
        zh="这位客户下定时没有可供界定的报备，也没有登记接单人，业绩待部门负责人裁决。",
        en="The customer had no registration to look at and nobody is named as having taken the order: "
        "it goes to the department head for a ruling.",
    )


def test_a_ruling_tells_who_ruled_how_and_why() -> None:
    decision = facts(
        "RULED",
        credited=(("张三", 6_667), ("李四", 3_333)),
        ruling=RulingFacts(ruled_by_name="顾经理", reason="两人都出了力"),
    )
    assert told(decision) == Text(
        zh="经部门负责人裁决（顾经理），业绩归张三 66.67%、李四 33.33%（3.3.2）。理由：两人都出了力。",
        en="By the department head's ruling (顾经理), the order is credited to 张三 66.67% and 李四 33.33% (3.3.2). "
        "Reason: 两人都出了力.",
    )


def test_a_ruling_asks_for_no_review_and_keeps_what_had_been_looked_at() -> None:
    decision = facts("RULED", candidate(holds=True), credited=(("李四", 10_000),), needs_review=True)
    assert told(decision).zh == (
        "经部门负责人裁决，业绩归李四（3.3.2）。裁决前看过的报备："
        "张三2026年11月1日 10:00的报备（A7K2）：下定时在保护期内，是最早的一份，先报先保（3.3.1）。"
    )


def test_a_cancelled_order_credits_nobody() -> None:
    decision = facts(
        "REGISTRANT", candidate(holds=True), credited=(("张三", 10_000),), cancelled_at=at("2026-11-20 10:00")
    )
    assert told(decision) == Text(
        zh="订单已于2026年11月20日 10:00退单，原来的界定随之撤销，业绩不归任何人。",
        en="The order was cancelled at 20 Nov 2026 10:00 (Asia/Shanghai); the decision is reversed and nobody is "
        "credited.",
    )


@pytest.mark.parametrize(
    ("found", "zh"),
    [
        (
            candidate(status="LAPSED", holds=True),
            "虽从2026年11月13日 00:00起没有按期跟进，但客户没有在其他同事处下定，业绩仍归报备人（3.3.1）。",
        ),
        (
            candidate(status="LAPSED", clause="3.3.2", ended="2026-11-13 00:00"),
            "最后一次跟进或更新是2026年11月2日 09:30，已于2026年11月13日 00:00失效，不能恢复（3.3.2）。",
        ),
        (
            candidate(status="SUPERSEDED", clause="3.3.2", ended="2026-11-14 08:00"),
            "没有按期跟进，失效后客户由其他同事报备，已于2026年11月14日 08:00终止（3.3.2）。",
        ),
        (
            candidate(status="LOST", clause=None, ended="2026-11-14 08:00"),
            "已于2026年11月14日 08:00结束，不再有效。",
        ),
    ],
)
def test_the_finding_for_each_standing(found: CandidateFacts, zh: str) -> None:
    sentence = explain_candidate(found, time_zone=SHANGHAI).zh
    assert sentence == "张三2026年11月1日 10:00的报备（A7K2）：" + zh


def test_what_had_passed_on_says_who_registered_it_and_when_it_was_handed_over() -> None:
    passed = PassedOn(registrant_name="李四", at=at("2026-11-02 09:30"))
    decision = facts(
        "REGISTRANT", candidate("A2", "张三", holds=True, passed_on=passed), credited=(("张三", 10_000),)
    )
    assert told(decision) == Text(
        zh="业绩归张三，即这份报备下定时的负责人：由李四于2026年11月1日 10:00报备，2026年11月2日 09:30转给张三（3.3.1）。"
        "李四2026年11月1日 10:00报备、2026年11月2日 09:30转给张三的报备（A2）：下定时在保护期内，是最早的一份，先报先保（3.3.1）。",
        en="The order is credited to 张三, who owned the registration when the order was placed: registered by 李四 at "
        "1 Nov 2026 10:00 (Asia/Shanghai), handed to 张三 at 2 Nov 2026 09:30 (Asia/Shanghai) (3.3.1). "
        "Registration A2 of 1 Nov 2026 10:00 (Asia/Shanghai) by 李四, handed to 张三 at 2 Nov 2026 09:30 "
        "(Asia/Shanghai): protected when the order was placed and the earliest such, so it holds (3.3.1).",
    )


def test_of_a_lapsed_one_that_had_passed_on_the_owner_is_not_called_who_registered() -> None:
    passed = PassedOn(registrant_name="李四", at=at("2026-11-02 09:30"))
    lapsed = candidate("A2", "张三", "LAPSED", holds=True, passed_on=passed)
    assert "报备人" not in told(facts("REGISTRANT", lapsed, credited=(("张三", 10_000),))).zh
