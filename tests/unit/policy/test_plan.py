"""The follow-up plan: what is to be done after a store visit, from when on and until when."""

from dataclasses import replace
from datetime import datetime

import pytest

from baobei.policy.document import default_document, default_policy, read_policy
from baobei.policy.plan import Contact, Planned, explain_task, plan
from baobei.policy.plan_steps import plan as read_plan
from baobei.policy.records import End, RecordedEnd, Registration
from baobei.policy.terms import Channel, FollowUpKind
from baobei.policy.yaml_lines import PolicyDocumentError
from builders import at, policy, registration

SUNDAY = "2026-11-01 10:00"
BEGINNING = at(SUNDAY)
IN_STORE = registration(made=SUNDAY, channel=Channel.STORE)


def planned(
    until: str | datetime,
    *contacts: tuple[FollowUpKind, str],
    facts: Registration = IN_STORE,
    since: str = SUNDAY,
    customer_class: str | None = None,
) -> Planned:
    return plan(
        facts,
        visited_at=BEGINNING,
        contacts=[Contact(kind=kind, at=at(instant)) for kind, instant in contacts],
        customer_class=customer_class,
        since=at(since),
        at=at(until) if isinstance(until, str) else until,
    )


def due(found: Planned) -> dict[str, datetime]:
    return {task.step: task.due_at for task in found.tasks}


def test_on_the_day_of_the_visit_an_sms_within_ten_minutes_and_a_call() -> None:
    found = planned(SUNDAY)

    assert due(found) == {"visit_sms": at("2026-11-01 10:10"), "first_call": at("2026-11-02 00:00")}
    assert {task.opens_at for task in found.tasks} == {BEGINNING}
    assert found.next_at == at("2026-11-02 00:00")


def test_the_sms_after_the_call_opens_with_the_call() -> None:
    found = planned(
        "2026-11-01 12:00", (FollowUpKind.SMS, "2026-11-01 10:05"), (FollowUpKind.CALL, "2026-11-01 11:00")
    )
    by_step = {task.step: task for task in found.tasks}

    assert by_step["call_sms"].opens_at == at("2026-11-01 11:00")
    assert by_step["call_sms"].due_at == at("2026-11-02 00:00")
    assert by_step["call_sms"].done_at is None
    assert by_step["visit_sms"].done_at == at("2026-11-01 10:05")
    assert by_step["first_call"].done_at == at("2026-11-01 11:00")


@pytest.mark.parametrize(("kinds", "done"), [("SMS CALL", False), ("CALL SMS", True), ("SMS CALL SMS", True)])
def test_of_one_instant_only_an_sms_recorded_after_the_call_is_the_one_after_it(
    kinds: str, done: bool
) -> None:
    instant = "2026-11-01 11:00"
    found = planned("2026-11-01 12:00", *((FollowUpKind(kind), instant) for kind in kinds.split()))
    by_step = {task.step: task for task in found.tasks}

    assert by_step["call_sms"].opens_at == at(instant)
    assert by_step["call_sms"].done_at == (at(instant) if done else None)
    assert by_step["visit_sms"].done_at == at(instant)


def test_a_step_that_waits_for_one_that_waits_goes_by_the_order_of_recording_too() -> None:
    steps = read_plan(
        [
            {"step": "call", "by": ["CALL"], "days": [0, 0]},
            {"step": "sms", "by": ["SMS"], "after": "call", "days": [0, 0]},
            {"step": "wechat", "by": ["WECHAT"], "after": "sms", "days": [0, 0]},
        ]
    )
    facts = registration(made=SUNDAY, channel=Channel.STORE, policy=policy(follow_up_plan=steps))
    kinds = (FollowUpKind.SMS, FollowUpKind.WECHAT, FollowUpKind.CALL, FollowUpKind.SMS)
    found = planned("2026-11-01 12:00", *((kind, "2026-11-01 11:00") for kind in kinds), facts=facts)

    assert {task.step: task.done_at is not None for task in found.tasks} == {
        "call": True,
        "sms": True,
        "wechat": False,
    }


def test_the_next_day_a_second_call_and_the_sms_of_its_weekday() -> None:
    found = planned("2026-11-02 08:00", since="2026-11-01 10:01")

    assert due(found) == {
        "second_call": at("2026-11-03 00:00"),
        "monday_sms": at("2026-11-03 00:00"),
        "weekly_email": at("2026-11-09 00:00"),
    }
    assert found.next_at == at("2026-11-06 00:00")


@pytest.mark.parametrize(("customer_class", "called"), [(None, False), ("B", False), ("A", True)])
def test_an_urgent_need_is_called_within_the_week(customer_class: str | None, called: bool) -> None:
    found = planned("2026-11-03 00:00", since="2026-11-02 00:01", customer_class=customer_class)

    assert due(found) == ({"urgent_call": at("2026-11-09 00:00")} if called else {})


def test_every_week_brings_its_own_tasks_until_the_registration_ends() -> None:
    found = planned("2026-11-20 12:00", since="2026-11-09 00:00")

    assert [(task.step, task.period.isoformat()) for task in found.tasks] == [
        ("monday_sms", "2026-11-09"),
        ("friday_sms", "2026-11-13"),
        ("weekly_email", "2026-11-09"),
        ("monday_sms", "2026-11-16"),
        ("friday_sms", "2026-11-20"),
        ("weekly_email", "2026-11-16"),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        registration(made=SUNDAY, channel=Channel.FIELD),
        registration(
            made=SUNDAY,
            channel=Channel.STORE,
            end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-10 10:00")),
        ),
    ],
    ids=["expired", "withdrawn"],
)
def test_nothing_opens_once_the_registration_has_ended(facts: Registration) -> None:
    assert planned("2026-11-17 00:00", facts=facts) == Planned(tasks=(), next_at=None)


def test_an_expiry_that_is_to_come_is_looked_at() -> None:
    found = planned("2026-11-16 12:00", facts=registration(made=SUNDAY, channel=Channel.FIELD))

    assert found.next_at == at("2026-11-17 00:00")


def test_what_opened_long_ago_while_nobody_planned_is_left_out() -> None:
    found = planned("2027-11-01 12:00")

    assert min(task.opens_at for task in found.tasks) >= at("2027-10-04 00:00")


def test_at_the_end_of_the_calendar_nothing_opens_any_more() -> None:
    last = datetime.fromisoformat("9999-12-31T23:59:59+00:00")

    assert planned(last, since="9999-12-20 00:00").next_at is None


def test_a_policy_without_a_plan_plans_nothing() -> None:
    bare = registration(made=SUNDAY, channel=Channel.STORE, policy=policy(follow_up_plan=()))

    assert planned("2026-11-30 12:00", facts=bare) == Planned(tasks=(), next_at=None)


def test_a_task_is_explained_in_both_languages_with_its_clause() -> None:
    (sms, _) = planned(SUNDAY).tasks
    said = explain_task(IN_STORE, sms, at=at("2026-11-01 10:09"))

    assert said.zh == "请在2026年11月1日 10:10前给客户发短信（D.1）。"
    assert said.en == "Before 1 Nov 2026 10:10 (Asia/Shanghai): send an SMS (D.1)."


def test_an_overdue_task_says_since_when_from_its_due_instant_on() -> None:
    (sms, _) = planned(SUNDAY).tasks
    said = explain_task(IN_STORE, sms, at=at("2026-11-01 10:10"))

    assert said.zh == "自2026年11月1日 10:10起已逾期：请尽快给客户发短信（D.1）。"
    assert said.en == "Overdue since 1 Nov 2026 10:10 (Asia/Shanghai): send an SMS (D.1)."


@pytest.mark.parametrize(
    ("step", "zh", "en"),
    [
        ("first_call", "请在2026年11月2日 00:00前给客户打第一次电话（D.1）。", "make the first call"),
        ("second_call", "请在2026年11月3日 00:00前给客户打第二次电话（D.1）。", "make the second call"),
    ],
)
def test_the_first_call_and_the_second_are_told_apart(step: str, zh: str, en: str) -> None:
    (call,) = (task for task in planned("2026-11-02 08:00").tasks if task.step == step)
    said = explain_task(IN_STORE, call, at=BEGINNING)

    assert said.zh == zh
    assert f": {en} (D.1)." in said.en


@pytest.mark.parametrize(
    ("kinds", "zh", "en"),
    [
        ({FollowUpKind.STORE_VISIT}, "约客户到店", "meet in the store"),
        ({FollowUpKind.HOME_VISIT}, "上门拜访客户", "visit at home"),
        ({FollowUpKind.OTHER}, "联系客户", "get in touch"),
        ({FollowUpKind.SMS, FollowUpKind.WECHAT}, "给客户发短信或发微信", "send an SMS or write on WeChat"),
    ],
)
def test_what_is_to_be_done_is_said_as_people_say_it(kinds: set[FollowUpKind], zh: str, en: str) -> None:
    (_, call) = planned(SUNDAY).tasks
    said = explain_task(IN_STORE, replace(call, by=frozenset(kinds)), at=BEGINNING)

    assert said.zh == f"请在2026年11月2日 00:00前{zh}（D.1）。"
    assert said.en == f"Before 2 Nov 2026 00:00 (Asia/Shanghai): {en} (D.1)."


def test_a_step_that_is_named_a_call_and_is_none_is_told_by_what_does_it() -> None:
    (_, call) = planned(SUNDAY).tasks
    said = explain_task(IN_STORE, replace(call, by=frozenset({FollowUpKind.WECHAT})), at=BEGINNING)

    assert said.zh == "请在2026年11月2日 00:00前给客户发微信（D.1）。"


def test_a_document_from_before_the_plan_has_the_one_that_ships() -> None:
    head, _, rest = default_document().partition("  follow_up_plan:\n")
    older = head + rest.partition('    clause: "D.1"\n')[2]

    assert read_policy(older).follow_up_plan == default_policy().follow_up_plan


@pytest.mark.parametrize(
    "step",
    [
        "{step: visit_sms, by: [], minutes: 10}",
        "{step: visit_sms, by: [FAX], minutes: 10}",
        "{step: Visit, by: [SMS], minutes: 10}",
        "{step: visit_sms, by: [SMS]}",
        "{step: visit_sms, by: [SMS], minutes: 10, weekly: true}",
        "{step: visit_sms, by: [SMS], minutes: 0}",
        "{step: visit_sms, by: [SMS], weekly: false}",
        "{step: visit_sms, by: [SMS], days: [2, 1]}",
        "{step: visit_sms, by: [SMS], days: [1]}",
        "{step: visit_sms, by: [SMS], weekday: SOMEDAY}",
        "{step: visit_sms, by: [SMS], days: [0, 0], after: nothing}",
        "{step: first_call, by: [SMS], minutes: 10}",
        "{step: visit_sms, by: [SMS], minutes: 10, at: noon}",
    ],
)
def test_a_step_that_cannot_be_meant_is_refused(step: str) -> None:
    text = default_document().replace("{step: visit_sms, by: [SMS], minutes: 10}", step)
    with pytest.raises(PolicyDocumentError, match="follow_up_plan"):
        read_policy(text)


def test_a_step_for_a_class_that_there_is_not_is_refused_by_name_and_line() -> None:
    text = default_document().replace("classes: [A]}", "classes: [A, Z, Y]}")
    with pytest.raises(PolicyDocumentError) as raised:
        read_policy(text)

    assert raised.value.field == "parameters.follow_up_plan.value"
    assert "urgent_call classes that customer_classes has, not Y, Z" in str(raised.value)


def test_a_document_that_was_published_with_such_a_step_is_read_as_it_stands() -> None:
    text = default_document().replace("classes: [A]}", "classes: [Z]}")

    assert "urgent_call" not in {task.step for task in planned("2026-11-03 00:00").tasks}
    assert len(read_policy(text, published=True).follow_up_plan) == len(default_policy().follow_up_plan)


def test_the_plan_that_ships_goes_with_whatever_classes_a_document_has() -> None:
    head, _, rest = default_document().partition("  follow_up_plan:\n")
    without = head + rest.partition('    clause: "D.1"\n')[2]
    line = next(line for line in without.splitlines() if line.strip().startswith("customer_classes:"))
    other = without.replace(line, '  customer_classes: {value: {VIP: {}}, clause: "3.3.2"}')

    assert list(read_policy(other).customer_classes) == ["VIP"]
