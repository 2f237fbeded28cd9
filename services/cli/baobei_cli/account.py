"""The system account of PostgreSQL, and what a child process does between fork and exec.

PostgreSQL refuses to run as root, so when we are root it runs as an account that has no other rights. Nothing
is asked of the machine for that: no account is made, no folder of somebody else is opened up.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baobei_cli.errors import CommandError

# Accounts to fall back on, in order; the second is on every Unix.
CANDIDATES = ("postgres", "nobody")

# From <linux/prctl.h> and <linux/capability.h>.
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522

ON_LINUX = sys.platform == "linux"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account to run a child process as."""

    uid: int
    gid: int
    # Whether the child keeps root's right to pass closed folders: a checkout under /root is not open to others.
    passes_closed_folders: bool = False


def account_for(postgres_data: Path, needs: tuple[Path, ...]) -> Account | None:
    """Return the account PostgreSQL must run as, or None when our own will do.

    ``needs`` are files and folders it must be able to read. A data folder keeps the account that it has.
    """
    if os.geteuid() != 0:
        return None
    entry = _entry(postgres_data)
    bare = Account(uid=entry.pw_uid, gid=entry.pw_gid)
    if all(_can_read(bare, path) for path in needs):
        return bare
    if ON_LINUX:
        return Account(uid=bare.uid, gid=bare.gid, passes_closed_folders=True)
    raise CommandError(
        f"PostgreSQL does not run as root, and account {entry.pw_name} cannot read {' or '.join(map(str, needs))}:"
        " run baobei as another user, or install it and keep its data where others may read"
    )


def owner_name() -> str:
    """Return the name of our own account, by which PostgreSQL knows us on its socket."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise CommandError(
            f"user id {os.geteuid()} has no name on this machine: PostgreSQL needs one"
        ) from None


def before_exec(account: Account | None, death_signal: signal.Signals) -> Callable[[], None]:
    """Return what a child runs just before it becomes its program.

    It takes on the account, and on Linux asks to be sent ``death_signal`` when we die, however we die.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True)

    def become() -> None:
        if account is not None:
            try:
                _take_on(account, libc)
            except OSError as error:
                os.write(2, f"cannot run as user id {account.uid}: {error}\n".encode())
                os._exit(1)
        if ON_LINUX:
            # After the change of account, which would clear it.
            libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return become


def _entry(postgres_data: Path) -> pwd.struct_passwd:
    if postgres_data.exists() and (uid := postgres_data.stat().st_uid) != 0:
        try:
            return pwd.getpwuid(uid)
        except KeyError:
            raise CommandError(
                f"{postgres_data} belongs to user id {uid}, who is not on this machine"
            ) from None
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CommandError(f"PostgreSQL does not run as root, and there is no account {' or '.join(CANDIDATES)}")


def _can_read(account: Account, path: Path) -> bool:
    probe = subprocess.run(  # a shell is where every account can run it, which our own Python may not be
        ["/bin/sh", "-c", 'test -r "$1" && { test -f "$1" || test -x "$1"; }', "sh", str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        check=False,
        cwd="/",
    )
    return probe.returncode == 0


def _take_on(account: Account, libc: ctypes.CDLL) -> None:
    if account.passes_closed_folders:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if account.passes_closed_folders:
        _keep_one_capability(libc)


def _keep_one_capability(libc: ctypes.CDLL) -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    # Effective, permitted and inheritable, for capabilities 0 to 31 and then 32 to 63.
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl PR_CAP_AMBIENT_RAISE")
