"""policy.md section 3, key 1: the phone."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baobei.policy.phones import (
    LONGEST_PHONE_CHARS,
    REMEMBERED_PHONES,
    _chinese_mobile,
    _remembered_phone_key,
    _valid_in_plan,
    phone_key,
)

MOBILE = "+8613800138000"
LANDLINE = "+862162345678"


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "138·0013·8000",
        "138—0013—8000",
        "138－0013－8000",
        "138–0013‑8000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "+86-13800138000",
        "+86 138 0013 8000",
        "+8613800138000",
        "＋86 138 0013 8000",
        "(+86)13800138000",
        "（+86）138 0013 8000",
        "+86（0）13800138000",
        "0086 13800138000",
        "0086-138-0013-8000",
        "86 138 0013 8000",
        "8613800138000",
        "013800138000",
        "１３８００１３８０００",
        "１３８\u3000００１３\u3000８０００",
        "138\u200b0013\u200b8000",
        "\ufeff13800138000",
        "\u202d13800138000\u202c",
        "\t13800138000\n",
        "138\u00a00013\u00a08000",
        "tel:+86-138-0013-8000",
        "电话：13800138000",
        "17951 13800138000",
        "13800138000转12",
        "13800138000-1234",
    ],
)
def test_a_mobile_number_has_one_key_however_it_is_written(written: str) -> None:
    assert phone_key(written) == MOBILE


@pytest.mark.parametrize(
    "written",
    [
        "021-62345678",
        "021 6234 5678",
        "(021) 62345678",
        "（０２１）６２３４５６７８",
        "【021】62345678",
        "02162345678",
        "+86 21 6234 5678",
        "+86 021-62345678",
        "0086-(0)21-62345678",
        "86-021-62345678",
    ],
)
def test_a_landline_with_area_code_has_one_key_however_it_is_written(written: str) -> None:
    assert phone_key(written) == LANDLINE


@pytest.mark.parametrize(
    "extension",
    [
        "转801",
        " 转 801",
        "，转801",
        "（转801）",
        "转分机801",
        "分机801",
        " 分机号：801",
        "内线801",
        " ext. 801",
        "ext801",
        " EXT:801",
        " extension 801",
        "x801",
        "Ｘ８０１",
        "#801",
        "＃801",
        ",801",
        ";ext=801",
        "-801",
        "—801",
    ],
)
def test_an_extension_is_no_part_of_the_key(extension: str) -> None:
    assert phone_key("021-62345678" + extension) == LANDLINE


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("(0755) 8888 8888", "+8675588888888"),
        ("010-12345678", "+861012345678"),
        ("0559-2345678", "+865592345678"),
        ("400-812-3123", "+864008123123"),
        ("800 810 1234", "+868008101234"),
        ("+1 212 736 5000", "+12127365000"),
        ("+852 2345 6789", "+85223456789"),
        ("00852 2345 6789", "+85223456789"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_what_its_country_plan_holds_valid_is_a_key(written: str, key: str) -> None:
    assert phone_key(written) == key


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "\u3000",
        "\u200b",
        "\0",
        "\ud800",
        "+",
        "+86",
        "无",
        "无电话",
        "62345678",
        "1380013800",
        "138001380000",
        "12000138000",
        "10086",
        "95588",
        "12345",
        "110",
        "+1 212 555",
        "+999 13800138000",
        "+86 10086",
        "138****8000",
        "1380013*8000",
        "138xxxx8000",
        "1-800-FLOWERS",
        "13800138000 13900139000",
        "13800138000/13900139000",
        "13800138000、13900139000",
        "转801",
        "#801",
        "一三八零零一三八零零零",
        "锦绣路100弄3号",
    ],
)
def test_what_is_no_valid_number_is_no_key(written: str) -> None:
    assert phone_key(written) is None


def test_a_number_without_country_code_is_read_in_the_plan_of_the_country_given() -> None:
    assert phone_key("(212) 736-5000", "US") == "+12127365000"


def test_a_chinese_mobile_is_no_number_of_another_plan() -> None:
    assert phone_key("13800138000", "HK") is None


def test_a_number_with_country_code_is_the_same_in_every_plan() -> None:
    assert phone_key("+86 138 0013 8000", "US") == MOBILE


@pytest.mark.parametrize("country", ["", "ZZ", "001", "\0", "\ud800", "C" * 1_000_000])
def test_an_unknown_country_reads_only_numbers_with_country_code(country: str) -> None:
    assert phone_key("13800138000", country) is None


def test_text_longer_than_the_limit_is_no_phone() -> None:
    assert phone_key("13800138000".rjust(LONGEST_PHONE_CHARS)) == MOBILE
    assert phone_key("13800138000".rjust(LONGEST_PHONE_CHARS + 1)) is None


@pytest.mark.parametrize("text", ["1" * 5_000, "1" * 1_000_000, "+86 138 " * 100_000, "１" * 100_000])
def test_a_flood_of_digits_is_no_phone(text: str) -> None:
    assert phone_key(text) is None


def test_the_memory_of_phones_is_bounded() -> None:
    assert _remembered_phone_key.cache_info().maxsize == REMEMBERED_PHONES


@given(st.text(max_size=120))
def test_no_text_raises(text: str) -> None:
    key = phone_key(text)
    assert key is None or phone_key(key) == key


@given(st.text(alphabet="0123456789+-() ,;#*xX转ext.\u200b０１３８＋（）", max_size=40))
def test_no_text_like_a_phone_raises_and_every_key_is_its_own_key(text: str) -> None:
    key = phone_key(text)
    assert key is None or phone_key(key) == key


@given(
    st.integers(100, 999),
    st.integers(0, 99_999_999),
    st.sampled_from(
        ["{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "+86{0}{1}{2}", "86 {0}-{1} {2}", "0086-{0}{1}{2}"]
    ),
)
def test_the_quick_way_answers_only_as_the_whole_plan_does(head: int, tail: int, form: str) -> None:
    written = form.format(head, f"{tail // 10_000:04d}", f"{tail % 10_000:04d}")
    assert _chinese_mobile(written) in (None, _valid_in_plan(written, "CN"))


@pytest.mark.parametrize("form", ["{}", "+86{}", "86{}", "0086{}"])
@pytest.mark.parametrize("tail", ["0000000", "0012345", "5555555", "9999999"])
def test_the_quick_way_knows_every_mobile_prefix_of_the_plan(form: str, tail: str) -> None:
    written = [form.format(f"{prefix}{tail}") for prefix in range(1_000, 2_000)]
    assert [_chinese_mobile(number) for number in written] == [
        key if _is_mobile(key) else None for key in (_valid_in_plan(number, "CN") for number in written)
    ]


def _is_mobile(key: str | None) -> bool:
    mobile = phonenumbers.PhoneNumberType.MOBILE
    return key is not None and phonenumbers.number_type(phonenumbers.parse(key)) == mobile
