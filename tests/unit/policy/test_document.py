"""A policy document: what it must say, and how it says what is wrong with it."""

from datetime import time

import pytest

from baobei.policy.calendar import Counting
from baobei.policy.document import (
    OPERATIONAL,
    PARAMETERS,
    DealPoint,
    default_document,
    default_policy,
    read_policy,
)
from baobei.policy.identity import Match
from baobei.policy.terms import Channel
from baobei.policy.yaml_lines import PolicyDocumentError

SHIPPED = default_document()


def changed(old: str, new: str) -> str:
    assert SHIPPED.count(old) == 1
    return SHIPPED.replace(old, new)


def line_of(text: str, start: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(start))


def refused(text: str) -> PolicyDocumentError:
    with pytest.raises(PolicyDocumentError) as raised:
        read_policy(text, name="ours.yaml")
    return raised.value


def test_the_shipped_policy_has_the_numbers_of_the_law() -> None:
    policy = default_policy()
    assert (policy.follow_up_days, policy.lapse_days, policy.expiry_days) == (3, 10, 15)
    assert (policy.extension_max_days, policy.extension_max_count) == (15, 1)
    assert (policy.monthly_quota, policy.reclaim_cooldown_days) == (20, 0)
    assert (policy.counting, policy.match) == (Counting.CALENDAR_DAYS, Match.PHONE_OR_ADDRESS)
    assert (policy.deal_point, policy.lapse_curable) == (DealPoint.DEPOSIT, True)
    assert (policy.expires_channels, policy.quota_channels) == ({Channel.FIELD}, {Channel.FIELD})
    assert (policy.closing_time, policy.lead_days, policy.retention_months) == (time(21, 0), 1, 3)
    assert (policy.time_zone.key, policy.phone_country) == ("Asia/Shanghai", "CN")


def test_every_shipped_parameter_rests_on_a_clause_of_the_document() -> None:
    policy = default_policy()
    # Their clause stands in the document of an alliance that switches them on.
    assert set(policy.clause_of) == set(PARAMETERS) - {"cross_region", "cross_region_deputy"}
    assert set(policy.clause_of.values()) <= set(policy.clauses)


def test_every_shipped_clause_speaks_both_languages() -> None:
    clauses = default_policy().clauses.values()
    assert [c.number for c in clauses if not (c.title.zh and c.title.en and c.text.zh and c.text.en)] == []


def without(*parameters: str) -> str:
    """The document that ships without these parameters, whether they take one line or more."""
    gone = tuple(f"  {parameter}:" for parameter in parameters)
    kept, going = [], False
    for line in SHIPPED.splitlines(keepends=True):
        going = line.startswith(gone) or (going and line.startswith("    "))
        kept += [] if going else [line]
    return "".join(kept)


@pytest.mark.parametrize("parameter", sorted(set(PARAMETERS) - OPERATIONAL))
def test_a_missing_parameter_is_named(parameter: str) -> None:
    error = refused(without(parameter))
    assert (error.field, error.expected) == ("parameters", f"`{parameter}`, which is missing")


def test_a_document_from_before_the_reminders_has_those_that_ship() -> None:
    policy = read_policy(without(*OPERATIONAL))
    assert (policy.reminder_time, policy.lapse_reminder_days, policy.expiry_reminder_days) == (
        time(9, 0),
        (1,),
        (3, 1),
    )
    assert (policy.daily_reveals, policy.contact_retention_years) == (100, 0)
    assert (policy.clause_of["reminder_time"], policy.clause_of["expiry_reminder_days"]) == ("3.3.2", "3.3.3")


def test_a_document_keeps_its_digest_whatever_parameters_come_later() -> None:
    assert read_policy(without(*OPERATIONAL)).digest != default_policy().digest
    assert len(read_policy(without(*OPERATIONAL)).source["parameters"]) == len(PARAMETERS) - len(OPERATIONAL)


def test_reminders_are_kept_earliest_first_and_none_may_be_wanted() -> None:
    text = changed("expiry_reminder_days: {value: [3, 1],", "expiry_reminder_days: {value: [1, 7, 2],")
    assert read_policy(text).expiry_reminder_days == (7, 2, 1)
    none = changed("lapse_reminder_days: {value: [1],", "lapse_reminder_days: {value: [],")
    assert read_policy(none).lapse_reminder_days == ()


@pytest.mark.parametrize(
    "value", ["1", "[0]", "[1, 1]", "[true]", "['1']", "[36501]", "[1.0]", str([*range(1, 12)])]
)
def test_reminder_days_that_cannot_be_meant_are_refused(value: str) -> None:
    text = changed("lapse_reminder_days: {value: [1],", f"lapse_reminder_days: {{value: {value},")
    error = refused(text)
    assert error.field == "parameters.lapse_reminder_days.value"
    assert error.expected.startswith("a list of at most 10 different whole numbers from 1 to 36500")


def test_an_unknown_parameter_is_named_with_its_line() -> None:
    text = changed("  lapse_days:", "  lapse_day:")
    error = refused(text)
    assert (error.field, error.line) == ("parameters.lapse_day", line_of(text, "lapse_day:"))


def test_a_name_given_twice_is_refused_at_the_second() -> None:
    text = changed("  lapse_days:", "  expiry_days: {value: 9}\n  lapse_days:")
    error = refused(text)
    assert (error.field, error.expected) == ("parameters.expiry_days", "each name once")
    assert error.line == line_of(text, 'expiry_days: {value: 15, clause: "3.3.3"}')


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        (
            "lapse_days: {value: 10,",
            "lapse_days: {value: ten,",
            "lapse_days",
            "a whole number from 1 to 36500",
        ),
        ("lapse_days: {value: 10,", "lapse_days: {value: 0,", "lapse_days", "a whole number from 1 to 36500"),
        (
            "lapse_days: {value: 10,",
            "lapse_days: {value: true,",
            "lapse_days",
            "a whole number from 1 to 36500",
        ),
        (
            "lapse_days: {value: 10,",
            "lapse_days: {value: 10.0,",
            "lapse_days",
            "a whole number from 1 to 36500",
        ),
        (
            "lapse_days: {value: 10,",
            "lapse_days: {value: null,",
            "lapse_days",
            "a whole number from 1 to 36500",
        ),
        (
            "lapse_days: {value: 10,",
            "lapse_days: {value: [10],",
            "lapse_days",
            "a whole number from 1 to 36500",
        ),
        (
            "lapse_days: {value: 10,",
            "lapse_days: {value: {n: 1},",
            "lapse_days",
            "a whole number from 1 to 36500",
        ),
        (
            "reclaim_cooldown_days: {value: 0,",
            "reclaim_cooldown_days: {value: -1,",
            "reclaim_cooldown_days",
            "0 to",
        ),
        (
            "monthly_quota: {value: 20,",
            "monthly_quota: {value: -1,",
            "monthly_quota",
            "a whole number from 0 to",
        ),
        ("lapse_curable: {value: true,", "lapse_curable: {value: 1,", "lapse_curable", "true or false"),
        ("counting: {value: CALENDAR_DAYS,", "counting: {value: DAYS,", "counting", "CALENDAR_DAYS, ELAPSED"),
        ("match: {value: PHONE_OR_ADDRESS,", "match: {value: ADDRESS,", "match", "PHONE_OR_ADDRESS, PHONE"),
        ("deal_point: {value: DEPOSIT,", "deal_point: {value: deposit,", "deal_point", "DEPOSIT, CLOSING"),
        (
            "expires_channels: {value: [FIELD],",
            "expires_channels: {value: FIELD,",
            "expires_channels",
            "a list of",
        ),
        (
            "expires_channels: {value: [FIELD],",
            "expires_channels: {value: [WEB],",
            "expires_channels",
            "STORE, FIELD",
        ),
        (
            "quota_channels: {value: [FIELD],",
            "quota_channels: {value: [{}],",
            "quota_channels",
            "STORE, FIELD",
        ),
        ('closing_time: {value: "21:00",', "closing_time: {value: 21:00,", "closing_time", 'such as "21:00"'),
        (
            'closing_time: {value: "21:00",',
            'closing_time: {value: "25:00",',
            "closing_time",
            'such as "21:00"',
        ),
        ("phone_country: {value: CN,", "phone_country: {value: cn,", "phone_country", "two capital letters"),
        ("phone_country: {value: CN,", "phone_country: {value: NO,", "phone_country", "two capital letters"),
    ],
)
def test_a_value_that_cannot_be_meant_names_its_line_and_what_was_expected(
    old: str, new: str, field: str, expected: str
) -> None:
    text = changed(old, new)
    error = refused(text)
    assert (error.field, error.line) == (f"parameters.{field}.value", line_of(text, f"{field}:"))
    assert expected in error.expected


@pytest.mark.parametrize(
    ("old", "new", "parameter", "value"),
    [
        (
            "reclaim_cooldown_days: {value: 0,",
            "reclaim_cooldown_days: {value: 7,",
            "reclaim_cooldown_days",
            7,
        ),
        ("monthly_quota: {value: 20,", "monthly_quota: {value: 0,", "monthly_quota", 0),
        ("extension_max_count: {value: 1,", "extension_max_count: {value: 0,", "extension_max_count", 0),
        ("lapse_days: {value: 10,", "lapse_days: {value: 1,", "lapse_days", 1),
        (
            "expires_channels: {value: [FIELD],",
            "expires_channels: {value: [],",
            "expires_channels",
            frozenset(),
        ),
    ],
)
def test_the_least_value_of_a_parameter_is_accepted(
    old: str, new: str, parameter: str, value: object
) -> None:
    assert getattr(read_policy(changed(old, new)), parameter) == value


def test_a_bare_value_rests_on_the_usual_clause() -> None:
    policy = read_policy(changed('lapse_days: {value: 10, clause: "3.3.2"}', "lapse_days: 12"))
    assert (policy.lapse_days, policy.clause_of["lapse_days"]) == (12, "3.3.2")


def test_a_parameter_may_rest_on_another_clause() -> None:
    policy = read_policy(
        changed(
            'reclaim_cooldown_days: {value: 0, clause: "3.3.1"}',
            'reclaim_cooldown_days: {value: 0, clause: "3.3.2"}',
        )
    )
    assert policy.clause_of["reclaim_cooldown_days"] == "3.3.2"


def test_a_wrong_value_of_a_block_is_found_on_its_own_line() -> None:
    text = changed(
        'lapse_days: {value: 10, clause: "3.3.2"}', 'lapse_days:\n    clause: "3.3.2"\n    value: ten'
    )
    assert refused(text).line == line_of(text, "value: ten")


def test_a_wrong_bare_value_is_found_on_its_line() -> None:
    text = changed('lapse_days: {value: 10, clause: "3.3.2"}', "lapse_days: ten")
    error = refused(text)
    assert (error.field, error.line) == ("parameters.lapse_days", line_of(text, "lapse_days:"))


def test_a_clause_that_is_not_in_the_document_is_refused() -> None:
    text = changed('lapse_days: {value: 10, clause: "3.3.2"}', 'lapse_days: {value: 10, clause: "3.3.9"}')
    error = refused(text)
    assert (error.field, error.line) == ("parameters.lapse_days.clause", line_of(text, "lapse_days:"))
    assert error.expected == "the number of a clause in this document, got '3.3.9'"


def test_a_clause_that_decisions_cite_must_be_there() -> None:
    error = refused(changed('  "3.2.2":\n', '  "3.2.9":\n'))
    assert (error.field, error.expected) == ("clauses", "clause 3.2.2 (decisions cite it)")


def test_a_clause_needs_both_languages() -> None:
    text = changed("    title: {zh: 三要素齐全, en: Three required facts}", "    title: {zh: 三要素齐全}")
    error = refused(text)
    assert (error.field, error.expected) == ("clauses.3.2.2.title", "`en`, which is missing")


def test_an_entry_at_the_top_that_is_not_known_is_refused() -> None:
    assert refused(SHIPPED + "\nlapse_days: 3\n").field == "lapse_days"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "12", "''"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    text = changed("time_zone: Asia/Shanghai", f"time_zone: {zone}")
    error = refused(text)
    assert (error.field, error.line) == ("time_zone", line_of(text, "time_zone:"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1\n",
        "just words\n",
        "code: [\n",
        "a: b: c\n",
        "\0",
        "a: 1\n---\nb: 2\n",
        'a: !!int ""',
        "a: !!bool no way",
        "a: !!timestamp soon",
    ],
)
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert refused(text).field == "document"


def test_an_alias_cannot_multiply_a_document() -> None:
    bomb = "a: &a {x: 1}\nb: &b {p: *a, q: *a}\n"
    assert refused(bomb).expected == "a mapping of its own, not an alias"


def test_half_a_surrogate_pair_is_no_text() -> None:
    error = refused(changed('version: "1"', 'version: "\\ud800"'))
    assert (error.field, error.expected) == ("version", "text in Unicode")


def test_a_note_must_be_text() -> None:
    text = changed('lapse_days: {value: 10, clause: "3.3.2"}', "lapse_days: {value: 10, note: 2026-01-01}")
    assert refused(text).field == "parameters.lapse_days.note"


def test_the_message_names_document_line_field_and_expectation() -> None:
    text = changed("lapse_days: {value: 10,", "lapse_days: {value: soon,")
    line = line_of(text, "lapse_days:")
    assert str(refused(text)) == (
        f"ours.yaml, line {line}: parameters.lapse_days.value: expected a whole number from 1 to 36500, got 'soon'"
    )


def test_the_digest_does_not_depend_on_layout_order_or_comments() -> None:
    relaid = changed(
        'lapse_days: {value: 10, clause: "3.3.2"}', 'lapse_days:   # ten\n    clause: "3.3.2"\n    value: 10'
    )
    assert read_policy(relaid).digest == default_policy().digest


def test_the_digest_depends_on_the_content() -> None:
    assert (
        read_policy(changed("lapse_days: {value: 10,", "lapse_days: {value: 11,")).digest
        != default_policy().digest
    )


def test_an_alliance_s_own_time_zone_comes_first() -> None:
    elsewhere = default_policy().in_time_zone(
        read_policy(changed("Asia/Shanghai", "Europe/Berlin")).time_zone
    )
    assert elsewhere.time_zone.key == "Europe/Berlin"
