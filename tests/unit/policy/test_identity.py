"""policy.md section 3: whose record it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baobei.policy.identity import (
    CustomerKeys,
    Match,
    customer_keys,
    keys_in_force,
    same_customer,
    usable_name,
)

BOTH = CustomerKeys(phone="+8613800138000", address="幸福小区3栋501")
PHONE_ONLY = CustomerKeys(phone="+8613800138000", address=None)
ADDRESS_ONLY = CustomerKeys(phone=None, address="幸福小区3栋501")
NEITHER = CustomerKeys(phone=None, address=None)
STRANGER = CustomerKeys(phone="+8613900139000", address="幸福小区3栋502")


def test_keys_are_made_of_both_facts() -> None:
    assert customer_keys(phone="138 0013 8000", address="幸福小区3号楼501室") == BOTH


def test_an_address_that_is_not_detailed_is_no_key() -> None:
    assert customer_keys(phone="138 0013 8000", address="幸福小区") == PHONE_ONLY


def test_a_phone_that_is_not_valid_is_no_key() -> None:
    assert customer_keys(phone="62345678", address="幸福小区3-501") == ADDRESS_ONLY


def test_absent_facts_are_no_keys() -> None:
    assert customer_keys(phone=None, address=None) == NEITHER


def test_a_phone_is_read_in_the_country_given() -> None:
    keys = customer_keys(phone="(212) 736-5000", address=None, country="US")
    assert keys == CustomerKeys(phone="+12127365000", address=None)


@pytest.mark.parametrize(
    ("keys", "match", "in_force"),
    [
        (BOTH, Match.PHONE_OR_ADDRESS, ("p:+8613800138000", "a:幸福小区3栋501")),
        (BOTH, Match.PHONE, ("p:+8613800138000",)),
        (PHONE_ONLY, Match.PHONE_OR_ADDRESS, ("p:+8613800138000",)),
        (ADDRESS_ONLY, Match.PHONE_OR_ADDRESS, ("a:幸福小区3栋501",)),
        (ADDRESS_ONLY, Match.PHONE, ()),
        (NEITHER, Match.PHONE_OR_ADDRESS, ()),
    ],
)
def test_keys_in_force_are_named_by_their_kind(
    keys: CustomerKeys, match: Match, in_force: tuple[str, ...]
) -> None:
    assert keys_in_force(keys, match) == in_force


@pytest.mark.parametrize(
    ("one", "other", "match", "same"),
    [
        (BOTH, PHONE_ONLY, Match.PHONE_OR_ADDRESS, True),
        (BOTH, ADDRESS_ONLY, Match.PHONE_OR_ADDRESS, True),
        (BOTH, ADDRESS_ONLY, Match.PHONE, False),
        (BOTH, PHONE_ONLY, Match.PHONE, True),
        (PHONE_ONLY, ADDRESS_ONLY, Match.PHONE_OR_ADDRESS, False),
        (BOTH, STRANGER, Match.PHONE_OR_ADDRESS, False),
        (NEITHER, NEITHER, Match.PHONE_OR_ADDRESS, False),
        (NEITHER, NEITHER, Match.PHONE, False),
    ],
)
def test_records_match_when_a_key_in_force_is_equal(
    one: CustomerKeys, other: CustomerKeys, match: Match, same: bool
) -> None:
    assert same_customer(one, other, match) is same


def test_matching_goes_through_no_third_record() -> None:
    assert same_customer(PHONE_ONLY, BOTH, Match.PHONE_OR_ADDRESS)
    assert same_customer(BOTH, ADDRESS_ONLY, Match.PHONE_OR_ADDRESS)
    assert not same_customer(PHONE_ONLY, ADDRESS_ONLY, Match.PHONE_OR_ADDRESS)


@pytest.mark.parametrize("match", list(Match))
def test_the_value_of_a_match_is_its_name(match: Match) -> None:
    assert match.value == match.name


@pytest.mark.parametrize(
    "name", ["张三", "A", " 李 ", "\u3000王\u3000", "\u200b陈", "𠮷田", "\U00031350", "·", "1"]
)
def test_a_name_with_a_visible_character_is_usable(name: str) -> None:
    assert usable_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "\t\r\n", "\u3000", "\u00a0", "\u200b", "\ufeff", "\u2060\u200d", "\0", "\x1b", "\u202e", "\ufe0f", "\u3164", "\u2800", "\ud800"],
)  # fmt: skip
def test_a_name_without_a_visible_character_is_blank(name: str) -> None:
    assert not usable_name(name)


KEYS = st.builds(
    CustomerKeys,
    phone=st.sampled_from([None, "+8613800138000", "+8613900139000"]),
    address=st.sampled_from([None, "幸福小区3栋501", "幸福小区3栋502"]),
)


@given(KEYS, KEYS, st.sampled_from(Match))
def test_matching_is_symmetric(one: CustomerKeys, other: CustomerKeys, match: Match) -> None:
    assert same_customer(one, other, match) is same_customer(other, one, match)


@given(KEYS, KEYS)
def test_what_matches_by_phone_alone_matches_by_either(one: CustomerKeys, other: CustomerKeys) -> None:
    assert same_customer(one, other, Match.PHONE_OR_ADDRESS) >= same_customer(one, other, Match.PHONE)


@given(st.text(), st.text(), st.text(max_size=3))
def test_no_text_raises(phone: str, address: str, country: str) -> None:
    keys = customer_keys(phone=phone, address=address, country=country)
    assert isinstance(keys, CustomerKeys)
    assert usable_name(phone) in (True, False)
