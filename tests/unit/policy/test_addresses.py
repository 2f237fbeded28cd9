"""policy.md section 3, key 2: the address."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from baobei.policy.addresses import (
    LONGEST_ADDRESS_CHARS,
    REMEMBERED_ADDRESSES,
    _remembered_address_key,
    address_key,
    normalise_address,
)
from baobei.policy.divisions import divisions, without_divisions, without_province_and_city
from baobei.policy.numerals import numeral_value

CASES = Path(__file__).parents[2] / "cases"


def _cases(part: str) -> list[Any]:
    files = ("addresses.yaml", "addresses-more.yaml")
    return [case for name in files for case in yaml.safe_load((CASES / name).read_text("utf-8"))[part]]


SAME = [(line[0], other) for line in _cases("same") for other in line[1:]]
DIFFERENT = [pair for line in _cases("different") for pair in combinations(line, 2)]
NOT_DETAILED = _cases("not_detailed")
DETAILED = [*_cases("detailed"), *(address for line in _cases("same") for address in line)]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    assert address_key(one) is not None
    assert address_key(other) == address_key(one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_homes_have_different_keys(one: str, other: str) -> None:
    assert address_key(one) is not None
    assert address_key(other) is not None
    assert address_key(other) != address_key(one)


@pytest.mark.parametrize("address", NOT_DETAILED)
def test_an_address_that_is_not_detailed_is_no_key(address: str) -> None:
    assert address_key(address) is None


@pytest.mark.parametrize("address", DETAILED)
def test_a_detailed_address_is_a_key(address: str) -> None:
    assert address_key(address) is not None


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("上海市浦东新区锦绣路100弄3号楼2单元501室", "浦东新区锦绣路100弄3栋2单元501"),
        ("科苑路8号", "科苑路8号"),
        ("幸福小区3-2-501", "幸福小区3栋2单元501"),
        ("幸福小区二期-3-501", "幸福小区2期3栋501"),
        ("幸福小区1-3-2-501", "幸福小区1-3栋2单元501"),
        ("文三路12-1号", "文三路12-1号"),
        ("ｓｏｈｏ现代城３栋０５０１", "SOHO现代城3栋501"),
        ("三里屯路十二号", "三里屯路12号"),
        ("万达广场", "万达广场"),
        ("八一村", "八一村"),
        ("五一路一百二十号", "五一路120号"),
        ("北京路", "北京路"),
        ("北京东路100号", "北京东路100号"),
        ("苏州街", "苏州街"),
        ("苏州工业园区星湖街8号", "苏州工业园区星湖街8号"),
        ("花木街道", "花木街道"),
        ("银座3栋501", "银座3栋501"),
        ("幸福小区3栋٥٠١", "幸福小区3栋501"),
        ("", ""),
        ("\0\u200b\ud800", ""),
    ],
)
def test_the_canonical_spelling(address: str, canonical: str) -> None:
    assert normalise_address(address) == canonical


@pytest.mark.parametrize(
    ("numeral", "digits"),
    [
        ("零", "0"),
        ("一", "1"),
        ("两", "2"),
        ("十", "10"),
        ("十二", "12"),
        ("一十二", "12"),
        ("二十", "20"),
        ("二十三", "23"),
        ("廿三", "23"),
        ("百", "100"),
        ("一百", "100"),
        ("一百零五", "105"),
        ("一百〇五", "105"),
        ("一百五", "150"),
        ("百二", "120"),
        ("一百十二", "112"),
        ("一百一十二", "112"),
        ("两百", "200"),
        ("九百九十九", "999"),
        ("一千二百", "1200"),
        ("五〇一", "501"),
        ("二零零五", "2005"),
        ("〇〇三", "3"),
    ],
)
def test_a_chinese_numeral_is_its_number(numeral: str, digits: str) -> None:
    assert numeral_value(numeral) == digits


@pytest.mark.parametrize("numeral", ["千", "十百", "八一十二", "二十三四", "五十五百", "十十"])
def test_what_is_not_one_number_has_no_value(numeral: str) -> None:
    assert numeral_value(numeral) is None


UNITS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9))
def test_every_numeral_to_a_thousand_is_read_back(hundreds: int, tens: int, ones: int) -> None:
    head = f"{UNITS[hundreds]}百" if hundreds else ""
    middle = f"{UNITS[tens]}十" if tens else "零" if hundreds else ""
    assert numeral_value(head + middle + UNITS[ones]) == str(hundreds * 100 + tens * 10 + ones)


@pytest.mark.parametrize(
    ("address", "rest"),
    [
        ("上海市浦东新区", "浦东新区"),
        ("上海浦东新区", "浦东新区"),
        ("江苏省苏州市姑苏区人民路", "姑苏区人民路"),
        ("苏州姑苏区人民路", "姑苏区人民路"),
        ("江苏姑苏区人民路", "姑苏区人民路"),
        ("江苏省昆山市", "昆山市"),
        ("昆山市花桥镇", "昆山市花桥镇"),
        ("湖北恩施州恩施市", "恩施市"),
        ("云南西双版纳景洪市", "景洪市"),
        ("贵州省黔南布依族苗族自治州都匀市", "都匀市"),
        ("黑龙江大兴安岭地区漠河市", "漠河市"),
        ("内蒙古阿拉善盟阿拉善左旗", "阿拉善左旗"),
        ("湖北省仙桃市", "仙桃市"),
        ("河南济源市", "济源市"),
        ("安徽六安市寿县", "寿县"),
        ("北京路", "北京路"),
        ("上海市", "上海市"),
        ("苏州市", "苏州市"),
        ("河北区", "河北区"),
        ("长沙县", "长沙县"),
        ("海南区", "海南区"),
        ("南京路浦东新区", "南京路浦东新区"),
        ("北京姑苏区", "北京姑苏区"),
        ("苏州工业园区", "苏州工业园区"),
    ],
)
def test_a_leading_province_and_city_go_when_a_district_follows(address: str, rest: str) -> None:
    assert without_province_and_city(address) == rest


@pytest.mark.parametrize(
    ("address", "rest"),
    [
        ("上海市浦东新区锦绣路", "锦绣路"),
        ("昆山市", ""),
        ("石家庄", ""),
        ("江苏苏州", ""),
        ("苏州昆山", ""),
        ("江苏省苏州市", ""),
        ("北京路", "北京路"),
        ("锦绣路", "锦绣路"),
    ],
)
def test_divisions_alone_name_no_place(address: str, rest: str) -> None:
    assert without_divisions(address) == rest


def test_every_county_is_left_by_its_province_and_city() -> None:
    names = {name for group in divisions().counties.values() for name, _ in group}
    assert len(names) > 2_800
    assert {name for name in names if without_province_and_city(name) != name} == set()


def test_an_address_longer_than_the_limit_is_no_key() -> None:
    assert address_key("科苑路8号".rjust(LONGEST_ADDRESS_CHARS)) == "科苑路8号"
    assert address_key("科苑路8号".rjust(LONGEST_ADDRESS_CHARS + 1)) is None


def test_the_memory_of_addresses_is_bounded() -> None:
    assert _remembered_address_key.cache_info().maxsize == REMEMBERED_ADDRESSES


@pytest.mark.parametrize(
    "piece",
    ["1", "1-", "A1", "⑴", "一", "一百", "1栋", "路1号", "村1", "路", "\ufdfa", "上海", "1层", "第", "栋1号", "大楼1", "街道", "1 "],
)  # fmt: skip
def test_a_pattern_repeated_to_the_longest_length_is_its_own_key_or_none(piece: str) -> None:
    """A pattern that backtracks without end would not come back from here."""
    key = address_key((piece * LONGEST_ADDRESS_CHARS)[:LONGEST_ADDRESS_CHARS])
    assert key is None or address_key(key) == key


def test_a_flood_of_text_is_no_address() -> None:
    assert address_key("锦绣路100弄3号501室" * 500_000) is None


@given(st.text(max_size=60))
def test_no_text_raises_and_every_key_is_its_own_key(text: str) -> None:
    key = address_key(text)
    assert key is None or address_key(key) == key


PIECES = [
    *"零〇一二三十百两千号楼栋幢座期弄室户房层路街道村东西甲第之附院AB0123459-/#，（） ",
    *(
        "号楼",
        "单元",
        "上海市",
        "上海",
        "浦东新区",
        "江苏省",
        "苏州",
        "姑苏区",
        "昆山市",
        "街道",
        "镇",
        "大厦",
        "别墅",
    ),
    *("幸福小区", "锦绣路100弄", "科苑路8号", "李家村", "3-2-501", "五〇一", "\u200b", "Ⅱ"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_every_key_of_address_like_text_is_its_own_key(text: str) -> None:
    key = address_key(text)
    assert key is None or address_key(key) == key


NUMBERS = st.integers(1, 40)
ROOMS = st.integers(101, 3999)
PLACES = st.sampled_from(["幸福小区", "锦绣路100弄", "万科城市花园二期", "李家村", "金域蓝湾", "文三路"])
PREFIXES = st.sampled_from(["", "浦东新区", "上海市浦东新区", "上海浦东新区", "昆山市花桥镇"])
BUILDING_WORDS = st.sampled_from(["号楼", "栋", "幢", "座"])
ROOM_WORDS = st.sampled_from(["", "室", "户", "房"])


@st.composite
def flats(draw: st.DrawFn) -> tuple[str, int, int, int]:
    return draw(PREFIXES) + draw(PLACES), draw(NUMBERS), draw(NUMBERS), draw(ROOMS)


@given(flats(), BUILDING_WORDS, ROOM_WORDS)
def test_building_and_room_words_make_no_difference(
    flat: tuple[str, int, int, int], building_word: str, room_word: str
) -> None:
    place, building, unit, room = flat
    written = f"{place}{building}{building_word}{unit}单元{room}{room_word}"
    assert address_key(written) == address_key(f"{place}{building}-{unit}-{room}")
    assert address_key(written) == address_key(f"{place}{building}号{unit}单元{room}")
    assert address_key(written) == address_key(f"{place}{building}栋{unit}-{room}")


@given(flats(), flats())
def test_flats_of_different_numbers_have_different_keys(
    one: tuple[str, int, int, int], other: tuple[str, int, int, int]
) -> None:
    place = one[0]
    keys = [address_key(f"{place}{building}栋{unit}单元{room}") for _, building, unit, room in (one, other)]
    assert (keys[0] == keys[1]) is (one[1:] == other[1:])


@given(st.sampled_from(DETAILED))
def test_width_and_case_make_no_difference(address: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in address)
    assert address_key(wide) == address_key(address)
    assert address_key(address.lower()) == address_key(address.upper())


SPACES = st.sampled_from([" ", "\u3000", "  ", "\u00a0", "\t"])


@given(st.sampled_from(DETAILED), SPACES, st.data())
def test_a_space_that_separates_no_two_numbers_makes_no_difference(
    address: str, space: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(address)))
    around = address[max(0, at - 1) : at + 1]
    key = address_key(address)
    if not (len(around) == 2 and _numeric(around[0]) and _numeric(around[1])):
        assert address_key(address[:at] + space + address[at:]) == key


def _numeric(char: str) -> bool:
    """A digit, or a separator that may stand between two."""
    return char.isdigit() or not char.isalnum()


@given(st.sampled_from([case for case in DETAILED if case[-1].isdigit()]), ROOM_WORDS)
def test_a_room_word_at_the_end_makes_no_difference(address: str, room_word: str) -> None:
    assert address_key(address + room_word) == address_key(address)


@given(
    st.sampled_from(DETAILED),
    st.sampled_from(["\u200b", "\ufeff", "\u2060", "\u00ad", "\0", "\ufe0f"]),
    st.data(),
)
def test_hidden_characters_make_no_difference(address: str, hidden: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(address)))
    assert address_key(address[:at] + hidden + address[at:]) == address_key(address)
