"""Being told that the process is to end while its connections are still open.

A server waits for its connections before it tells the application that it ends: a stream that goes on would be
waited for until it is broken off. So whoever handles the signals goes on doing so, and we are told first.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_of_the_end(tell: Callable[[], None]) -> Iterator[None]:
    """Let `tell` be called in this loop when a signal asks the process to end, before what is done about it.

    Outside the main thread there are no signals to be told of.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def asked(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        else:
            # What the system does by itself.
            signal.signal(number, handler)
            signal.raise_signal(number)

    for number in SIGNALS:
        signal.signal(number, asked)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
