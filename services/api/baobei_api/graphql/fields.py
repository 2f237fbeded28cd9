"""The decorator of fields that are computed; strawberry's own hides the types of what it decorates."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., Any])


def resolved(description: str) -> Callable[[Resolver], Resolver]:
    """Return the decorator of a method that resolves a field described so."""
    return cast(Callable[[Resolver], Resolver], strawberry.field(description=description))
