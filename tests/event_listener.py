"""Listens to a stream of events as an app would: in a thread, coming back with the last id it heard."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from baobei_api.tokens import issue_token
from running_service import eventually

PATH = "/v1/events"
READ_WITHIN_S = 60.0
AGAIN_AFTER_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as it came in."""

    id: int
    letter: dict[str, Any]

    @property
    def what(self) -> tuple[str, str | None]:
        """Its type and its subject."""
        return self.letter["type"], self.letter["data"].get("id")


@dataclass(slots=True)
class Listener:
    """One caller's stream; `statuses` are those of all answers, `last_id` is what it goes on from, `first_id` where it began."""

    base_url: str
    token: Callable[[], str]
    resumes: bool = True
    last_id: int | None = None
    first_id: int = 0
    events: list[Event] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    connected: int = 0

    def listen(self) -> None:
        """Listen until asked to stop, or once where it does not come back."""
        while not self.stopping.is_set():
            with suppress(httpx2.HTTPError):
                self._listen_once()
            if not self.resumes:
                return
            time.sleep(AGAIN_AFTER_S)

    def heard(self, count: int, *, within_s: float = READ_WITHIN_S) -> bool:
        """Whether so many events come in soon."""
        return eventually(lambda: len(self.events) >= count, within_s=within_s)

    def whats(self) -> list[tuple[str, str | None]]:
        """Type and subject of each event, in order."""
        return [event.what for event in self.events]

    def _listen_once(self) -> None:
        headers = {"authorization": f"Bearer {self.token()}"}
        if self.last_id is not None:
            headers["last-event-id"] = str(self.last_id)
        with (
            httpx2.Client(base_url=self.base_url, timeout=READ_WITHIN_S) as http,
            http.stream("GET", PATH, headers=headers) as answer,
        ):
            self.statuses.append(answer.status_code)
            if answer.status_code != 200:
                return
            block: dict[str, str] = {}
            for line in answer.iter_lines():
                if self.stopping.is_set():
                    return
                name, _, value = line.partition(": ")
                if line:
                    block[name] = value
                else:
                    self._take(block)
                    block = {}

    def _take(self, block: dict[str, str]) -> None:
        if "id" in block:
            self.first_id = int(block["id"]) if self.last_id is None else self.first_id
            self.last_id = int(block["id"])
        if "data" in block:
            self.events.append(Event(id=int(block["id"]), letter=json.loads(block["data"])))
        self.connected += "retry" in block


def token_of(key: str, alliance: str, staff: str, *, expires_in_s: int = 3_600) -> Callable[[], str]:
    """Return what makes a new token of a staff member each time."""
    return lambda: issue_token(key=key, staff_code=staff, alliance=alliance, expires_in_s=expires_in_s)


@contextmanager
def listening(
    base_url: str, token: Callable[[], str], *, resumes: bool = True, last_id: int | None = None
) -> Iterator[Listener]:
    """Listen in a thread until the context ends; yield when the stream has begun, or was refused."""
    listener = Listener(base_url, token, resumes=resumes, last_id=last_id)
    thread = threading.Thread(target=listener.listen, daemon=True)
    thread.start()
    assert eventually(lambda: listener.connected > 0 or bool(listener.statuses[-1:] not in ([], [200])))
    try:
        yield listener
    finally:
        listener.stopping.set()
