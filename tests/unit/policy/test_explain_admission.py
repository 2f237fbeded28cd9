"""What a person is told about an attempt: exact sentences, and nothing about anybody else."""

import pytest

from baobei.policy.admission import (
    Admission,
    Admitted,
    AfterDeal,
    AlreadyProtected,
    CoolingDown,
    DuplicateOwn,
    Incomplete,
    OverQuota,
)
from baobei.policy.calendar import NEVER
from baobei.policy.document import DealPoint, Policy
from baobei.policy.explain import explain_admission, explain_field
from baobei.policy.terms import ClauseNumber, Clauses, OrderId, RegistrationId, RequiredFact, Text
from builders import ADDRESS, NAME, PHONE, Story, at, policy, quota


def explained(admission: Admission, rules: Policy | None = None) -> Text:
    return explain_admission(admission, policy=rules or policy())


def test_an_admitted_person_is_told_what_to_keep() -> None:
    assert explained(Admitted(supersedes=()), policy(follow_up_days=1, lapse_days=7)) == Text(
        zh="报备成功，从现在起这位客户由您跟进，受先报先保保护（3.3.1）。"
        "请在1天内跟进一次，不要连续7天没有跟进（3.3.2）。",
        en="Registered: the customer is yours to look after and protected from now on (3.3.1). "
        "Follow up within 1 day, and never leave 7 days without contact (3.3.2).",
    )


def test_incomplete_names_the_fields_in_both_languages() -> None:
    missing = Incomplete(fields=(RequiredFact.ADDRESS, RequiredFact.NAME, RequiredFact.PHONE))
    assert explained(missing) == Text(
        zh="资料不完整，没有报备成功：请补充或更正详细地址、姓名、电话。客户姓名、电话、详细地址三项缺一不可（3.2.2）。",
        en="Not registered, something is missing: please complete or correct the detailed address, name and phone. "
        "The customer's name, phone and detailed address are all required (3.2.2).",
    )


@pytest.mark.parametrize(
    ("field", "zh"),
    [
        (RequiredFact.NAME, "请填写客户姓名，不能空白。"),
        (RequiredFact.PHONE, "请填写打得通的电话号码：手机号，或带区号的座机号。"),
        (
            RequiredFact.ADDRESS,
            "请填写详细地址：路名、小区或村名，加上楼栋和房号；独栋房屋写到门牌号。",
        ),
    ],
)
def test_each_field_says_what_to_put_right(field: RequiredFact, zh: str) -> None:
    assert explain_field(field).zh == zh


def test_after_a_deal_a_new_need_is_the_way() -> None:
    assert explained(AfterDeal(order=OrderId("O1"))) == Text(
        zh="这位客户已经下定，成交后再报备无效（3.2.1）。如果客户又有新的需求，请注明“新需求”后重新报备。",
        en="This customer has already placed an order; a registration after the deal is void (3.2.1). "
        "If the customer has a new need, say so and register again.",
    )


def test_under_closing_the_deal_is_a_closed_one() -> None:
    sentence = explained(AfterDeal(order=OrderId("O1")), policy(deal_point=DealPoint.CLOSING))
    assert sentence.zh.startswith("这位客户已经成交，")
    assert sentence.en.startswith("This customer has already closed a deal;")


def test_a_duplicate_sends_the_person_to_the_existing_one() -> None:
    assert explained(DuplicateOwn(existing=RegistrationId("R1"))).zh == (
        "这位客户您已经报备过，那份报备仍然在册，没有另建一份（3.3.1）。请直接在原来的报备上跟进。"
    )


def test_already_protected_tells_until_when_and_nothing_else() -> None:
    assert explained(AlreadyProtected(protected_until=at("2026-11-12 00:00"))) == Text(
        zh="这位客户已在报备保护期内，先报先保，您的报备没有成功（3.3.1）。"
        "按目前情况，保护到2026年11月12日 00:00为止。",
        en="This customer is already protected; the first registration comes first, so yours was not admitted "
        "(3.3.1). As things stand, the protection lasts until 12 Nov 2026 00:00 (Asia/Shanghai).",
    )


def test_an_instant_is_told_in_the_alliance_s_zone() -> None:
    sentence = explained(
        AlreadyProtected(protected_until=at("2026-11-12 00:00")), policy(time_zone="America/New_York")
    )
    assert "2026年11月11日 11:00" in sentence.zh
    assert "11 Nov 2026 11:00 (America/New_York)" in sentence.en


def test_seconds_are_told_where_there_are_any() -> None:
    sentence = explained(AlreadyProtected(protected_until=at("2026-11-12 09:05:07")))
    assert "2026年11月12日 09:05:07" in sentence.zh


def test_a_protection_that_outlasts_the_calendar_can_be_told() -> None:
    assert "保护到永久为止" in explained(AlreadyProtected(protected_until=NEVER)).zh


@pytest.mark.parametrize(
    ("clause", "zh", "en"),
    [
        (Clauses.EXPIRY, "到期自动失效（3.3.3）", "expired only a short while ago (3.3.3)"),
        (
            Clauses.FOLLOW_UP,
            "因未跟进失效（3.3.2）",
            "lapsed without follow-up only a short while ago (3.3.2)",
        ),
        (Clauses.FIRST_COME, "由您撤回（3.3.1）", "was withdrawn only a short while ago (3.3.1)"),
    ],
)
def test_cooling_down_tells_how_it_ended_and_when_it_is_over(clause: ClauseNumber, zh: str, en: str) -> None:
    cooling = CoolingDown(ended=RegistrationId("R1"), until=at("2026-11-13 00:00"), clause=clause)
    sentence = explained(cooling)
    assert (
        sentence.zh
        == f"您对这位客户的上一份报备不久前{zh}，暂时不能再报。2026年11月13日 00:00起可以重新报备。"
    )
    assert sentence.en == (
        f"Your previous registration of this customer {en}. "
        "You may register the customer again from 13 Nov 2026 00:00 (Asia/Shanghai)."
    )


def test_over_quota_tells_used_limit_and_month() -> None:
    assert explained(OverQuota(quota=quota(used=21, limit=20, month="2026-11-01"))) == Text(
        zh="您2026年11月的报备名额已经用完：限额20个，已用21个（3.4.2）。成交一个就补回一个，下个月重新计算。",
        en="Your registrations for November 2026 are used up: 21 of 20 (3.4.2). "
        "A deal gives its slot back at once; the count starts again next month.",
    )


@pytest.mark.parametrize("told_to", ["F02", "F01"])
def test_a_refusal_tells_neither_the_holder_nor_the_customer(told_to: str) -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    sentence = explained(story.register("R2", "2026-11-02 10:00", by=told_to))
    told = sentence.zh + sentence.en
    assert [word for word in ("F01", "R1", NAME, PHONE, ADDRESS, "锦绣路", "138") if word in told] == []
