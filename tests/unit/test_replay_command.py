"""`baobei replay` as a process: files in and out, exit statuses, messages."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parent.parent / "cases"
SAMPLE, EXPECTED = CASES / "history-sample.jsonl", CASES / "history-sample.outcomes.jsonl"
BAOBEI = Path(sys.executable).with_name("baobei")

REGISTER = {
    "type": "register",
    "at": "2026-11-01T10:00:00+08:00",
    "id": "R1",
    "by": "F01",
    "channel": "FIELD",
    "name": "王小明",
    "phone": "13800138000",
    "address": "浦东新区锦绣路100弄3号楼2单元501室",
}
FOLLOW_UP = {"type": "follow_up", "at": "2026-11-03T10:00:00+08:00", "registration": "R1", "by": "F01"}


def replay(*arguments: str | Path, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    command: Sequence[str | Path] = [BAOBEI, "replay", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def lines(*events: Any) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def values(text: bytes) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    file = tmp_path / "history.jsonl"
    file.write_bytes(lines(REGISTER, FOLLOW_UP))
    return file


def test_the_sample_history_agrees_to_the_last_line(tmp_path: Path) -> None:
    out = tmp_path / "outcomes.jsonl"
    done = replay(SAMPLE, "--org", CASES / "org-sample.yaml", "--out", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert values(out.read_bytes()) == values(EXPECTED.read_bytes())


def test_standard_input_and_output_agree_with_files() -> None:
    done = replay("-", "--out", "-", stdin=SAMPLE.read_bytes())
    assert done.returncode == 0
    assert values(done.stdout) == values(EXPECTED.read_bytes())


def test_as_of_adds_the_standings(history: Path) -> None:
    done = replay(history, "--as-of", "2026-11-14T00:00:00+08:00", "--out", "-")
    assert done.returncode == 0
    assert values(done.stdout)[2:] == [
        {"registration": "R1", "standing": "LAPSED", "owner": "F01", "as_of": "2026-11-14T00:00:00+08:00"}
    ]


def test_as_of_the_last_event_itself_is_accepted(history: Path) -> None:
    done = replay(history, "--as-of", "2026-11-03T02:00:00Z", "--out", "-")
    assert (done.returncode, values(done.stdout)[2]["standing"]) == (0, "PROTECTED")


def test_as_of_before_the_last_event_of_a_file_is_refused_at_the_start(history: Path, tmp_path: Path) -> None:
    out = tmp_path / "outcomes.jsonl"
    done = replay(history, "--as-of", "2026-11-03T09:59:59+08:00", "--out", out)
    assert done.returncode == 2
    assert "--as-of 2026-11-03T09:59:59+08:00" in done.stderr.decode()
    assert not out.exists()


def test_as_of_before_the_last_event_is_found_behind_a_long_tail_of_errors(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(lines(REGISTER, FOLLOW_UP) + b"no json\n" * 20_000)
    done = replay(file, "--as-of", "2026-11-02T00:00:00+08:00", "--out", tmp_path / "outcomes.jsonl")
    assert done.returncode == 2


def test_a_later_line_in_error_is_no_last_event(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    unknown = {**FOLLOW_UP, "at": "2026-12-24T10:00:00+08:00", "registration": "R9"}
    file.write_bytes(lines(REGISTER, unknown))
    done = replay(file, "--as-of", "2026-11-02T00:00:00+08:00", "--out", "-")
    assert done.returncode == 1
    assert values(done.stdout)[2]["standing"] == "PROTECTED"


def test_as_of_before_the_last_event_of_standard_input_is_refused_at_the_end() -> None:
    done = replay("-", "--as-of", "2026-11-02T00:00:00+08:00", "--out", "-", stdin=lines(REGISTER, FOLLOW_UP))
    assert done.returncode == 1
    assert len(values(done.stdout)) == 2
    assert "--as-of 2026-11-02T00:00:00+08:00" in done.stderr.decode()


@pytest.mark.parametrize("instant", ["2026-11-14", "2026-11-14T00:00:00", "soon"])
def test_as_of_needs_an_instant_with_offset(history: Path, instant: str) -> None:
    done = replay(history, "--as-of", instant, "--out", "-")
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"--as-of {instant}" in done.stderr.decode()


def test_lines_in_error_end_the_run_with_1(tmp_path: Path) -> None:
    done = replay("-", "--out", "-", stdin=b"\n{\n" + lines(REGISTER))
    assert done.returncode == 1
    assert [outcome.get("line") for outcome in values(done.stdout)] == [2, None]


def test_refusals_are_no_errors() -> None:
    stranger = {**FOLLOW_UP, "by": "F02"}
    assert replay("-", "--out", "-", stdin=lines(REGISTER, stranger)).returncode == 0


def test_an_empty_history_has_no_outcomes() -> None:
    done = replay("-", "--out", "-")
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_missing_history_is_named(tmp_path: Path) -> None:
    done = replay(tmp_path / "none.jsonl", "--out", tmp_path / "outcomes.jsonl")
    assert done.returncode == 2
    assert "none.jsonl: no such file" in done.stderr.decode()
    assert not (tmp_path / "outcomes.jsonl").exists()


def test_a_folder_is_no_history(tmp_path: Path) -> None:
    assert replay(tmp_path, "--out", "-").returncode == 2


def test_the_history_is_never_overwritten(history: Path) -> None:
    before = history.read_bytes()
    assert replay(history, "--out", history).returncode == 2
    assert history.read_bytes() == before


def test_an_output_that_cannot_be_written_is_named(history: Path, tmp_path: Path) -> None:
    done = replay(history, "--out", tmp_path / "none" / "outcomes.jsonl")
    assert done.returncode == 2
    assert "--out" in done.stderr.decode()


@pytest.mark.parametrize("option", ["--policy", "--org"])
def test_a_missing_document_is_named(history: Path, tmp_path: Path, option: str) -> None:
    done = replay(history, option, tmp_path / "none.yaml", "--out", "-")
    assert done.returncode == 2
    assert f"{option} {tmp_path / 'none.yaml'}" in done.stderr.decode()


def test_a_broken_policy_names_line_and_field(history: Path, tmp_path: Path) -> None:
    shipped = subprocess.run(
        [BAOBEI, "policy", "show", "--default"], capture_output=True, timeout=60, check=True
    )
    broken = tmp_path / "ours.yaml"
    broken.write_bytes(shipped.stdout.replace(b"lapse_days: {value: 10", b"lapse_days: {value: ten"))
    done = replay(history, "--policy", broken, "--out", "-")
    number = 1 + shipped.stdout[: shipped.stdout.index(b"  lapse_days:")].count(b"\n")
    assert done.returncode == 2
    assert f"line {number}: parameters.lapse_days" in done.stderr.decode()


def test_another_policy_decides_otherwise(history: Path, tmp_path: Path) -> None:
    shipped = subprocess.run(
        [BAOBEI, "policy", "show", "--default"], capture_output=True, timeout=60, check=True
    )
    none_left = tmp_path / "ours.yaml"
    none_left.write_bytes(shipped.stdout.replace(b"monthly_quota: {value: 20", b"monthly_quota: {value: 0"))
    done = replay(history, "--policy", none_left, "--out", "-")
    assert values(done.stdout)[0] == {"registration": "R1", "admission": "OVER_QUOTA", "clause": "3.4.2"}


def test_the_days_are_those_of_the_organisation_s_zone(history: Path, tmp_path: Path) -> None:
    org = tmp_path / "org.yaml"
    org.write_text("alliance: {code: ny, time_zone: America/New_York}\n", encoding="utf-8")
    still = replay(history, "--org", org, "--as-of", "2026-11-13T04:59:59Z", "--out", "-")
    over = replay(history, "--org", org, "--as-of", "2026-11-13T05:00:00Z", "--out", "-")
    assert [values(done.stdout)[2]["standing"] for done in (still, over)] == ["PROTECTED", "LAPSED"]


@pytest.mark.parametrize("text", ["alliance: {time_zone: Mars/Base}", "units: []", "alliance: [", "- 1"])
def test_an_organisation_without_a_time_zone_that_exists_is_refused(
    history: Path, tmp_path: Path, text: str
) -> None:
    org = tmp_path / "org.yaml"
    org.write_text(text, encoding="utf-8")
    done = replay(history, "--org", org, "--out", "-")
    assert done.returncode == 2
    assert "alliance.time_zone" in done.stderr.decode()


def test_outcomes_that_cannot_be_written_are_named_without_a_traceback() -> None:
    run = replay(SAMPLE, "--out", "/dev/full")
    assert run.returncode == 1
    assert run.stderr.startswith(b"baobei: /dev/full: ")
    assert b"Traceback" not in run.stderr
