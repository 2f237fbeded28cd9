"""The supervisor, with small shell programs in place of servers."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from baobei_cli.errors import CommandError
from baobei_cli.supervisor import Program, StopRequested, Supervisor
from running_service import eventually


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    (tmp_path / "notes").mkdir()
    made = Supervisor(notes=tmp_path / "notes")
    yield made
    made.stop()


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., Program]:
    def program(
        script: str,
        *,
        name: str = "program",
        stop_within_s: float = 5,
        is_ready: Callable[[int], bool] = lambda _pid: True,
    ) -> Program:
        return Program(
            name=name,
            command=("/bin/sh", "-c", script),
            log=tmp_path / f"{name}.log",
            stop_signal=signal.SIGTERM,
            stop_within_s=stop_within_s,
            is_ready=is_ready,
            environment={"PATH": "/usr/bin:/bin"},
        )

    return program


def test_what_dies_at_once_is_given_up_with_the_end_of_its_log(
    supervisor: Supervisor, shell: Callable[..., Program], tmp_path: Path
) -> None:
    program = shell("echo out of order >&2; exit 3", is_ready=lambda _pid: False)

    with pytest.raises(CommandError) as failed:
        supervisor.start(program, ready_within_s=20)

    assert failed.value.status == 1
    assert str(failed.value).startswith(
        f"program does not start: see {tmp_path / 'program.log'}\n  out of order"
    )


def test_what_never_gets_ready_is_given_up(supervisor: Supervisor, shell: Callable[..., Program]) -> None:
    with pytest.raises(CommandError, match="program does not start"):
        supervisor.start(shell("exec sleep 60", is_ready=lambda _pid: False), ready_within_s=0.2)


def test_asked_to_stop_it_waits_no_longer(supervisor: Supervisor, shell: Callable[..., Program]) -> None:
    supervisor.request_stop()

    with pytest.raises(StopRequested):
        supervisor.start(shell("exec sleep 60", is_ready=lambda _pid: False), ready_within_s=60)


def test_the_last_one_started_is_stopped_first(
    supervisor: Supervisor, shell: Callable[..., Program], tmp_path: Path
) -> None:
    order = tmp_path / "order"
    for name in ("first", "second", "third"):
        supervisor.start(
            shell(
                f"trap 'echo {name} >> {order}; exit 0' TERM; touch {tmp_path}/{name}; while :; do sleep 0.02; done",
                name=name,
                is_ready=lambda _pid, ready=tmp_path / name: ready.exists(),
            ),
            ready_within_s=10,
        )

    supervisor.stop()

    assert order.read_text().split() == ["third", "second", "first"]
    assert list((tmp_path / "notes").iterdir()) == []


def test_what_ignores_the_request_is_killed(
    supervisor: Supervisor, shell: Callable[..., Program], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    supervisor.start(
        shell(
            f"trap '' TERM; touch {tmp_path}/deaf; while :; do sleep 0.02; done",
            stop_within_s=0.1,
            is_ready=lambda _pid: (tmp_path / "deaf").exists(),
        ),
        ready_within_s=10,
    )

    supervisor.stop()

    assert "program did not stop within 0.1 s: killing it" in capfd.readouterr().err


def test_each_death_in_a_row_makes_the_pause_longer(
    supervisor: Supervisor, shell: Callable[..., Program], capfd: pytest.CaptureFixture[str]
) -> None:
    supervisor.launch(shell("exit 3"))
    said: list[str] = []

    def three_deaths() -> bool:
        supervisor.tend()
        said.extend(capfd.readouterr().err.splitlines())
        return len(said) >= 3

    assert eventually(three_deaths)
    assert said[:3] == [
        "baobei: program ended (status 3); starting it again in 0.1 s",
        "baobei: program ended (status 3); starting it again in 0.2 s",
        "baobei: program ended (status 3); starting it again in 0.4 s",
    ]


def test_a_program_gets_no_variables_of_ours(
    supervisor: Supervisor, shell: Callable[..., Program], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOBEI_DEV_TOKEN_KEY", "secret")

    supervisor.start(
        shell(f"env > {tmp_path}/env.new; mv {tmp_path}/env.new {tmp_path}/env; exec sleep 60"),
        ready_within_s=10,
    )

    assert eventually((tmp_path / "env").exists)
    assert "secret" not in (tmp_path / "env").read_text()
