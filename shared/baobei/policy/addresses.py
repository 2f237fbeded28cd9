"""The second key of a customer: the canonical address of the home being furnished."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from baobei.policy.detail import is_detailed
from baobei.policy.divisions import without_province_and_city
from baobei.policy.numerals import NUMERAL_CHARS, numeral_value

LONGEST_ADDRESS_CHARS: Final = 500
# Enough for the rows under way and the customers of the day; a long import or history must not fill the memory.
REMEMBERED_ADDRESSES: Final = 8_192

SPACE: Final = " "
DASH: Final = "-"
NUMBER_SIGN: Final = "#"
# Written for a dash, though letters or digits by their category.
DASH_LETTERS: Final = dict.fromkeys(map(ord, "ーｰ"), DASH)
# The law's own words in traditional writing, and the circle written for zero.
WORD_VARIANTS: Final = str.maketrans("號樓棟單層戶戸○◯", "号楼栋单层户户〇〇")
# Unseen, or part of the character before: they separate nothing. Other punctuation, symbols and spaces do.
HIDDEN_CATEGORIES: Final = frozenset({"Cf", "Cc", "Cs", "Cn", "Mn", "Mc", "Me", "Sk"})
BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
# Rare ideographs: of these planes, and in private use, also those that this Unicode version does not know.
RARE_IDEOGRAPHS: Final = range(0x20000, 0x3FFFE)
USUAL_CHARS: Final = (
    range(0x0250),
    range(0x2000, 0x3100),
    range(0x4E00, 0xA000),
    range(0xFF00, 0xFFF0),
)

LONGEST_NUMERAL_CHARS: Final = 7  # 一千一百一十一
NUMERAL: Final = f"[{NUMERAL_CHARS}]"
# A number of a building, a unit or a room: 3, 12A, B1; never the tail of a word in Latin letters.
NUMBER: Final = r"(?:(?<![A-Z])[A-Z])?[0-9]+[A-Z]?"
ROOM: Final = rf"(?:{NUMBER}|(?<![A-Z])[A-Z])"
NUMBERED: Final = "期|弄|号|栋|幢|座|单元|楼|层|室|户|房"
SIDES: Final = "东南西北中左右"
# A word that makes the one before it part of a name: 三座村, 一号桥.
NAME_GOES_ON: Final = "(?![村庄路街巷桥山里屯寨])"

NUMBER_SIGN_FOR_WORD: Final = re.compile(r"(?<=[0-9A-Z]) *# *(?=[楼栋幢座])")
SEPARATORS: Final = re.compile(r"[ -]+")
SPACE_BETWEEN_NUMBERS: Final = re.compile(r"(?<=[0-9]) (?=[0-9])|(?<=[0-9][A-Z]) (?=[0-9])")
STRAY_DASH: Final = re.compile(rf"(?<![0-9A-Z{NUMERAL_CHARS}])-|-(?![0-9A-Z{NUMERAL_CHARS}])")
# A lone letter is a number only between or before two others: A-2-501, 3-A-501.
DASH_BESIDE_LETTER: Final = re.compile(
    r"(?<![0-9A-Z-])(?P<first>[A-Z])-(?![0-9]+[A-Z]?-[0-9])|(?<=[0-9])-(?P<last>[A-Z])(?![0-9]|-[0-9])"
)
COUNTED: Final = re.compile(rf"(?<![0-9{NUMERAL_CHARS}])(?P<numeral>{NUMERAL}+)(?={NUMBERED})")
COUNTED_IN_VILLAGE: Final = re.compile(rf"(?<=村)第?(?P<numeral>{NUMERAL}+)(?=[组队社])")
ORDINAL: Final = re.compile(r"(?<![0-9A-Z第])第+(?=[0-9])")
# What follows a building word to the end of the address is a room, also without 室.
COUNTED_AT_END: Final = re.compile(
    rf"(?:(?<=[号栋幢座楼元层之-])|(?<=[弄区苑园城村])(?={NUMERAL}+-))(?P<numeral>{NUMERAL}+)(?=\Z|-)"
)
STRAY_NAME_DASH: Final = re.compile(r"(?<![0-9A-Z])-|-(?![0-9A-Z])")
LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
ROMAN_PHASE: Final = re.compile(r"(?<![A-Z])(VIII|VII|VI|IV|V|IX|X|III|II|I)(?=期)")
ROMAN: Final = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9", "X": "10"}  # fmt: skip

BUILDING_WORD: Final = re.compile(
    rf"(?<=[0-9A-Z甲乙丙丁戊己庚辛壬癸{SIDES}])(?:号楼|号?[栋幢座])楼*{NAME_GOES_ON}|(?<=[0-9])楼(?=[0-9]+单元)"
)
FLOOR_WORD: Final = re.compile(rf"(?<=[0-9])楼(?=\Z|[0-9A-Z{SIDES}])")
ROOM_WORD_AT_END: Final = re.compile(rf"(?<=[0-9A-Z号{SIDES}])[室户房]+\Z")
NUMBERED_ROOM: Final = re.compile(rf"(?<=[栋元层])({NUMBER})号\Z")
# 科苑路8号A-1204: a house number, then tower and room in one.
TOWER_AND_ROOM: Final = re.compile(r"([路街道巷段][0-9]+[A-Z]?号|[区园苑城])([A-Z])([0-9]{3,4})\Z")
HOUSE_THEN_CHAIN: Final = re.compile(rf"(?<=[路街道巷段])[0-9]+[A-Z]?号(?={ROOM}-{ROOM}\Z)")
HOUSE_AS_BUILDING: Final = re.compile(
    rf"(?<=[0-9A-Z])号(?=(?:[0-9A-Z]+|[甲乙丙丁{SIDES}])单元|{ROOM}(?:-{ROOM})?\Z|[0-9]+层{ROOM}\Z)"
)
CHAIN: Final = re.compile(
    rf"(?P<after>[栋元层]?)(?P<chain>(?<![0-9-]){ROOM}(?:-{ROOM})+)(?P<word>\Z|[室户房]|单元)"
)
REPEATED_FLOOR: Final = re.compile(r"(?<=[栋元号厦楼寓])([0-9]{1,2})层(?=[A-Z]?\1[0-9]{2}[A-Z]?\Z)")


def address_key(text: str) -> str | None:
    """Return the canonical address when it is detailed enough to be a key, else None.

    Never raises; an address longer than `LONGEST_ADDRESS_CHARS` is none.

    Source: policy.md section 3.
    """
    if len(text) > LONGEST_ADDRESS_CHARS:
        return None
    return _remembered_address_key(text)


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _remembered_address_key(text: str) -> str | None:
    canonical = normalise_address(text)
    if len(canonical) > LONGEST_ADDRESS_CHARS:
        return None
    return canonical if is_detailed(canonical) else None


def normalise_address(text: str) -> str:
    """Return the canonical spelling of an address, detailed or not.

    Canonical addresses stay as they are. Never raises; takes time in proportion to the length.

    Source: policy.md section 3.
    """
    canonical = _separated(_plain(text))
    canonical = _counted(canonical)
    canonical = without_province_and_city(canonical)
    canonical = BUILDING_WORD.sub("栋", canonical)
    canonical = FLOOR_WORD.sub("层", canonical)
    canonical = ROOM_WORD_AT_END.sub("", canonical)
    canonical = NUMBERED_ROOM.sub(r"\1", canonical)
    canonical = TOWER_AND_ROOM.sub(r"\1\2栋\3", canonical)
    if HOUSE_THEN_CHAIN.search(canonical) is None:
        canonical = HOUSE_AS_BUILDING.sub("栋", canonical)
    if DASH in canonical:
        canonical = CHAIN.sub(_building_unit_room, canonical)
    return REPEATED_FLOOR.sub("", canonical)


class _Classes(dict[int, str]):
    """What becomes of each character: kept, a space, a dash (any other separator), or nothing."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isspace():
            return SPACE
        category = unicodedata.category(char)
        if category == "Nd":
            return str(unicodedata.decimal(char))
        if char in BLANK_LETTERS:
            return ""
        if char.isalnum() or category == "Co" or code in RARE_IDEOGRAPHS:
            return char
        return "" if category in HIDDEN_CATEGORIES else DASH


CLASSES: Final = _Classes()
CLASSES.update((code, CLASSES[code]) for usual in USUAL_CHARS for code in usual)
CLASSES[ord(NUMBER_SIGN)] = NUMBER_SIGN


def _plain(text: str) -> str:
    """Return letters (upper-case, half-width), digits, spaces, and a dash for every other separator."""
    plain = unicodedata.normalize("NFKC", text.translate(DASH_LETTERS)).upper()
    plain = plain.translate(WORD_VARIANTS).translate(CLASSES)
    if NUMBER_SIGN in plain:
        plain = NUMBER_SIGN_FOR_WORD.sub("号", plain).replace(NUMBER_SIGN, DASH)
    return unicodedata.normalize("NFKC", plain)


def _separated(plain: str) -> str:
    """Return the text with one dash where a separator stands between two numbers, and no other."""
    if SPACE not in plain and DASH not in plain:
        return plain
    text = SEPARATORS.sub(lambda found: DASH if DASH in found[0] else SPACE, plain).strip(SPACE + DASH)
    text = SPACE_BETWEEN_NUMBERS.sub(DASH, text).replace(SPACE, "")
    return STRAY_DASH.sub("", text)


def _counted(text: str) -> str:
    """Return the text with its Chinese numerals as digits where they number something."""
    text = COUNTED.sub(_in_digits, text)
    text = COUNTED_IN_VILLAGE.sub(_in_digits, text)
    text = COUNTED_AT_END.sub(_in_digits, text)
    text = ROMAN_PHASE.sub(lambda found: ROMAN[found[0]], text)
    if DASH in text:
        # What the dash had kept apart may now be one numeral.
        text = _joined_letters(COUNTED.sub(_in_digits, STRAY_NAME_DASH.sub("", text)))
    return LEADING_ZEROS.sub("", ORDINAL.sub("", text))


def _joined_letters(text: str) -> str:
    return DASH_BESIDE_LETTER.sub(lambda found: found["first"] or found["last"], text)


def _in_digits(found: re.Match[str]) -> str:
    """Return the number for its numeral; what cannot belong to it stays (八一十二号 is 八一12号)."""
    numeral = found["numeral"]
    if (value := numeral_value(numeral)) is not None:
        return value
    for start in range(max(1, len(numeral) - LONGEST_NUMERAL_CHARS), len(numeral)):
        if (value := numeral_value(numeral[start:])) is not None:
            return numeral[:start] + value
    return numeral


def _building_unit_room(found: re.Match[str]) -> str:
    """Return a dash-joined chain of numbers with its words: 3-2-501 is 3栋2单元501."""
    numbers = found["chain"].split(DASH)
    after, word = found["after"], found["word"]
    if word == "单元":
        if after or len(numbers) < 2:
            return found[0]
        return _joined_letters(DASH.join(numbers[:-1])) + "栋" + numbers[-1] + word
    if after == "栋":
        return f"{after}{numbers[0]}单元{DASH.join(numbers[1:])}{word}"
    if after:
        return found[0]
    if len(numbers) == 2:
        return f"{numbers[0]}栋{numbers[1]}{word}"
    return f"{_joined_letters(DASH.join(numbers[:-2]))}栋{numbers[-2]}单元{numbers[-1]}{word}"
