"""Documents parsed, guarded and validated once, and remembered: most clients send the same few."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from baobei import clock
from baobei_api.graphql.errors import ApiError, TooComplex
from baobei_api.graphql.guard import (
    MAX_CHARS,
    MAX_TOKENS,
    ListSizes,
    check_cost,
    check_document,
    check_variables,
)

KEPT: Final = 500
# A longer document is compiled each time: what is kept is bounded in bytes too.
LONGEST_KEPT_CHARS: Final = 8_192
MAX_ERRORS: Final = 10
# What compiles longer is followed by a pause as long.
LONG_S: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that may be executed, or the errors for which it may not."""

    parsed: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    page_variables: frozenset[str] = frozenset()

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """Return the operation that a request names; None when it names none that there is."""
        if self.parsed is None:
            return None
        operations = [d for d in self.parsed.definitions if isinstance(d, OperationDefinitionNode)]
        if name is None:
            return operations[0] if len(operations) == 1 else None
        return next((o for o in operations if o.name is not None and o.name.value == name), None)


class Documents:
    """The documents of one schema, the most recently used ones kept."""

    def __init__(self, schema: GraphQLSchema, *, suggestions: bool, introspection: bool) -> None:
        self._schema = schema
        self._suggestions = suggestions
        self._rules = (
            specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
        )
        self._sizes = ListSizes.of(schema)
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[str, Document] = OrderedDict()

    async def compiled_in_turn(self, text: str) -> Document:
        """Return the same, in turn: of the documents that take long no two follow each other without a pause.

        However many come at once, half of the time is left to requests whose documents are known.
        """
        if (known := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return known
        async with self._turn:
            started = clock.monotonic()
            document = self.compiled(text)
            if (took_s := clock.monotonic() - started) > LONG_S:
                await asyncio.sleep(took_s)
        return document

    def compiled(self, text: str) -> Document:
        """Return the document that a text states; never raises for what a client may write."""
        if (known := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return known
        document = self._compile(text)
        if len(text) <= LONGEST_KEPT_CHARS:
            self._kept[text] = document
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return document

    def check_cost(self, document: Document, variables: Mapping[str, Any]) -> None:
        """Refuse variables that are too many, or that make a document too complex; raises `TooComplex`."""
        check_variables(variables)
        if document.page_variables and document.parsed is not None:
            check_cost(document.parsed, self._sizes, variables)

    def _compile(self, text: str) -> Document:
        if len(text) > MAX_CHARS:
            return _refused(TooComplex(f"a document of {len(text)} characters", limit=MAX_CHARS))
        try:
            parsed = parse(text, max_tokens=MAX_TOKENS, allow_empty_selection_sets=False)
            page_variables = check_document(parsed, self._sizes)
            errors = validate(
                self._schema,
                parsed,
                self._rules,
                max_errors=MAX_ERRORS,
                hide_suggestions=not self._suggestions,
            )
        except GraphQLError as error:
            return Document(parsed=None, errors=(error,))
        except ApiError as error:
            return _refused(error)
        except RecursionError:
            return Document(parsed=None, errors=(GraphQLError("Syntax Error: nested too deeply."),))
        return Document(parsed=parsed, errors=tuple(errors), page_variables=page_variables)


def _refused(error: ApiError) -> Document:
    return Document(parsed=None, errors=(GraphQLError(error.message, original_error=error),))


def is_mutation(operation: OperationDefinitionNode) -> bool:
    """Whether an operation may change something."""
    return operation.operation is not OperationType.QUERY
