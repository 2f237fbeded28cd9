"""Cursors of tasks: a task has no id of its own, and its list is ordered for a day."""

import base64
from datetime import date
from typing import Final
from uuid import UUID

from baobei.operations.my_tasks import ReadTasks
from baobei.store.open_tasks import TaskPlace
from baobei_api.graphql import checks

KIND: Final = "t"
_CHARS: Final = 200
_DEFAULT: Final = 50


def cursor(place: TaskPlace, *, day: date) -> str:
    """Return the opaque cursor of a task in a list that is ordered for a local day."""
    written = f"{KIND}:{day.isoformat()}:{place.registration_id}:{place.period.isoformat()}:{place.step}"
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def page(first: int | None, after: str | None) -> ReadTasks:
    """Return the page of tasks that `first` and `after` ask for."""
    size = checks.page_size(first, "first", default=_DEFAULT)
    written = checks.given(after)
    if written is None:
        return ReadTasks(first=size)
    place, day = _opened(written)
    return ReadTasks(first=size, after=place, day=day)


def _opened(written: str) -> tuple[TaskPlace, date]:
    try:
        if len(written) > _CHARS:
            raise ValueError
        padding = b"=" * (-len(written) % 4)
        opened = base64.b64decode(written.encode("ascii") + padding, altchars=b"-_", validate=True)
        kind, day, id, period, step = opened.decode("ascii").split(":")
        if kind != KIND or not step.isidentifier():
            raise ValueError
        place = TaskPlace(registration_id=UUID(id), step=step, period=date.fromisoformat(period))
        return place, date.fromisoformat(day)
    except ValueError:  # not base64, not ASCII, not a cursor of this list
        raise checks.unknown_cursor() from None
