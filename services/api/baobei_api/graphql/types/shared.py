"""What several types use: the language argument and page information."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeAlias

import strawberry

from baobei.policy.terms import Text
from baobei.store.paging import Page
from baobei_api.graphql.enums import Language

InLanguage: TypeAlias = Annotated[
    Language | None, strawberry.argument(description="The language of the answer; Chinese when left out.")
]
Sentence: TypeAlias = Callable[[], Text]


def said(text: Text, language: Language | None) -> str:
    """Return a text in the language asked for."""
    return (language or Language.ZH).of(text)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """The Relay page information."""

    has_next_page: bool = strawberry.field(description="Whether more follow after this page.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for after a cursor.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first edge; null for an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last edge, to be given as `after`; null for an empty page."
    )


def page_info(cursors: Sequence[str], *, page: Page, has_next: bool) -> PageInfo:
    """Return where a page with edges of these cursors stands in its list."""
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=page.after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
