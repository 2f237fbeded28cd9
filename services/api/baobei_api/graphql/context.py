"""What one request carries to its resolvers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import strawberry

from baobei.operations.actor import Actor, Office
from baobei.operations.transaction import lent
from baobei.store.connection import Connection
from baobei_api.metrics import Metrics

if TYPE_CHECKING:
    from baobei_api.graphql.convert import Converter
    from baobei_api.graphql.loaders import Loaders


@dataclass(slots=True, kw_only=True)
class Context:
    """The caller, the office, and loaders that are renewed whenever something has changed."""

    office: Office
    actor: Actor
    convert: "Converter"
    loaders: "Loaders"
    metrics: Metrics

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection for one read; it is never kept in the context."""
        async with lent(self.office, self.actor) as connection:
            yield connection

    async def now(self) -> datetime:
        """Return the instant as of which this request answers: one for all it reads."""
        return await self.loaders.business_instant.load(None)

    def renew(self) -> None:
        """Forget what was read: called after every mutation, so that its answer is as of after it."""
        self.loaders = self.loaders.renewed()


Info: TypeAlias = strawberry.Info[Context, None]
