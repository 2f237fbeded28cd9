"""A policy document: every parameter with its value and the clause it rests on.

Documents are YAML (`documents/*.yaml` are the ones that ship). `read_policy` refuses a document that
leaves a parameter out, misspells one or gives a value that cannot be meant, naming field and line.
"""

import enum
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from datetime import time
from functools import cache
from importlib import resources
from typing import Any, Final, NewType, cast
from zoneinfo import ZoneInfo

from baobei.policy.calendar import Counting
from baobei.policy.classes import ClassDays, classes, sources
from baobei.policy.identity import Match
from baobei.policy.parameter_values import (
    WrongValue,
    channels,
    count,
    country,
    days,
    days_or_off,
    local_time,
    one_of,
    reminder_days,
    whole_number,
    years_or_off,
    yes_or_no,
)
from baobei.policy.plan_steps import PlanStep, plan
from baobei.policy.terms import Channel, ClauseNumber, Clauses, Text
from baobei.policy.yaml_lines import LocatedMapping, load_located

Days = NewType("Days", int)
Count = NewType("Count", int)
Months = NewType("Months", int)
Years = NewType("Years", int)

_TOP_LEVEL: Final = frozenset({"code", "version", "title", "time_zone", "clauses", "parameters"})
_DEFAULT_DOCUMENT: Final = "default.yaml"


class DealPoint(enum.StrEnum):
    """Which instant of an order counts as 成交 in admission and quota (policy.md section 4)."""

    DEPOSIT = "DEPOSIT"
    CLOSING = "CLOSING"


class CrossRegion(enum.StrEnum):
    """Whether an attempt outside the registrant's region waits for an approval (policy.md section 8)."""

    OFF = "OFF"
    BY_ADDRESS = "BY_ADDRESS"


class CrossRegionDeputy(enum.StrEnum):
    """Who decides what waits for a region whose stores have no manager who may (policy.md section 8)."""

    DEPARTMENT_HEAD = "DEPARTMENT_HEAD"
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A numbered clause: its title and its text, for people."""

    number: ClauseNumber
    title: Text
    text: Text


def _rule(
    clause: str, read: Callable[[object], object], *, operational: bool = False, absent: object = None
) -> dict[str, object]:
    """Return what is known of a parameter: the clause it rests on where a document names none, its reader.

    An operational one decides nothing as it ships: a document that leaves it out has the value of that one. `absent`
    is read instead where the one that ships leaves it out too; an alliance that wants more says so.
    """
    optional = operational or absent is not None
    return {"read": read, "clause": ClauseNumber(clause), "operational": optional, "absent": absent}


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

    counting: Counting = field(metadata=_rule("T.1", one_of(Counting)))
    match: Match = field(metadata=_rule("K.1", one_of(Match)))
    phone_country: str = field(metadata=_rule("K.1", country))
    deal_point: DealPoint = field(metadata=_rule("3.2.1", one_of(DealPoint)))
    reclaim_cooldown_days: Days = field(metadata=_rule("3.3.1", days_or_off))
    follow_up_days: Days = field(metadata=_rule("3.3.2", days))
    lapse_days: Days = field(metadata=_rule("3.3.2", days))
    lapse_curable: bool = field(metadata=_rule("3.3.2", yes_or_no))
    reminder_time: time = field(metadata=_rule("3.3.2", local_time, operational=True))
    lapse_reminder_days: tuple[int, ...] = field(metadata=_rule("3.3.2", reminder_days, operational=True))
    expiry_days: Days = field(metadata=_rule("3.3.3", days))
    expires_channels: frozenset[Channel] = field(metadata=_rule("3.3.3", channels))
    extension_max_days: Days = field(metadata=_rule("3.3.3", days))
    extension_max_count: Count = field(metadata=_rule("3.3.3", count))
    expiry_reminder_days: tuple[int, ...] = field(metadata=_rule("3.3.3", reminder_days, operational=True))
    customer_classes: Mapping[str, ClassDays] = field(metadata=_rule("3.3.2", classes, operational=True))
    customer_sources: tuple[str, ...] = field(metadata=_rule("3.1.1", sources, operational=True))
    follow_up_plan: tuple[PlanStep, ...] = field(metadata=_rule("D.1", plan, operational=True))
    quota_channels: frozenset[Channel] = field(metadata=_rule("3.4.1", channels))
    monthly_quota: Count = field(metadata=_rule("3.4.2", count))
    dispute_days: Days = field(metadata=_rule("3.3.2", days))
    dispute_rounds: Count = field(metadata=_rule("3.3.2", count, operational=True))
    closing_time: time = field(metadata=_rule("3.1.1", local_time))
    lead_days: Days = field(metadata=_rule("C.1.1", days))
    daily_reveals: Count = field(metadata=_rule("P.1", count, operational=True))
    contact_retention_years: Years = field(metadata=_rule("P.2", years_or_off, operational=True))
    cross_region: CrossRegion = field(metadata=_rule("B.4.2", one_of(CrossRegion), absent="OFF"))
    cross_region_deputy: CrossRegionDeputy = field(
        metadata=_rule("B.4.2", one_of(CrossRegionDeputy), absent="DEPARTMENT_HEAD")
    )
    approval_reminder_days: Days = field(metadata=_rule("3.3.3", days_or_off, absent=1))
    retention_months: Months = field(metadata=_rule("C.1.1", whole_number(1, 1200)))

    def clause(self, number: ClauseNumber) -> Clause:
        """Return a clause by its number; every number that the policy cites is in the document."""
        return self.clauses[number]

    def days_of(self, name: str, customer_class: str | None) -> int:
        """Return the days of `follow_up_days`, `lapse_days` or `expiry_days` for a class; unknown is none."""
        own = None if customer_class is None else self.customer_classes.get(customer_class)
        days: int | None = None if own is None else getattr(own, name)
        if days is None:
            days = getattr(self, name)
        return days

    def each_days_of(self, name: str) -> Iterator[tuple[str | None, int]]:
        """Yield the days of such a parameter for everybody (None), and for each class that has days of its own."""
        yield None, self.days_of(name, None)
        for customer_class, own in self.customer_classes.items():
            if getattr(own, name) is not None:
                yield customer_class, self.days_of(name, customer_class)

    def of_class(self, customer_class: str | None) -> "Policy":
        """Return the same policy with the days of a class as its days: what a sentence about its registration names."""
        return replace(
            self,
            follow_up_days=Days(self.days_of("follow_up_days", customer_class)),
            lapse_days=Days(self.days_of("lapse_days", customer_class)),
            expiry_days=Days(self.days_of("expiry_days", customer_class)),
        )

    def in_time_zone(self, time_zone: ZoneInfo) -> "Policy":
        """Return the same policy counted in another time zone: the alliance's own comes first."""
        return self if time_zone.key == self.time_zone.key else replace(self, time_zone=time_zone)


PARAMETERS: Final = tuple(f.name for f in fields(Policy) if "read" in f.metadata)
# Those that a document may leave out.
OPERATIONAL: Final = frozenset(f.name for f in fields(Policy) if f.metadata.get("operational"))
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


def read_policy(text: str, *, name: str = "policy", published: bool = False) -> Policy:
    """Return the policy that a YAML document states.

    One that has been `published` is read as it stands: what no document may say since is not asked of it.

    Raises `PolicyDocumentError`, whose message names the document, the line, the field and what was
    expected; the first thing wrong is the one named.
    """
    document = load_located(text, name=name)
    document.refuse_unknown(_TOP_LEVEL)
    clauses = _read_clauses(document.mapping("clauses"))
    values, clause_of = _read_parameters(document.mapping("parameters"), clauses)
    if not published:
        _refuse_unknown_classes(document.mapping("parameters"), values)
    if values["cross_region"] is not CrossRegion.OFF and Clauses.CROSS_REGION not in clauses:
        raise document.mapping("clauses").wrong(None, f"clause {Clauses.CROSS_REGION} (decisions cite it)")
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
        if name in OPERATIONAL and name not in section.entries:
            values[name] = _shipped_value(parameter)
            continue
        if isinstance(entry := section.required(name), LocatedMapping):
            if (number := _read_clause_of(entry, clauses)) is not None:
                clause_of[name] = number
            place, name = entry, "value"
        value = place.required(name)
        read = cast(Callable[[object], object], parameter.metadata["read"])
        try:
            values[parameter.name] = read(_plain(value))
        except WrongValue as wrong:
            raise place.wrong(name, wrong.expected) from None
    return values, clause_of


def _refuse_unknown_classes(section: LocatedMapping, values: Mapping[str, Any]) -> None:
    """Refuse a plan that is written down and has a step for a class of customers that there is not."""
    name = "follow_up_plan"
    if name not in section.entries:
        return  # that of the document that ships goes with whatever classes there are
    if isinstance(entry := section.required(name), LocatedMapping):
        section, name = entry, "value"
    for step in values["follow_up_plan"]:
        unknown = (step.classes or frozenset()) - values["customer_classes"].keys()
        if unknown:
            raise section.wrong(
                name,
                f"of step {step.step} classes that customer_classes has, not {', '.join(sorted(unknown))}",
            )


@cache
def _shipped_parameters() -> LocatedMapping:
    return load_located(default_document(), name=_DEFAULT_DOCUMENT).mapping("parameters")


def _shipped_value(parameter: Field[Any]) -> object:
    """Return the value of an operational parameter in the document that ships."""
    read = cast(Callable[[object], object], parameter.metadata["read"])
    if (absent := parameter.metadata["absent"]) is not None:
        return read(absent)
    return read(_plain(_shipped_parameters().mapping(parameter.name).required("value")))


def _plain(value: object) -> object:
    return value.plain() if isinstance(value, LocatedMapping) else value


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
