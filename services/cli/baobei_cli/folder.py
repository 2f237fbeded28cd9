"""The data folder of ``baobei up``: where everything is, who may use it, and of which format it is."""

import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from baobei_cli.errors import CommandError

FORMAT = 1
# The system's limit is 107 bytes; PostgreSQL adds "/.s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 80
# Goes into URLs and into a list that PostgreSQL splits at commas: nothing in it may need quoting.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class DataFolderError(CommandError):
    """A data folder that this program cannot, or must not, use."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A folder that holds all that one service keeps."""

    root: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's cluster."""
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        """Redis's append-only file."""
        return self.root / "redis"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.root / "logs"

    @property
    def notes(self) -> Path:
        """Notes of the processes started, for the run after a crash."""
        return self.root / "processes"

    @property
    def secrets(self) -> Path:
        """Keys, a file each, for nobody else to read."""
        return self.root / "secrets"

    @property
    def sockets(self) -> Path:
        """Where PostgreSQL and Redis listen: in the folder, or for a long path in a short one of our own."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"baobei-{os.geteuid()}-{digest}"


@contextmanager
def open_folder(path: Path) -> Iterator[DataFolder]:
    """Hold the data folder at a path, made when it is not there, for this process alone.

    Raises :class:`DataFolderError` when another process holds it, it is of a newer format or not writable.
    """
    folder = DataFolder(path.absolute().resolve())
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        held = _lock(folder)
    except (FileExistsError, NotADirectoryError):
        raise DataFolderError(f"--data {path}: expected a folder") from None
    except OSError as error:
        raise DataFolderError(f"--data {path}: cannot be written: {error.strerror}") from None
    with held:
        _check_format(folder.root / "baobei.json")
        for part in (folder.redis, folder.logs, folder.notes):
            part.mkdir(exist_ok=True)
        folder.secrets.mkdir(mode=0o700, exist_ok=True)
        yield folder


def keep_secret(folder: DataFolder, name: str, make: Callable[[], str]) -> str:
    """Return the secret of a name, made the first time it is asked for."""
    path = folder.secrets / name
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    return path.read_text().strip()


def make_private(path: Path, *, uid: int) -> None:
    """Make a folder that only this user id may enter, and refuse one that somebody else put there."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if path.is_symlink() or not path.is_dir() or status.st_uid not in {os.geteuid(), uid}:
        raise DataFolderError(f"{path} belongs to somebody else: remove it")
    path.chmod(0o700)
    if status.st_uid != uid:
        os.chown(path, uid, -1)


def _lock(folder: DataFolder) -> IO[str]:
    # The lock goes with the file, and so with the process, however it ends. Children do not inherit it.
    file = (folder.root / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise DataFolderError(f"{folder.root} is in use by another baobei up (process {holder})") from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _check_format(path: Path) -> None:
    if not path.exists():
        path.write_text(json.dumps({"format": FORMAT}) + "\n")
        return
    try:
        found = json.loads(path.read_text())["format"]
    except (ValueError, KeyError, TypeError):
        raise DataFolderError(f'{path}: expected a JSON object with "format"') from None
    if found != FORMAT:
        raise DataFolderError(
            f"{path.parent} has data of format {found}; this version of baobei reads format {FORMAT}:"
            " run the version that wrote it, or a newer one"
        )
