"""Lanes: they outlive failures, look sooner when hinted, and stop within bounds."""

import asyncio
import socket
from http import HTTPStatus

import pytest

from baobei_worker import lanes
from baobei_worker.http import Answer, listening
from baobei_worker.lanes import Lane, Lanes, Stopping

SLOW_S = 3_600.0


async def called(times: list[int], count: int) -> bool:
    async with asyncio.timeout(20):
        while len(times) < count:  # noqa: ASYNC110 - asked as the lane is asked, from outside
            await asyncio.sleep(0.005)
    return True


async def test_a_lane_looks_again_at_once_while_something_is_left() -> None:
    looks: list[int] = []

    async def look(_stopping: Stopping) -> bool:
        looks.append(1)
        return len(looks) < 5

    running = Lanes([Lane(name="test", look=look, every_s=SLOW_S)])
    running.start()

    assert await called(looks, 5)
    await running.stop(within_s=5)
    assert len(looks) == 5


async def test_a_hint_lets_it_look_now() -> None:
    looks: list[int] = []

    async def look(_stopping: Stopping) -> bool:
        looks.append(1)
        return False

    running = Lanes([Lane(name="test", look=look, every_s=SLOW_S)])
    running.start()
    assert await called(looks, 1)
    await asyncio.sleep(0)
    running.hint()

    assert await called(looks, 2)
    await running.stop(within_s=5)


async def test_a_lane_outlives_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FIRST_PAUSE_S", 0.001)
    looks: list[int] = []

    async def look(_stopping: Stopping) -> bool:
        looks.append(1)
        if len(looks) < 4:
            raise RuntimeError("13800138000")
        return False

    running = Lanes([Lane(name="test", look=look, every_s=SLOW_S)])
    running.start()

    assert await called(looks, 4)
    assert running.states() == {"test": "ok"}
    await running.stop(within_s=5)


async def test_a_lane_that_cannot_look_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "WELL_WITHIN_S", -1.0)

    async def look(_stopping: Stopping) -> bool:
        return False

    running = Lanes([Lane(name="test", look=look, every_s=SLOW_S)])

    assert running.states() == {"test": "silent for 0 s"}


async def test_what_ends_in_time_is_not_cancelled_and_what_does_not_is() -> None:
    begun, ended = asyncio.Event(), []

    async def quick(stopping: Stopping) -> bool:
        while not stopping():  # noqa: ASYNC110 - a job asks between two pieces of work
            await asyncio.sleep(0.001)
        ended.append("quick")
        return False

    async def late(_stopping: Stopping) -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("late, given back")
        return False

    both = [Lane(name=each.__name__, look=each, every_s=SLOW_S) for each in (quick, late)]
    running = Lanes(both)
    running.start()
    await begun.wait()
    await running.stop(within_s=0.3)

    assert ended == ["quick", "late, given back"]


async def ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


async def fine() -> Answer:
    return Answer(status=HTTPStatus.OK, body=b"{}")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"GET /healthz?x=1", b"200"), (b"GET /etc", b"404"), (b"POST /healthz", b"405"), (b"\xff\xfe", b"404")],
)
async def test_it_answers_what_it_knows(request_line: bytes, status: bytes) -> None:
    async with listening({"/healthz": fine}, host="127.0.0.1", port=0) as port:
        assert port is not None
        answer = await ask(port, request_line + b" HTTP/1.1\r\nHost: x\r\n\r\n")

    assert answer.split()[1] == status


async def test_a_head_without_an_end_is_not_read_for_ever() -> None:
    async with listening({"/healthz": fine}, host="127.0.0.1", port=0) as port:
        assert port is not None
        assert await ask(port, b"GET /healthz HTTP/1.1\r\n" + b"x" * 20_000) == b""


async def test_a_port_in_use_stops_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with listening({}, host="127.0.0.1", port=taken.getsockname()[1]) as port:
            assert port is None
