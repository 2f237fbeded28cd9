"""What a person is told when a change is not made."""

import pytest

from baobei.policy.explain import explain_refusal
from baobei.policy.terms import Clauses, RefusalCode, StandingStatus, Text
from builders import policy

OTHER_CODES = [
    "EXTERNAL_REF_REUSED",
    "IDEMPOTENCY_KEY_REUSED",
    "UNKNOWN_STAFF",
    "ALREADY_DECIDED",
    "NO_CHANNEL",
    "FORBIDDEN",
]


@pytest.mark.parametrize("code", [*RefusalCode, *OTHER_CODES])
def test_every_code_has_a_sentence_of_its_own(code: str) -> None:
    sentence = explain_refusal(code)
    assert code not in sentence.zh
    assert code not in sentence.en


def test_a_code_of_tomorrow_is_told_as_it_is() -> None:
    assert explain_refusal("QUITE_NEW") == Text(
        zh="这项操作没有被接受：QUITE_NEW。", en="This was not accepted: QUITE_NEW."
    )


@pytest.mark.parametrize(
    ("ended_as", "clause", "zh"),
    [
        (StandingStatus.EXPIRED, Clauses.EXPIRY, "这份报备到期自动失效，已经结束，不能再记录（3.3.3）。"),
        (
            StandingStatus.LAPSED,
            Clauses.FOLLOW_UP,
            "这份报备因没有按期跟进而失效，已经结束，不能再记录（3.3.2）。",
        ),
        (
            StandingStatus.SUPERSEDED,
            Clauses.FOLLOW_UP,
            "这份报备失效后客户已由其他同事报备，已经结束，不能再记录（3.3.2）。",
        ),
        (
            StandingStatus.CONVERTED,
            Clauses.FIRST_COME,
            "这份报备已取得客户的订单，已经结束，不能再记录（3.3.1）。",
        ),
        (StandingStatus.WITHDRAWN, Clauses.FIRST_COME, "这份报备已被撤回，已经结束，不能再记录（3.3.1）。"),
        (StandingStatus.LOST, None, "这份报备没有取得客户的订单，已经结束，不能再记录。"),
        (None, None, "这份报备已经结束，不能再记录。"),
    ],
)
def test_not_live_names_how_it_ended_and_the_clause(ended_as, clause, zh: str) -> None:
    assert explain_refusal("NOT_LIVE", clause, ended_as=ended_as).zh == zh


def test_the_limit_of_an_extension_names_its_numbers() -> None:
    rules = policy(extension_max_days=1, extension_max_count=2)
    assert explain_refusal("LIMIT", Clauses.EXPIRY, policy=rules) == Text(
        zh="每次至少延期1天、最多1天，每份报备最多延期2次（3.3.3）。",
        en="An extension is for at least 1 day and at most 1 day, and a registration can be extended at most 2 times (3.3.3).",
    )


def test_too_late_for_an_extension_says_why() -> None:
    assert explain_refusal("TOO_LATE", Clauses.EXPIRY).zh == (
        "已经太晚：延期后的期限也已过去，或者到期以后这位客户又有了报备或订单（3.3.3）。"
    )


def test_shares_are_told_to_make_a_whole() -> None:
    assert explain_refusal("BAD_SHARES").zh == (
        "业绩分配不成立：每人只列一次，每份至少0.01%，合计必须正好100%（10000个基点）。"
    )
