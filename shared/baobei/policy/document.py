"""A policy document: every parameter with its value and the clause it rests on.

Documents are YAML (`documents/*.yaml` are the ones that ship). `read_policy` refuses a document that
leaves a parameter out, misspells one or gives a value that cannot be meant, naming field and line.
"""

import enum
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import time
from importlib import resources
from typing import Any, Final, NewType, cast
from zoneinfo import ZoneInfo

from baobei.policy.calendar import Counting
from baobei.policy.identity import Match
from baobei.policy.terms import Channel, ClauseNumber, Text
from baobei.policy.yaml_lines import LocatedMapping, load_located

Days = NewType("Days", int)
Count = NewType("Count", int)
Months = NewType("Months", int)

_LONGEST_DAYS: Final = 36_500
_LARGEST_COUNT: Final = 1_000_000
_TOP_LEVEL: Final = frozenset({"code", "version", "title", "time_zone", "clauses", "parameters"})
_DEFAULT_DOCUMENT: Final = "default.yaml"


class DealPoint(enum.StrEnum):
    """Which instant of an order counts as 成交 in admission and quota (policy.md section 4)."""

    DEPOSIT = "DEPOSIT"
    CLOSING = "CLOSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A numbered clause: its title and its text, for people."""

    number: ClauseNumber
    title: Text
    text: Text


class _Wrong(Exception):
    """A value that does not fit; `expected` completes the sentence "expected …"."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(expected)


def _whole_number(lowest: int, highest: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise _Wrong(f"a whole number from {lowest} to {highest}")
        return value

    return read


def _one_of(words: type[enum.StrEnum]) -> Callable[[object], enum.StrEnum]:
    def read(value: object) -> enum.StrEnum:
        if not isinstance(value, str) or value not in words.__members__:
            raise _Wrong("one of " + ", ".join(words.__members__))
        return words[value]

    return read


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("true or false")
    return value


def _channels(value: object) -> frozenset[Channel]:
    if not isinstance(value, list) or any(word not in list(Channel) for word in value):
        raise _Wrong("a list of " + ", ".join(Channel))
    return frozenset(Channel(word) for word in value)


def _local_time(value: object) -> time:
    try:
        if not isinstance(value, str):
            raise ValueError
        return time.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        raise _Wrong('a time of day in quotes, such as "21:00"') from None


def _country(value: object) -> str:
    if not isinstance(value, str) or len(value) != 2 or not value.isascii() or not value.isupper():
        raise _Wrong("a country code of two capital letters, such as CN")
    return value


_days = _whole_number(1, _LONGEST_DAYS)
_days_or_off = _whole_number(0, _LONGEST_DAYS)
_count = _whole_number(0, _LARGEST_COUNT)


def _rule(clause: str, read: Callable[[object], object]) -> dict[str, object]:
    """Return what is known of a parameter: the clause it rests on where a document names none, its reader."""
    return {"read": read, "clause": ClauseNumber(clause)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """One version of an alliance's policy; compares by identity, `digest` tells versions apart.

    Days are counted as `counting` says in `time_zone`. `digest` is the SHA-256 of the document's
    content in hexadecimal, whatever its layout.

    Source: reference/policy.md; the clause of each parameter stands in `clause_of`.
    """

    code: str
    version: str
    title: Text
    time_zone: ZoneInfo
    clauses: Mapping[ClauseNumber, Clause]
    clause_of: Mapping[str, ClauseNumber]
    digest: str
    source: Mapping[str, Any]

    counting: Counting = field(metadata=_rule("T.1", _one_of(Counting)))
    match: Match = field(metadata=_rule("K.1", _one_of(Match)))
    phone_country: str = field(metadata=_rule("K.1", _country))
    deal_point: DealPoint = field(metadata=_rule("3.2.1", _one_of(DealPoint)))
    reclaim_cooldown_days: Days = field(metadata=_rule("3.3.1", _days_or_off))
    follow_up_days: Days = field(metadata=_rule("3.3.2", _days))
    lapse_days: Days = field(metadata=_rule("3.3.2", _days))
    lapse_curable: bool = field(metadata=_rule("3.3.2", _yes_or_no))
    expiry_days: Days = field(metadata=_rule("3.3.3", _days))
    expires_channels: frozenset[Channel] = field(metadata=_rule("3.3.3", _channels))
    extension_max_days: Days = field(metadata=_rule("3.3.3", _days))
    extension_max_count: Count = field(metadata=_rule("3.3.3", _count))
    quota_channels: frozenset[Channel] = field(metadata=_rule("3.4.1", _channels))
    monthly_quota: Count = field(metadata=_rule("3.4.2", _count))
    dispute_days: Days = field(metadata=_rule("3.3.2", _days))
    closing_time: time = field(metadata=_rule("3.1.1", _local_time))
    lead_days: Days = field(metadata=_rule("C.1.1", _days))
    retention_months: Months = field(metadata=_rule("C.1.1", _whole_number(1, 1200)))

    def clause(self, number: ClauseNumber) -> Clause:
        """Return a clause by its number; every number that the policy cites is in the document."""
        return self.clauses[number]

    def in_time_zone(self, time_zone: ZoneInfo) -> "Policy":
        """Return the same policy counted in another time zone: the alliance's own comes first."""
        return self if time_zone.key == self.time_zone.key else replace(self, time_zone=time_zone)


PARAMETERS: Final = tuple(f.name for f in fields(Policy) if "read" in f.metadata)
_CITED: Final = tuple(
    ClauseNumber(number) for number in ("3.2.1", "3.2.2", "3.3.1", "3.3.2", "3.3.3", "3.4.1", "3.4.2")
)


def default_document() -> str:
    """Return the text of the policy that ships."""
    folder = resources.files("baobei.policy") / "documents"
    return (folder / _DEFAULT_DOCUMENT).read_text(encoding="utf-8")


def default_policy() -> Policy:
    """Return the policy that ships, read from its document."""
    return read_policy(default_document(), name=_DEFAULT_DOCUMENT)


def read_policy(text: str, *, name: str = "policy") -> Policy:
    """Return the policy that a YAML document states.

    Raises `PolicyDocumentError`, whose message names the document, the line, the field and what was
    expected; the first thing wrong is the one named.
    """
    document = load_located(text, name=name)
    document.refuse_unknown(_TOP_LEVEL)
    clauses = _read_clauses(document.mapping("clauses"))
    values, clause_of = _read_parameters(document.mapping("parameters"), clauses)
    source = document.plain()
    return Policy(
        code=document.text("code"),
        version=document.text("version"),
        title=_read_text(document.mapping("title")),
        time_zone=_read_time_zone(document),
        clauses=clauses,
        clause_of=clause_of,
        digest=digest_of(source),
        source=source,
        **values,
    )


def digest_of(source: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's content, in hexadecimal: layout and comments do not count."""
    canonical = json.dumps(source, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read_clauses(section: LocatedMapping) -> dict[ClauseNumber, Clause]:
    clauses = {}
    for number in section.entries:
        entry = section.mapping(number)
        entry.refuse_unknown(frozenset({"title", "text"}))
        clauses[ClauseNumber(number)] = Clause(
            number=ClauseNumber(number),
            title=_read_text(entry.mapping("title")),
            text=_read_text(entry.mapping("text")),
        )
    for number in _CITED:
        if number not in clauses:
            raise section.wrong(None, f"clause {number} (decisions cite it)")
    return clauses


def _read_parameters(
    section: LocatedMapping, clauses: Mapping[ClauseNumber, Clause]
) -> tuple[dict[str, Any], dict[str, ClauseNumber]]:
    """Return values and clauses by parameter; a bare value rests on the clause of the shipped document.

    A parameter whose usual clause is not in the document, and that names none, is left out.
    """
    section.refuse_unknown(frozenset(PARAMETERS))
    values: dict[str, Any] = {}
    clause_of: dict[str, ClauseNumber] = {}
    for parameter in fields(Policy):
        if "read" not in parameter.metadata:
            continue
        if (usual := parameter.metadata["clause"]) in clauses:
            clause_of[parameter.name] = usual
        place, name = section, parameter.name
        if isinstance(entry := section.required(name), LocatedMapping):
            if (number := _read_clause_of(entry, clauses)) is not None:
                clause_of[name] = number
            place, name = entry, "value"
        value = place.required(name)
        read = cast(Callable[[object], object], parameter.metadata["read"])
        try:
            values[parameter.name] = read(value.plain() if isinstance(value, LocatedMapping) else value)
        except _Wrong as wrong:
            raise place.wrong(name, wrong.expected) from None
    return values, clause_of


def _read_clause_of(section: LocatedMapping, clauses: Mapping[ClauseNumber, Clause]) -> ClauseNumber | None:
    section.refuse_unknown(frozenset({"value", "clause", "note"}))
    if "note" in section.entries:
        section.text("note")
    if "clause" not in section.entries:
        return None
    number = ClauseNumber(section.text("clause"))
    if number not in clauses:
        raise section.wrong("clause", "the number of a clause in this document")
    return number


def _read_text(section: LocatedMapping) -> Text:
    section.refuse_unknown(frozenset({"zh", "en"}))
    return Text(zh=section.text("zh"), en=section.text("en"))


def _read_time_zone(document: LocatedMapping) -> ZoneInfo:
    try:
        return ZoneInfo(document.text("time_zone"))
    except (KeyError, ValueError, OSError):
        raise document.wrong("time_zone", "an IANA time zone, such as Asia/Shanghai") from None
