"""Replaying histories: events a CPU second, and what memory grows with."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

TARGET = 20_000
START = datetime.fromisoformat("2025-01-01T09:00:00+08:00")

# Runs in a process of its own: CPU time and the peak of memory are the replay's alone.
MEASURED = """
import resource, sys
from baobei.policy.document import default_policy
from baobei.replay import Replay, to_line
run = Replay(default_policy())
with open(sys.argv[1], "rb") as lines, open("/dev/null", "w") as out:
    for answer in run.answers(lines):
        out.write(to_line(answer.outcome))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, sum(1 for _ in run.book.registrations()))
"""


def history(*, events: int, registering: float, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Yield a history in which `registering` of the events are attempts; most of the rest are follow-ups."""
    chance, at = random.Random(seed), START
    claims: list[tuple[str, str, str]] = []
    for number in range(events):
        at += timedelta(seconds=chance.randint(1, 60))
        if not claims or chance.random() < registering:
            by, phone = f"G{chance.randint(1, 400):03}", f"13{chance.randint(0, 999_999_999):09}"
            address = (
                f"上海市浦东新区锦绣路{chance.randint(1, 999)}弄{chance.randint(1, 60)}号楼"
                f"{chance.randint(1, 4)}单元{chance.randint(1, 30)}0{chance.randint(1, 4)}室"
            )
            event = {"type": "register", "id": f"R{number}", "by": by, "channel": "STORE"}
            event |= {"name": "王小明", "phone": phone, "address": address}
            claims = [*claims[-2_000:], (event["id"], by, phone)]
        elif chance.random() < 0.05:
            _, by, phone = chance.choice(claims)
            event = {"type": "order", "id": f"O{number}", "taken_by": by, "name": "王"}
            event |= {"phone": phone, "address": ""}
        else:
            registration, by, _ = chance.choice(claims)
            event = {"type": "follow_up", "registration": registration, "by": by}
        yield {**event, "at": at.isoformat()}


def run(console: Console) -> None:
    """Print events a CPU second and the peak of memory for histories of several lengths and shapes."""
    table = Table(title=f"replay (target {TARGET:,} events a second and core on a long history)")
    for column in ("history", "events", "registrations", "events / CPU s", "peak MB"):
        table.add_column(column, justify="right")
    with TemporaryDirectory() as folder:
        for name, events, registering in (
            ("mostly follow-ups", 100_000, 0.05),
            ("mostly follow-ups, 4 x as long", 400_000, 0.0125),
            ("a third registrations", 200_000, 0.33),
        ):
            path = Path(folder) / "history.jsonl"
            with path.open("w") as file:
                for event in history(events=events, registering=registering):
                    file.write(json.dumps(event, ensure_ascii=False) + "\n")
            output = subprocess.run(
                [sys.executable, "-c", MEASURED, str(path)], check=True, capture_output=True, text=True
            )
            cpu_s, peak_mb, registrations = output.stdout.split()
            rate = events / float(cpu_s)
            table.add_row(name, f"{events:,}", f"{int(registrations):,}", f"{rate:,.0f}", peak_mb)
    console.print(table)
