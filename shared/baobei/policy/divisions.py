"""The names of provinces, cities and counties that open an address, from GB/T 2260."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, TypeAlias

DIVISIONS_FILE: Final = "divisions-gb2260.tsv"

COUNTRY: Final = ("中华人民共和国", "中国")
# Headings of the code table that people copy into addresses; nobody lives in them.
HEADINGS: Final = ("市辖区", "省直辖县级行政区划", "自治区直辖县级行政区划")
SHORT_PROVINCES: Final = {
    "内蒙古自治区": "内蒙古",
    "广西壮族自治区": "广西",
    "西藏自治区": "西藏",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
    "香港特别行政区": "香港",
    "澳门特别行政区": "澳门",
}
# Peoples named in autonomous prefectures, longest first: 延边朝鲜族自治州 is also 延边州 and 延边.
PREFECTURE_PEOPLES: Final = (
    "土家族苗族", "布依族苗族", "哈尼族彝族", "傣族景颇族", "蒙古族藏族", "藏族羌族", "苗族侗族", "壮族苗族",
    "柯尔克孜", "朝鲜族", "傈僳族", "哈萨克", "蒙古", "藏族", "彝族", "傣族", "白族", "回族",
)  # fmt: skip
UPPER_SUFFIXES: Final = ("省", "市", "区", "州", "盟", "划")
SHORTEST_NAME: Final = 2
# Country, province, city, heading, and a municipality named twice.
LONGEST_CHAIN: Final = 6

DivisionNames: TypeAlias = Mapping[str, tuple[tuple[str, frozenset[str]], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divisions:
    """Names by their first two characters, the longest first, each with the provinces that have it."""

    upper: DivisionNames
    counties: DivisionNames
    short_counties: frozenset[str]


def without_province_and_city(text: str) -> str:
    """Return the address without a leading province and city, when a district or county follows them.

    With or without their suffix; a district stays, and a name that goes on otherwise (北京路) loses nothing.
    A county-level city (昆山市) counts as a county, and so does a city that has no districts (东莞市).

    Source: policy.md section 3; GB/T 2260.
    """
    while (district_at := _district_after(text, 0, None, LONGEST_CHAIN)) > 0:
        text = text[district_at:]
    return text


def without_divisions(text: str) -> str:
    """Return the address without a leading province, city and county, whatever follows them.

    Without its suffix a division goes only when nothing else is left: 石家庄 is no village, 北京路 a road.

    Source: policy.md section 3.
    """
    rest = without_province_and_city(text)
    for name, _ in _starting(divisions().counties, rest, 0):
        return rest[len(name) :]
    return "" if rest in divisions().short_counties else _without_upper(rest, LONGEST_CHAIN)


def _without_upper(text: str, steps_left: int) -> str:
    if steps_left == 0:
        return text
    for name, _ in _starting(divisions().upper, text, 0):
        rest = text[len(name) :]
        if name.endswith(UPPER_SUFFIXES) or rest in divisions().short_counties:
            return "" if rest in divisions().short_counties else _without_upper(rest, steps_left - 1)
        if not _without_upper(rest, steps_left - 1):
            return ""
    return text


def _district_after(text: str, at: int, provinces: frozenset[str] | None, steps_left: int) -> int:
    """Return where the district starts that ends the chain of larger divisions, 0 when there is none."""
    if at > 0 and any(_agree(provinces, of) for _, of in _starting(divisions().counties, text, at)):
        return at
    if steps_left == 0:
        return 0
    for name, of in _starting(divisions().upper, text, at):
        if _agree(provinces, of):
            both = of if provinces is None or not of else provinces & of if of else provinces
            district_at = _district_after(text, at + len(name), both or provinces, steps_left - 1)
            if district_at > 0:
                return district_at
    return 0


def _agree(provinces: frozenset[str] | None, others: frozenset[str]) -> bool:
    return provinces is None or not others or not provinces.isdisjoint(others)


def _starting(names: DivisionNames, text: str, at: int) -> Iterator[tuple[str, frozenset[str]]]:
    for name, provinces in names.get(text[at : at + SHORTEST_NAME], ()):
        if text.startswith(name, at):
            yield name, provinces


@lru_cache(maxsize=1)
def divisions() -> Divisions:
    """Return the divisions of the package's own file, read once."""
    upper: dict[str, set[str]] = {name: set() for name in (*COUNTRY, *HEADINGS)}
    counties: dict[str, set[str]] = {}
    rows = [
        line.split("\t")
        for line in files(__package__).joinpath("data", DIVISIONS_FILE).read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    cities_with_counties = {row[0][:4] for row in rows if not row[0].endswith("00")}
    for code, name, *_ in rows:
        if not code.endswith("00"):
            counties.setdefault(name, set()).add(code[:2])
            continue
        for form in _forms(name, is_province=code.endswith("0000")):
            upper.setdefault(form, set()).add(code[:2])
        if not code.endswith("0000") and code[:4] not in cities_with_counties:
            counties.setdefault(name, set()).add(code[:2])
    return Divisions(
        upper=_by_beginning(upper),
        counties=_by_beginning(counties),
        short_counties=frozenset(name[:-1] for name in counties if len(name) > SHORTEST_NAME),
    )


def _forms(name: str, *, is_province: bool) -> set[str]:
    """Return the full name of a province or city and its names without suffix."""
    if is_province:
        return {name, SHORT_PROVINCES.get(name, name[:-1])}
    if name.endswith("自治州"):
        bare = name.removesuffix("自治州")
        people = next((people for people in PREFECTURE_PEOPLES if bare.endswith(people)), "")
        short = bare.removesuffix(people)
        return {name, short, short + "州"}
    return {name, name.removesuffix("地区").removesuffix("市").removesuffix("盟")}


def _by_beginning(names: Mapping[str, set[str]]) -> DivisionNames:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    beginnings = {name[:SHORTEST_NAME] for name in names}
    grouped: dict[str, list[tuple[str, frozenset[str]]]] = {beginning: [] for beginning in beginnings}
    for name in longest_first:
        grouped[name[:SHORTEST_NAME]].append((name, frozenset(names[name])))
    return {beginning: tuple(group) for beginning, group in grouped.items()}
