"""A receiver of webhooks in threads of its own that fails three times in ten, in every way a receiver can."""

import json
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

FAILS: Final = 0.3
# Ten attempts are made: none may be dead when all is told.
FAILURES_OF_ONE: Final = 6


class UnluckyReceiver:
    """What it took, by the id of the event and in the order of first taking; how often it was asked and refused."""

    def __init__(self, *, seed: int) -> None:
        self.url = ""
        self.attempts = 0
        self.refused = 0
        self.taken: dict[str, str] = {}
        self._chance = random.Random(seed)
        self._failures: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, id: str, body: bytes) -> str | None:
        """Take a letter, or return how it fails."""
        with self._lock:
            self.attempts += 1
            if self._failures[id] < FAILURES_OF_ONE and self._chance.random() < FAILS:
                self._failures[id] += 1
                self.refused += 1
                return self._chance.choice(("status", "silence", "redirect", "garbage"))
            self.taken.setdefault(id, json.loads(body)["data"]["id"])
            return None

    def taken_by_subject(self) -> dict[str, list[str]]:
        """Return the ids of events by subject, in the order in which they were first taken."""
        found: dict[str, list[str]] = defaultdict(list)
        with self._lock:
            for id, subject in self.taken.items():
                found[subject].append(id)
        return dict(found)


@contextmanager
def unlucky_receiver(*, seed: int) -> Iterator[UnluckyReceiver]:
    """Receive on a free port of this machine."""
    receiver = UnluckyReceiver(seed=seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            match receiver.take(self.headers["webhook-id"], body):
                case None:
                    self._answer(204)
                case "status":
                    self._answer(503)
                case "redirect":
                    self._answer(302, location="/")
                case "garbage":
                    self.wfile.write(b"\x00\xff")
                case _:
                    pass

        def _answer(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # who sent it was killed

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
