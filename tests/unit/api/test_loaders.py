"""What several resolvers wait for at once."""

import asyncio

from baobei_api.graphql.loaders import SharedLoader


class Reading:
    """A read that takes until it is let go on, and knows whether it was cancelled."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.cancelled = False
        self.loader: SharedLoader[int, int] = SharedLoader(load_fn=self._read)

    async def _read(self, keys: list[int]) -> list[int]:
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return [key * 10 for key in keys]

    async def waiting(self, number: int) -> list["asyncio.Task[int]"]:
        async def resolve() -> int:
            return await self.loader.load(7)

        tasks = [asyncio.create_task(resolve()) for _ in range(number)]
        await asyncio.sleep(0.01)
        return tasks


async def test_who_is_cancelled_takes_the_value_from_nobody_else() -> None:
    reading = Reading()
    first, second = await reading.waiting(2)
    first.cancel()
    await asyncio.wait({first})
    reading.go_on.set()
    assert await second == 70
    assert await reading.loader.load(7) == 70


async def test_when_nobody_waits_any_more_the_read_is_cancelled() -> None:
    reading = Reading()
    tasks = await reading.waiting(2)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await asyncio.sleep(0.01)
    assert reading.cancelled


async def test_what_was_cancelled_may_be_asked_again() -> None:
    reading = Reading()
    (only,) = await reading.waiting(1)
    only.cancel()
    await asyncio.wait({only})
    reading.go_on.set()
    assert await reading.loader.load(7) == 70
