"""The page on which a developer tries queries out; served outside production only."""

from typing import Final

from strawberry.http.ides import get_graphql_ide_html

GRAPHIQL_PAGE: Final = get_graphql_ide_html("graphiql")
