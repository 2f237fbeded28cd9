"""The organisation file: an alliance with its units and staff, in YAML."""

from collections import Counter
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from baobei.store.organisation_models import Role, UnitKind

_LARGEST_BYTES: Final = 8_000_000


class OrganisationFileError(ValueError):
    """A file that cannot be applied: `line` (from 1), `field` and `problem` say where and why."""

    def __init__(self, *, file: str, line: int, field: str, problem: str) -> None:
        self.file, self.line, self.field, self.problem = file, line, field, problem
        super().__init__(f"{file}, line {line}: {field}: {problem}")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("expected an IANA time zone, such as Asia/Shanghai") from None
    return name


def _encodable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("expected text without NUL and lone surrogates")
    return text


Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_encodable)
]
TimeZone = Annotated[str, AfterValidator(_known_zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AllianceEntry(_Strict):
    """The alliance; its time zone stays what it was at first."""

    code: Code
    name: Name
    time_zone: TimeZone = "Asia/Shanghai"
    closing_time: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "21:00"

    @property
    def closes_at(self) -> time:
        """Return the local closing time."""
        return time.fromisoformat(self.closing_time)


class UnitEntry(_Strict):
    """A store, a field department or the headquarters."""

    code: Code
    name: Name
    kind: UnitKind
    region: Name


class StaffEntry(_Strict):
    """A staff member of a unit in this file; `active: false` for one who has left.

    Left out, `active` leaves it as it stands, and somebody new works for the alliance.
    """

    code: Code
    name: Name
    unit: Code
    roles: Annotated[list[Role], Field(min_length=1)]
    active: bool | None = None


class OrganisationFile(_Strict):
    """An alliance with all of its units and the staff to create or update."""

    alliance: AllianceEntry
    units: Annotated[list[UnitEntry], Field(min_length=1)]
    staff: list[StaffEntry]

    @model_validator(mode="after")
    def _codes_are_distinct_and_known(self) -> Self:
        for what, codes in (("units", [u.code for u in self.units]), ("staff", [s.code for s in self.staff])):
            twice = next((code for code, times in Counter(codes).items() if times > 1), None)
            if twice is not None:
                raise ValueError(f"{what}: expected each code once, got {twice} twice")
        units = {unit.code for unit in self.units}
        for member in self.staff:
            if member.unit not in units:
                raise ValueError(f"staff {member.code}: expected a unit of this file, got {member.unit}")
        return self


def read_organisation(path: Path) -> OrganisationFile:
    """Return the organisation that a file states.

    Raises `OrganisationFileError`, which names the line, the field and what was expected; `OSError` when the
    file cannot be read.
    """
    file = str(path)
    if path.stat().st_size > _LARGEST_BYTES:
        raise OrganisationFileError(
            file=file, line=1, field="file", problem=f"expected at most {_LARGEST_BYTES} bytes"
        )
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except UnicodeDecodeError:
        raise OrganisationFileError(
            file=file, line=1, field="file", problem="expected text in UTF-8"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise OrganisationFileError(
            file=file, line=1 if mark is None else mark.line + 1, field="file", problem="expected YAML"
        ) from None
    try:
        return OrganisationFile.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise OrganisationFileError(
            file=file,
            line=_line_of(node, first["loc"]),
            field=".".join(str(step) for step in first["loc"]) or "file",
            problem=_problem(first["msg"], first["input"]),
        ) from None


def _problem(message: str, found: Any) -> str:
    said = message.removeprefix("Value error, ")
    return f"{said}, got {str(found)[:60]!r}" if isinstance(found, str | int | float | bool) else said


def _line_of(node: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """Return the line of the value that a path leads to, or of the nearest thing above it."""
    line = 1 if node is None else node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(step)), None)
        else:
            node = None
        if node is None:
            break
        line = node.start_mark.line + 1
    return line
