"""Which claims are to be followed up by an instant, found by their last touch: what the deadline says, the other way round."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baobei.policy.calendar import Counting, deadline, last_start
from baobei.policy.classes import ClassDays
from baobei.policy.explain import explain_follow_up
from baobei.policy.follow_ups_due import DueTouches, due_touches
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, Text
from builders import at, policy, registration

TICK = timedelta(microseconds=1)
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1))  # noqa: DTZ001 - the zone is drawn too


@given(INSTANTS, ZONES, st.integers(1, 40), st.sampled_from(Counting))
def test_the_last_start_is_in_and_the_instant_after_it_is_not(
    wall: datetime, zone: ZoneInfo, days: int, counting: Counting
) -> None:
    until = wall.replace(tzinfo=zone)
    start = last_start(until, days, counting=counting, time_zone=zone)

    assert deadline(start, days, counting=counting, time_zone=zone) <= until
    assert deadline(start + TICK, days, counting=counting, time_zone=zone) > until


def test_a_class_with_days_of_its_own_is_due_by_them_and_the_others_by_those_of_everybody() -> None:
    rules = policy(customer_classes={"A": ClassDays(follow_up_days=1), "B": ClassDays(lapse_days=7)})

    assert list(due_touches(rules, at("2026-11-05 00:00"))) == [
        DueTouches(customer_class=None, days=3, touched_until=at("2026-11-02 00:00") - TICK),
        DueTouches(customer_class="A", days=1, touched_until=at("2026-11-04 00:00") - TICK),
    ]


def test_days_that_reach_back_before_the_calendar_make_nothing_due() -> None:
    (found,) = due_touches(policy(follow_up_days=2_000_000, customer_classes={}), at("2026-11-05 00:00"))

    assert found.touched_until.year == 1


def told(now: str, channel: Channel) -> Text:
    facts = registration(made="2026-11-01 10:00", channel=channel)
    return explain_follow_up(standing(facts, at(now)), registration_policy=facts.policy)


@pytest.mark.parametrize(
    ("now", "zh", "en"),
    [
        (
            "2026-11-04 23:59",
            (
                "请在2026年11月5日 00:00前跟进一次（3.3.2）。"
                "到2026年11月12日 00:00还没有跟进，客户在其他同事处下定，业绩就不归报备人（3.3.2）。"
            ),
            (
                "Please follow up before 5 Nov 2026 00:00 (Asia/Shanghai) (3.3.2). "
                "Without contact by 12 Nov 2026 00:00 (Asia/Shanghai), an order the customer places with a colleague "
                "is not credited to the registrant (3.3.2)."
            ),
        ),
        (
            "2026-11-05 00:00",
            (
                "应在2026年11月5日 00:00前跟进，已经逾期，请尽快联系客户（3.3.2）。"
                "到2026年11月12日 00:00还没有跟进，客户在其他同事处下定，业绩就不归报备人（3.3.2）。"
            ),
            (
                "The follow-up was due before 5 Nov 2026 00:00 (Asia/Shanghai) and is overdue; please contact the customer "
                "soon (3.3.2). Without contact by 12 Nov 2026 00:00 (Asia/Shanghai), an order the customer places with a "
                "colleague is not credited to the registrant (3.3.2)."
            ),
        ),
        (
            "2026-11-12 00:00",
            (
                "报备从2026年11月12日 00:00起失效：客户在其他同事处下定，业绩不归报备人（3.3.2）。"
                "只要还没有被其他同事报备，跟进一次就恢复保护。"
            ),
            (
                "The claim lapsed at 12 Nov 2026 00:00 (Asia/Shanghai): an order the customer places with a colleague is not "
                "credited to the registrant (3.3.2). One follow-up restores the protection, as long as no colleague has "
                "registered the customer first."
            ),
        ),
    ],
)
def test_a_follow_up_tells_what_to_do_by_when_and_what_comes_of_it(now: str, zh: str, en: str) -> None:
    assert told(now, Channel.STORE) == Text(zh=zh, en=en)


def test_the_follow_up_of_a_field_claim_that_has_lapsed_tells_of_its_expiry() -> None:
    assert told("2026-11-13 09:00", Channel.FIELD).zh.endswith(
        "到2026年11月17日 00:00还没有上门量尺或下定，报备自动失效（3.3.3）。"
    )
