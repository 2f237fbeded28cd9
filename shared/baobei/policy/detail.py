"""When an address is detailed enough to tell one home from another."""

import re
from typing import Final

from baobei.policy.divisions import without_divisions

SIDES: Final = "东南西北中左右"
NUMBER: Final = r"(?:[A-Z]{0,2}[0-9]+[A-Z]?)"
ROOM: Final = rf"(?:{NUMBER}(?:-[0-9A-Z]+)*[{SIDES}]?|[A-Z]|[{SIDES}]{{1,2}})"
# What makes a number that of something else than a room.
NO_ROOM: Final = r"(?![0-9A-Z-]|单元|[层楼期弄号栋幢座组区米门梯])"

FLATS_ROOM: Final = re.compile(
    rf"(?P<place>.*?)(?:(?<![0-9])-?{NUMBER}(?:-[0-9A-Z]+)*|(?<![A-Z])[A-Z]{{1,2}}|[甲乙丙丁戊己庚辛壬癸{SIDES}])栋"
    rf"(?:{NUMBER}(?:单元|门|梯)|[A-Z甲乙丙丁{SIDES}]单元)?(?:负?{NUMBER}层)?{ROOM}{NO_ROOM}"
)
# A building with a name of its own; a block of flats only at its house number, for it may be one of many.
TOWER_ROOM: Final = re.compile(
    rf"(?P<place>.*?(?:大厦|大楼|商厦|写字楼|[东南西北中主前后]楼|[0-9]号[^0-9]{{1,12}}(?:公寓|中心|广场)))"
    rf"(?:负?{NUMBER}层)?{ROOM}{NO_ROOM}"
)
HOUSE_NUMBER: Final = re.compile(r"[甲乙丙丁]?(?<![0-9-])[0-9]+[A-Z]?(?:[-之附][0-9]+)?号")
VILLA: Final = re.compile(rf"(?P<place>.*?别墅区?){NUMBER}[号栋]\Z|(?P<before>.*?){NUMBER}[号栋]别墅\Z")

ROAD_ENDS: Final = r"(?:路|街|道|巷|胡同|弄|里|坊|[三四五六七八九十]条)"
VILLAGE_ENDS: Final = "(?:村|屯|庄|寨)"
ROAD: Final = re.compile(rf".+{ROAD_ENDS}(?:[{SIDES}一二三四五六七八九十0-9]{{1,2}}段)?(?:[{SIDES}]侧)?\Z")
VILLAGE: Final = re.compile(rf".+{VILLAGE_ENDS}\Z")
# Where a 号院 is one household's courtyard, not a compound of many.
COURTYARD: Final = re.compile(r"(?:村|屯|庄|寨|胡同|巷)\Z")
# Parts of a place that number it and name nothing.
NUMBERED_PARTS: Final = re.compile(
    r"[0-9A-Z]+(?:期|支?弄|号院?(?!大街|大道|路|街|巷)|区|组团|组|队|社|地块|楼|层)|[东南西北中]区\Z"
)
IN_VILLAGE: Final = re.compile(r"[0-9一二三四五六七八九十]+[组队社]\Z")
TOWN: Final = re.compile(
    r".{1,8}?(?:街道(?:办事处|办)?|(?<!小)镇|(?<![水梦故仙])乡|苏木)(?!路|街|道|巷|大道|大街|胡同|村\Z)"
)
SHORTEST_NAME_CHARS: Final = 2
NAMES_NOTHING: Final = frozenset({
    "小区", "社区", "花园", "公寓", "大厦", "大楼", "家园", "家属院", "大院", "新村", "村", "村庄", "别墅",
    "路", "街", "大道", "大街", "巷", "胡同", "里弄", "我家", "本小区", "本村",
})  # fmt: skip
NEAR: Final = "(?:附近|旁边|斜?对面|隔壁|周边|一带|不远)"
ENDS_NEAR: Final = re.compile(rf".*{NEAR}\Z")
BEGINS_NEAR: Final = re.compile(NEAR)
MORE_THAN_A_HOUSE: Final = re.compile(r"[院区苑园厦城场寓栋]|单元|大楼")


def is_detailed(canonical: str) -> bool:
    """Say whether a canonical address names a place with a building and a room, or a house by itself.

    A place is a road, an estate or a village; a house by itself is its number on a road or in a village.

    Source: policy.md section 3.
    """
    if (flats := _building_and_room(canonical)) is not None:
        return _names_a_place(flats["place"]) and BEGINS_NEAR.match(canonical, flats.end()) is None
    return _is_house(canonical)


def _building_and_room(canonical: str) -> re.Match[str] | None:
    if "栋" in canonical and (flats := FLATS_ROOM.match(canonical)) is not None:
        return flats
    return TOWER_ROOM.match(canonical)


def _names_a_place(place: str) -> bool:
    if ENDS_NEAR.match(place) is not None:
        return False
    named = _own_name(place)
    only_numbers = all(char.isdigit() or char == "-" for char in named)
    return len(named) >= SHORTEST_NAME_CHARS and not only_numbers and named not in NAMES_NOTHING


def _own_name(place: str) -> str:
    """Return what is left of a place without its divisions, town and numbered parts."""
    named = without_divisions(place)
    if (town := TOWN.match(named)) is not None:
        named = named[town.end() :]
    return NUMBERED_PARTS.sub("", named)


def _is_house(canonical: str) -> bool:
    if "别墅" in canonical and (villa := VILLA.match(canonical)) is not None:
        return _names_a_place(villa["place"] or villa["before"])
    return any(
        _names_a_road_or_village(canonical[: number.start()], canonical[number.end() :])
        for number in HOUSE_NUMBER.finditer(canonical)
    )


def _names_a_road_or_village(place: str, rest: str) -> bool:
    """Say whether a house number stands between a road or village and no more than a part of the house."""
    named = _own_name(place)
    if not _names_a_place(place) or BEGINS_NEAR.match(rest) is not None:
        return False
    alone = COURTYARD.search(named) is not None
    if MORE_THAN_A_HOUSE.search(rest.removeprefix("院") if alone else rest) is not None:
        return False
    if ROAD.match(named) is not None and not named.endswith("街道"):
        return True
    return VILLAGE.match(named) is not None or IN_VILLAGE.search(place) is not None
