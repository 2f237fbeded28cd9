"""One home out of an address and of the columns beside it that hold parts of one: 小区, 楼栋, 单元, 房号.

Credit hangs on the home. What the address lacks is put to it in its order; where the two do not agree, or a
number cannot be told to be a building or a house, there is no home, and nobody is registered as the one next door.
"""

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Final

from baobei.policy.addresses import address_key, normalise_address
from baobei.policy.regions import NOWHERE, region_of_address
from baobei.sheets.headers import ADDRESS_PARTS, Field

_CITY: Final = re.compile(r"(?:[^省市区县]{2,8}省)?[^省市区县路弄号]{2,8}市")
# 3 under the heading 楼栋 is 3号楼.
_UNIT_OF: Final = {Field.BUILDING: "号楼", Field.ENTRANCE: "单元", Field.ROOM: "室"}
_TAIL: Final = tuple(_UNIT_OF)
_SIDES: Final = "东南西北中左右"
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"
_NUMBER: Final = r"[A-Z]{0,2}[0-9]+[A-Z]?"
# The end of a canonical address: building, entrance, floor and room, each if it is there.
_PARTS: Final = re.compile(
    rf"(?:(?P<building>(?:(?<![0-9])-)?{_NUMBER}(?:-[0-9A-Z]+)*|(?<![A-Z])[A-Z]{{1,2}}|[{_STEMS}{_SIDES}])栋)?"
    rf"(?:(?P<entrance>{_NUMBER}|(?<![A-Z])[A-Z]|[{_STEMS}{_SIDES}])单元)?"
    rf"(?P<floor>负?{_NUMBER}层)?"
    rf"(?P<room>{_NUMBER}(?:-[0-9A-Z]+)*[{_SIDES}]?|(?<![A-Z])[A-Z]|[{_SIDES}]{{1,2}})?\Z"
)
_LETTERED: Final = re.compile(r"[0-9]{0,4}[A-Za-z][0-9]{0,4}", re.ASCII)
# 100弄3号 is a building, 金桥路8号 may be a house or one: only behind the name of a compound it is certain.
_NUMBERED: Final = re.compile(
    rf"(?P<compound>弄|苑|园|城|期|院|坊|小区|新村|[东南西北中]区)?(?P<number>{_NUMBER})号\Z"
)
_SAYS_WHICH: Final = re.compile(rf"[0-9A-Z{_STEMS}{_SIDES}一二三四五六七八九十]")
# Two of these beside one another would be read as one number.
_RUNS_ON: Final = re.compile(r"[0-9A-Z一二三四五六七八九十百千〇零第-]")
_BEGINS_WITH_ITS_PARTS: Final = re.compile(rf"(?:{_NUMBER}|[{_STEMS}])(?:栋|单元|号|-)")
# The parts that a home is told by, each with the word behind it in a canonical address.
_WORD: Final = {"building": "栋", "entrance": "单元", "room": "室"}
# A compound without anything more: what a part looks like in it.
_COMPOUND: Final = "甲苑"


class HomeUnclear(Exception):
    """An address and the columns beside it from which no one home can be told."""


def home_of(written: Mapping[Field, str]) -> str:
    """Return the address of a row: the one that it states, with the parts that it lacks put to it in their order.

    Without an address it is its parts one after another. Raises `HomeUnclear` where address and parts name
    different homes, or where it cannot be told what they name together.
    """
    parts = {field: _with_unit(field, text) for field in ADDRESS_PARTS if (text := written.get(field))}
    tail = _without_repeats([parts[field] for field in _TAIL if field in parts])
    room = parts.get(Field.ROOM)
    if room is not None and _SAYS_WHICH.search(normalise_address(room)) is None:
        raise HomeUnclear
    address = written.get(Field.ADDRESS)
    if not address:
        home = _in_turn([parts.get(Field.DISTRICT, ""), parts.get(Field.ESTATE, ""), *tail])
    else:
        placed = _with_estate(address, parts.get(Field.ESTATE))
        home = _with_district(_with_tail(placed, tail) if tail else placed, parts.get(Field.DISTRICT))
    _agree(home, tail)
    return home


def _with_district(home: str, district: str | None) -> str:
    """Return an address with its district, where it names none and the column names one in full.

    Raises `HomeUnclear` where they name different ones.
    """
    named = NOWHERE if district is None else region_of_address(district)
    if district is None or not named:
        return home
    if stated := region_of_address(home):
        if not stated & named:
            raise HomeUnclear
        return home
    city = _CITY.match(home)
    end = 0 if city is None else city.end()
    return home[:end] + district + home[end:]


def _with_unit(field: Field, text: str) -> str:
    return text + _UNIT_OF.get(field, "") if text.isdecimal() or _LETTERED.fullmatch(text) else text


def _without_repeats(tail: Sequence[str]) -> list[str]:
    """Return the parts without those that the next one begins with: 3号楼 before 3号楼501."""
    kept = [part for part, after in zip(tail, [*tail[1:], ""], strict=False) if not after.startswith(part)]
    before, last = _given(kept[:-1]), _given(kept[-1:])
    # 2-501 in building 3 is entrance 2; 3-501 there may be building and room, or entrance and room.
    if (
        before
        and last
        and last["building"]
        and (before["entrance"] or last["entrance"] or before["building"] == last["building"])
    ):
        raise HomeUnclear
    return kept


def _with_estate(address: str, estate: str | None) -> str:
    """Return an address with the name of its compound, where it has neither that nor a building of its own."""
    stated = normalise_address(address)
    if estate is None or normalise_address(estate) in stated:
        return address
    if _BEGINS_WITH_ITS_PARTS.match(stated):
        return estate + address
    if normalise_address(estate).startswith(stated):
        return estate
    own = _parts_of(stated)
    return address if own["building"] or own["entrance"] or own["floor"] else address + estate


def _with_tail(address: str, tail: Sequence[str]) -> str:
    stated = normalise_address(address)
    given = _given(tail)
    if _ends_with(stated, given, tail):
        return address
    own = _own(stated, given)
    if given is None or not any(own.values()):
        return _in_turn([address, *tail])
    if any(own[name] and given[name] and own[name] != given[name] for name in given):
        raise HomeUnclear
    lacking = [name for name in given if given[name] and not own[name]]
    after = [name for name in given if own[name]]
    if lacking and after and list(given).index(lacking[0]) < list(given).index(after[-1]):
        # The entrance of a flat whose building and room are stated: in the middle, where nobody can see it put.
        raise HomeUnclear
    return _joined(address, "".join(f"{given[name]}{_WORD[name]}" for name in lacking))


def _given(tail: Sequence[str]) -> dict[str, str | None] | None:
    """Return what the columns name, None when it is no building, entrance and room as addresses have them."""
    canonical = normalise_address(_COMPOUND + "".join(tail))
    found = _PARTS.search(canonical)
    if found is None or found.start() != len(_COMPOUND) or found.end() == found.start():
        return None
    return {name: found[name] for name in _WORD}


def _own(stated: str, given: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Return the building, entrance and room that an address ends with; raises `HomeUnclear` for a bare number."""
    numbered = _NUMBERED.search(stated)
    if numbered is not None:
        if numbered["compound"]:
            return {"building": numbered["number"], "entrance": None, "room": None}
        if given is not None and given["building"] == numbered["number"]:
            # 金桥路8号 and building 8: the house, or a building of that number in it.
            raise HomeUnclear
        return dict.fromkeys(_WORD)
    found = _parts_of(stated)
    if found["room"] and not (found["building"] or found["entrance"] or found["floor"]):
        raise HomeUnclear
    if found["floor"] and not found["room"] and not (found["building"] or found["entrance"]):
        return dict.fromkeys(_WORD)
    return {name: found[name] for name in _WORD}


def _parts_of(stated: str) -> dict[str, str | None]:
    found = _PARTS.search(stated)
    return dict.fromkeys((*_WORD, "floor")) if found is None else found.groupdict()


def _ends_with(stated: str, given: Mapping[str, str | None] | None, tail: Sequence[str]) -> bool:
    """Whether an address says all of it already, at its end."""
    if given is not None:
        own = _parts_of(stated)
        if all(own[name] == given[name] for name in given if given[name]):
            return True
        if given["building"] or given["entrance"]:
            return False
    said = normalise_address(_COMPOUND + "".join(tail)).removeprefix(_COMPOUND)
    before = stated.removesuffix(said)
    return bool(said) and before != stated and _RUNS_ON.match(before[-1:]) is None


def _in_turn(parts: Sequence[str]) -> str:
    """Return all parts as one text; raises `HomeUnclear` where one runs on into the next: 3-1 before 101 is no 3-1101."""
    return reduce(_joined, filter(None, parts), "")


def _joined(address: str, more: str) -> str:
    """Return both as one text; raises `HomeUnclear` where a number would run on into another."""
    end, begin = normalise_address(address)[-1:], normalise_address(more)[:1]
    if _RUNS_ON.match(end) and _RUNS_ON.match(begin):
        raise HomeUnclear
    return address + more


def _agree(home: str, tail: Sequence[str]) -> None:
    """Raise `HomeUnclear` when the home, as customers are compared by it, is not the one that the columns name."""
    key, given = address_key(home), _given(tail)
    if key is None or given is None:
        return
    found = _parts_of(key)
    if any(given[name] and found[name] != given[name] for name in ("entrance", "room")):
        raise HomeUnclear
    if given["building"] and given["building"] != found["building"]:
        raise HomeUnclear
