"""YAML read with its lines, so that an error can say where it is and what was expected."""

from dataclasses import dataclass
from typing import Any, Final

import yaml

_SHOWN: Final = 60
# What the reader raises besides its own: nesting beyond reason, and tags that do not fit (`!!int ""`).
_NOT_YAML: Final = (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError, TypeError)


class PolicyDocumentError(ValueError):
    """A document that cannot be used: `document`, `line` (from 1), `field` and `expected` say why."""

    def __init__(self, *, document: str, line: int, field: str, expected: str) -> None:
        self.document, self.line, self.field, self.expected = document, line, field, expected
        super().__init__(f"{document}, line {line}: {field}: expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedMapping:
    """A YAML mapping whose entries know their lines; values are plain, lists of plain, or mappings."""

    document: str
    path: str
    line: int
    entries: dict[str, Any]
    lines: dict[str, int]

    def required(self, name: str) -> Any:
        """Return an entry; raises `PolicyDocumentError` when it is missing."""
        if name not in self.entries:
            raise self.wrong(None, f"`{name}`, which is missing")
        return self.entries[name]

    def mapping(self, name: str) -> "LocatedMapping":
        """Return an entry that must be a mapping."""
        value = self.required(name)
        if not isinstance(value, LocatedMapping):
            raise self.wrong(name, "a mapping")
        return value

    def text(self, name: str) -> str:
        """Return an entry that must be text and not blank."""
        value = self.required(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "text")
        return value

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Raise `PolicyDocumentError` for the first entry whose name is not known."""
        for name in self.entries:
            if name not in known:
                raise self.wrong(name, "one of " + ", ".join(sorted(known)))

    def wrong(self, name: str | None, expected: str) -> PolicyDocumentError:
        """Return the error for an entry of this mapping, or for the mapping itself."""
        value = "" if name is None else self._shown(name)
        path = ".".join(part for part in (self.path, name) if part) or "document"
        line = self.line if name is None else self.lines.get(name, self.line)
        return PolicyDocumentError(document=self.document, line=line, field=path, expected=expected + value)

    def plain(self) -> dict[str, Any]:
        """Return the mapping and all below it as plain values."""
        return {
            name: value.plain() if isinstance(value, LocatedMapping) else value
            for name, value in self.entries.items()
        }

    def _shown(self, name: str) -> str:
        value = self.entries.get(name)
        if value is None or isinstance(value, LocatedMapping):
            return ""
        return f", got {str(value)[:_SHOWN]!r}"


def load_located(text: str, *, name: str) -> LocatedMapping:
    """Return the one mapping that a YAML text holds; a key given twice is refused.

    Raises `PolicyDocumentError` for text that is not YAML, or whose top is not a mapping.
    """
    try:
        return _load(text, name=name)
    except PolicyDocumentError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PolicyDocumentError(
            document=name,
            line=mark.line + 1 if mark else 1,
            field="document",
            expected=f"well-formed YAML ({error.problem or error.context})",
        ) from None
    except _NOT_YAML:
        raise PolicyDocumentError(
            document=name, line=1, field="document", expected="well-formed YAML in UTF-8"
        ) from None


def _load(text: str, *, name: str) -> LocatedMapping:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise PolicyDocumentError(document=name, line=1, field="document", expected="a mapping")
        return _locate(loader, node, document=name, path="", seen=set())
    finally:
        loader.dispose()


def _locate(
    loader: yaml.SafeLoader, node: yaml.MappingNode, *, document: str, path: str, seen: set[int]
) -> LocatedMapping:
    """Return a mapping with its lines; `seen` holds the mappings met so far, since aliases can multiply them."""
    entries: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        below = f"{path}.{key}" if path else key
        expected = _unfit(key_node, value_node, entries, seen)
        if expected is not None:
            raise PolicyDocumentError(document=document, line=line, field=below, expected=expected)
        lines[key] = line
        if isinstance(value_node, yaml.MappingNode):
            seen.add(id(value_node))
            entries[key] = _locate(loader, value_node, document=document, path=below, seen=seen)
        else:
            entries[key] = loader.construct_object(value_node, deep=True)
    return LocatedMapping(
        document=document, path=path, line=node.start_mark.line + 1, entries=entries, lines=lines
    )


def _unfit(key: yaml.Node, value: yaml.Node, entries: dict[str, Any], seen: set[int]) -> str | None:
    """Return what was expected where an entry cannot be taken, or None."""
    if not isinstance(key, yaml.ScalarNode) or key.value in entries:
        return "each name once"
    if isinstance(value, yaml.MappingNode) and id(value) in seen:
        return "a mapping of its own, not an alias"
    if any(isinstance(node, yaml.ScalarNode) and not _encodable(node.value) for node in (key, value)):
        return "text in Unicode"
    return None


def _encodable(text: str) -> bool:
    """Whether the text is Unicode: an escape can spell half of a surrogate pair, no file can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
