"""What a registration is worth, in words."""

import pytest

from baobei.policy.classes import ClassDays
from baobei.policy.document import Policy
from baobei.policy.explain import explain_standing
from baobei.policy.records import Ended, RecordedEnd, Registration, apply
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, Text
from builders import at, policy, registration


def explained(facts: Registration, now: str) -> Text:
    return explain_standing(standing(facts, at(now)), registration_policy=facts.policy)


def made(rules: Policy | None = None, channel: Channel = Channel.FIELD) -> Registration:
    return registration(policy=rules or policy(), channel=channel)


def test_a_protected_one_tells_until_when_what_is_next_and_what_would_end_it() -> None:
    assert explained(made(), "2026-11-02 10:00") == Text(
        zh="报备有效，按目前情况保护到2026年11月12日 00:00（3.3.1）。请在2026年11月5日 00:00前跟进一次（3.3.2）。"
        "到2026年11月12日 00:00还没有跟进，客户在其他同事处下定，业绩就不归报备人（3.3.2）。"
        "到2026年11月17日 00:00还没有上门量尺或下定，报备自动失效（3.3.3）。",
        en="The registration is protected, as things stand until 12 Nov 2026 00:00 (Asia/Shanghai) (3.3.1). "
        "Please follow up before 5 Nov 2026 00:00 (Asia/Shanghai) (3.3.2). "
        "Without contact by 12 Nov 2026 00:00 (Asia/Shanghai), an order the customer places with a colleague "
        "is not credited to the registrant (3.3.2). Without a measuring visit or a deposit by "
        "17 Nov 2026 00:00 (Asia/Shanghai), the registration expires (3.3.3).",
    )


def test_a_store_s_tells_nothing_of_an_expiry() -> None:
    assert "3.3.3" not in explained(made(channel=Channel.STORE), "2026-11-02 10:00").zh


def test_an_overdue_follow_up_is_said_to_be_so() -> None:
    assert (
        "应在2026年11月5日 00:00前跟进，已经逾期，请尽快联系客户（3.3.2）。"
        in explained(made(), "2026-11-05 00:00").zh
    )


def test_a_lapse_behind_the_expiry_is_not_told() -> None:
    touched = registration(last_touch_at=at("2026-11-10 10:00"))
    assert explained(touched, "2026-11-11 10:00").zh == (
        "报备有效，按目前情况保护到2026年11月17日 00:00（3.3.1）。请在2026年11月14日 00:00前跟进一次（3.3.2）。"
        "到2026年11月17日 00:00还没有上门量尺或下定，报备自动失效（3.3.3）。"
    )


def test_where_a_lapse_ends_it_the_warning_says_so() -> None:
    sentence = explained(made(policy(lapse_curable=False), Channel.STORE), "2026-11-02 10:00")
    assert "到2026年11月12日 00:00还没有跟进，报备就此失效，不能恢复（3.3.2）。" in sentence.zh
    assert "the registration ends for good (3.3.2)." in sentence.en


def test_a_lapsed_one_tells_that_a_follow_up_cures_it() -> None:
    assert explained(made(channel=Channel.STORE), "2026-11-12 00:00") == Text(
        zh="超过10天没有跟进，报备从2026年11月12日 00:00起失效：客户在其他同事处下定，业绩不归报备人（3.3.2）。"
        "只要还没有被其他同事报备，跟进一次就恢复保护。",
        en="No contact within 10 days: the claim lapsed at 12 Nov 2026 00:00 (Asia/Shanghai), and an order the "
        "customer places with a colleague is not credited to the registrant (3.3.2). One follow-up restores the "
        "protection, as long as no colleague has registered the customer first.",
    )


def test_the_days_told_are_those_of_the_registration_s_version() -> None:
    assert explained(made(policy(lapse_days=5)), "2026-11-07 00:00").zh.startswith("超过5天没有跟进，")


def test_a_lapse_for_good_tells_that_nothing_cures_it() -> None:
    assert explained(made(policy(lapse_curable=False)), "2026-12-24 10:00").zh == (
        "超过10天没有跟进，报备已于2026年11月12日 00:00失效，不能恢复（3.3.2）。"
    )


def test_an_expired_one_tells_the_way_to_an_extension() -> None:
    assert explained(made(), "2026-12-24 10:00").zh == (
        "期限内（15天，批准的延期另加）没有上门量尺也没有下定，报备已于2026年11月17日 00:00自动失效（3.3.3）。"
        "如有特殊情况，可以申请延期。"
    )


def test_where_no_extension_is_allowed_none_is_told_of() -> None:
    assert "延期。" not in explained(made(policy(extension_max_count=0)), "2026-12-24 10:00").zh


@pytest.mark.parametrize(
    ("kind", "zh"),
    [
        ("CONVERTED", "客户已于2026年11月5日 10:00下定，订单业绩界定归这份报备（3.3.1）。"),
        (
            "LOST",
            "这份报备已于2026年11月5日 10:00结束：客户的订单业绩没有界定归它，或者它的订单退单时已有别的报备或订单接替。",
        ),
        ("WITHDRAWN", "这份报备已于2026年11月5日 10:00撤回，客户可由他人报备（3.3.1）。"),
        (
            "SUPERSEDED",
            "没有按期跟进，报备失效后客户已由其他同事报备，这份报备于2026年11月5日 10:00终止（3.3.2）。",
        ),
    ],
)
def test_an_ended_one_tells_how_and_when_it_ended(kind: str, zh: str) -> None:
    ended = apply(registration(), Ended(at=at("2026-11-05 10:00"), kind=RecordedEnd(kind)))
    assert explained(ended, "2026-12-24 10:00").zh == zh


def test_the_days_that_are_named_are_those_of_its_class() -> None:
    rules = policy(customer_classes={"A": ClassDays(lapse_days=5, expiry_days=7)})
    facts = registration(policy=rules, customer_class="A")
    worth = standing(facts, at("2026-11-30 10:00"))
    assert (
        "期限内（7天，批准的延期另加）" in explain_standing(worth, registration_policy=rules.of_class("A")).zh
    )
    lapsed = registration(policy=rules, customer_class="A", channel=Channel.STORE)
    worth = standing(lapsed, at("2026-11-30 10:00"))
    assert explain_standing(worth, registration_policy=rules.of_class("A")).zh.startswith("超过5天没有跟进")
