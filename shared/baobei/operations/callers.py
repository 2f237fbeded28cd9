"""Finding who asks, from the codes that a token names."""

from typing import Final

from baobei.operations.actor import Desk
from baobei.operations.transaction import NO_ALLIANCE, lent
from baobei.store import organisation
from baobei.store.organisation_models import Alliance, Staff
from baobei.store.walls import APP, Walls

REMEMBERED: Final = 10_000


class Callers:
    """Finds callers within the walls of their own alliance.

    Remembers the number of an alliance, which is its code's for ever; the people are read each time, so that
    whoever left is out at once.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._numbers: dict[str, int] = {}

    async def caller(self, alliance_code: str, staff_code: str) -> tuple[Alliance, Staff] | None:
        """Return who these codes name with their alliance, or None; whether they are active is in the value."""
        number = self._numbers.get(alliance_code) or await self._number(alliance_code)
        if number is None:
            return None
        async with lent(self._desk, Walls(APP, number)) as connection:
            found = await organisation.caller(connection, alliance_code=alliance_code, staff_code=staff_code)
        if found is None:
            self._numbers.pop(alliance_code, None)  # the database may have been put in place of another
        return found

    async def _number(self, alliance_code: str) -> int | None:
        async with lent(self._desk, NO_ALLIANCE) as connection:
            number = await organisation.alliance_id_of(connection, alliance_code)
        if number is not None:
            if len(self._numbers) >= REMEMBERED:
                self._numbers.clear()
            self._numbers[alliance_code] = number
        return number
