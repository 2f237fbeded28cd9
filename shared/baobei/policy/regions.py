"""Which region a customer is in, and which a unit covers: sets of GB/T 2260 codes of districts and counties.

A region is a set of codes because names repeat: there is a 朝阳区 in Beijing and one in Changchun, and what names no
city may be either. Two regions meet when they share a code.

Source: B.4.2, B.5.4; policy.md section 8.
"""

import enum
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, TypeAlias

from baobei.policy.addresses import normalise_address
from baobei.policy.divisions import DIVISIONS_FILE, SHORT_PROVINCES

Region: TypeAlias = frozenset[str]


class HomeRegion(enum.StrEnum):
    """Where an address says that a home is, as the region of whose registration it is to be sees it.

    `NO_STORE`: in a district without a store of the alliance. `NOT_NAMED`: the address names no district.
    """

    OWN = "OWN"
    OTHER = "OTHER"
    NO_STORE = "NO_STORE"
    NOT_NAMED = "NOT_NAMED"


NOWHERE: Final[Region] = frozenset()
_SUFFIXES: Final = ("特别行政区", "自治州", "自治县", "地区", "新区", "省", "市", "区", "县", "旗", "盟")
_SHORTEST: Final = 2
_LONGEST: Final = 12
# A district without its suffix, before a road of its name: 浦东大道, 朝阳路.
_ROAD_GOES_ON: Final = re.compile(r"(?:大道|大街|[东西南北中]?[路街道巷弄])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """Districts by name, in full and short; and the districts of each province and city."""

    full: Mapping[str, Region]
    short: Mapping[str, Region]
    upper: Mapping[str, Region]


def region_named(name: str) -> Region:
    """Return the districts that a unit's region names: a district (浦东, 浦东新区), or all of a city or province.

    A name that is both, or names several places, is all of them; an unknown one is nowhere.
    """
    names, written = _names(), "".join(name.split())
    for at in range(len(written)):
        rest, before = written[at:], written[:at]
        if found := names.full.get(rest) or names.short.get(rest):
            within = _within(before)
            return found & within or found
    return _within(written)


def region_of_address(address: str) -> Region:
    """Return the districts that an address may be in; nowhere when it names none.

    The district is named in full (浦东新区), or without its suffix after its city or province (上海浦东).
    """
    names, canonical = _names(), normalise_address(address)
    written = re.sub(r"[\W_]", "", address)
    for length in range(_LONGEST, _SHORTEST - 1, -1):
        name = canonical[:length]
        if len(name) == length and (found := names.full.get(name)):
            before = written.partition(name)[0]
            within = _within(before)
            return found & within or found
    return _short_after_city(written)


def _short_after_city(written: str) -> Region:
    """Return the district named without suffix after its city, as 上海浦东锦绣路."""
    names = _names()
    for at in range(_SHORTEST, min(len(written), 2 * _LONGEST)):
        within = _within(written[:at])
        if not within:
            continue
        for length in range(_LONGEST, _SHORTEST - 1, -1):
            found = names.short.get(written[at : at + length], NOWHERE) & within
            if found and not _ROAD_GOES_ON.match(written, at + length):
                return frozenset(found)
    return NOWHERE


def meet(region: Region, others: Collection[Region]) -> bool:
    """Whether a region shares a district with any of others."""
    return any(region & other for other in others)


def _within(written: str) -> Region:
    """Return the districts of the last province or city that a text ends with."""
    names = _names()
    for length in range(min(len(written), _LONGEST), _SHORTEST - 1, -1):
        if found := names.upper.get(written[-length:]):
            return found
    return NOWHERE


def _forms(name: str) -> set[str]:
    """Return a name in full and without its suffix, unless too little is left of it."""
    short = {name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)}
    return {name, SHORT_PROVINCES.get(name, name), *(each for each in short if len(each) >= _SHORTEST)}


@lru_cache(maxsize=1)
def _names() -> _Names:
    full: dict[str, set[str]] = {}
    short: dict[str, set[str]] = {}
    upper: dict[str, set[str]] = {}
    rows = [
        line.split("\t")[:2]
        for line in files(__package__).joinpath("data", DIVISIONS_FILE).read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    with_counties = {code[:4] for code, _ in rows if not code.endswith("00")}
    districts: set[str] = set()
    for code, name in rows:
        # A city without districts (东莞市) counts as a district.
        if code.endswith("00") and (code.endswith("0000") or code[:4] in with_counties):
            prefix = code[:2] if code.endswith("0000") else code[:4]
            for form in _forms(name):
                upper.setdefault(form, set()).add(prefix)
            continue
        districts.add(code)
        full.setdefault(name, set()).add(code)
        for form in _forms(name) - {name}:
            short.setdefault(form, set()).add(code)
    within = {
        name: {code for code in districts if any(code.startswith(prefix) for prefix in prefixes)}
        for name, prefixes in upper.items()
    }
    return _Names(full=_frozen(full), short=_frozen(short), upper=_frozen(within))


def _frozen(names: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(codes) for name, codes in names.items()}
