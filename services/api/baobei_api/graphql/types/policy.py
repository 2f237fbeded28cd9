"""Clauses and versions of the policy."""

from datetime import datetime

import strawberry

from baobei.policy.terms import Text
from baobei_api.graphql.enums import Language
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.shared import InLanguage, said


@strawberry.type(description="A numbered clause of the policy that a decision rests on.")
class Clause:
    """A clause; its words are those of the version that it was taken from."""

    number: str = strawberry.field(description="The number of the clause, as 3.3.2.")
    titles: strawberry.Private[Text]
    texts: strawberry.Private[Text]

    @resolved("What the clause is called.")
    def title(self, language: InLanguage = Language.ZH) -> str:
        """Return the title."""
        return said(self.titles, language)

    @resolved("What the clause says.")
    def text(self, language: InLanguage = Language.ZH) -> str:
        """Return the text."""
        return said(self.texts, language)


@strawberry.type(description="A published version of the alliance's policy; it never changes.")
class PolicyVersion:
    """A version of the policy."""

    id: strawberry.ID = strawberry.field(description="The id of the version.")
    code: str = strawberry.field(description="The code of the policy document.")
    version: str = strawberry.field(description="The version as the document names it.")
    effective_from: datetime = strawberry.field(
        description="The instant from which it is in force (inclusive)."
    )
    digest: str = strawberry.field(description="SHA-256 of the document's content, in hexadecimal.")
    clauses: list[Clause] = strawberry.field(description="Every clause of the document, by number.")
