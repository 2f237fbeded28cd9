"""What the system knows of a process that is perhaps not our child."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from baobei.clock import monotonic

PROC = Path("/proc")
POLL_S = 0.05


def birth_of(pid: int) -> str | None:
    """Return what tells this process from a later one of the same number; None when there is none."""
    try:
        if (PROC / "self" / "stat").exists():
            # The name, in parentheses, may hold spaces; what follows it is counted from field 3. 22 is the start.
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            return None if fields[0] == "Z" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _ps(pid, "lstart") or None


def command_line_of(pid: int) -> str:
    """Return the command line of a process, arguments separated by spaces; empty when there is none."""
    try:
        if (PROC / "self" / "cmdline").exists():
            return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return _ps(pid, "command")


def note(path: Path, pid: int, stop_signal: signal.Signals) -> None:
    """Write down that we started a process, so that a later run can stop it should we be killed."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"pid": pid, "birth": birth_of(pid), "signal": int(stop_signal)}))
    draft.replace(path)


def stop_leftover(path: Path, *, within_s: float) -> None:
    """Stop the process that an earlier run noted in this file, if it still runs, and remove the note."""
    try:
        noted = json.loads(path.read_text())
        pid, birth, stop_signal = int(noted["pid"]), noted["birth"], int(noted["signal"])
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        path.unlink()
        return
    if birth is not None and birth_of(pid) == birth:
        _end(pid, birth, stop_signal, within_s)
    path.unlink()


def _end(pid: int, birth: str, stop_signal: int, within_s: float) -> None:
    for number, patience_s in ((stop_signal, within_s), (signal.SIGKILL, within_s)):
        os.kill(pid, number)
        give_up_at = monotonic() + patience_s
        while monotonic() < give_up_at:
            if birth_of(pid) != birth:
                return
            time.sleep(POLL_S)


def _ps(pid: int, column: str) -> str:
    asked = subprocess.run(
        ["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()
