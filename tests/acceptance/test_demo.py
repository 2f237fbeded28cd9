"""The demonstration as a process of its own: it ends well only when every outcome is what the policy says."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from baobei.policy.document import default_document, default_policy
from baobei_cli.demo import words
from baobei_cli.demo.__main__ import SCENES
from baobei_cli.demo.marks import Marks
from baobei_cli.demo.player import settled
from baobei_cli.demo.questions import Answer
from baobei_cli.demo.story import NightJobs, Race, Several, Statement, Step
from baobei_cli.demo.wording import Wording

WITHIN_S = 240
CLAUSES = {"3.1.1", "3.1.2", "3.2.1", "3.2.2", "3.3.1", "3.3.2", "3.3.3", "3.4.1", "3.4.2", "D.1"}
IN_ENGLISH = Wording(english=True, staff={"G01": "导购·甲", "G03": "导购·丙"})


RUNNING, DONE = Answer(facts={"handover": "RUNNING"}), Answer(facts={"handover": "DONE"})


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "baobei_cli.demo", *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=WITHIN_S,
        check=False,
    )


def policy_with(folder: Path, parameter: str, value: str) -> Path:
    document, changed = re.subn(
        rf"^(  {parameter}: {{value: )[^,]+", rf"\g<1>{value}", default_document(), flags=re.MULTILINE
    )
    assert changed == 1
    path = folder / "policy.yaml"
    path.write_text(document, encoding="utf-8")
    return path


def test_every_outcome_is_what_the_policy_says() -> None:
    played = demo()

    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.splitlines()[-1] == f"全部 {outcomes_told()} 项结果都与办法一致。"
    assert words.WRONG not in played.stdout.partition("\n\n")[2]
    assert "\x1b" not in played.stdout
    # What the service tells developers is not read to a shop manager.
    assert "not for your role" not in played.stdout


def test_in_english_it_ends_with_who_is_credited_and_why() -> None:
    played = demo("--language", "en")

    assert played.returncode == 0, played.stdout + played.stderr
    assert (
        "D-04  No registration could hold this order, so the order is credited to 导购·丙, who took it."
        in played.stdout
    )
    assert played.stdout.splitlines()[-1].endswith("outcomes are what the policy says.")


def test_under_a_policy_with_another_number_it_fails_and_names_the_outcome(tmp_path: Path) -> None:
    played = demo("--language", "en", "--policy", str(policy_with(tmp_path, "extension_max_days", "16")))

    assert played.returncode == 1, played.stdout + played.stderr
    *_, summary, problem = played.stdout.splitlines()
    assert re.fullmatch(r"1 of \d+ outcomes are not what the policy says:", summary)
    assert problem.startswith(
        "  ✗ [3.3.3] Day 16 · Mon 16 Nov 10:00 业务员·己(F02) asks for 16 more days for Mr Sun: "
    )
    assert "expected LIMIT, got not answered" in problem


def test_a_policy_that_cannot_be_published_is_named(tmp_path: Path) -> None:
    played = demo("--policy", str(policy_with(tmp_path, "lapse_days", "0")))

    assert played.returncode == 2
    assert "lapse_days" in played.stderr
    assert played.stdout == ""


def test_each_clause_from_3_1_1_to_3_4_2_the_plan_and_the_rules_beside_them_have_a_scene() -> None:
    assert {scene.clause for scene in SCENES} == CLAUSES | set(words.RULES)


def test_a_rule_that_stands_beside_the_policy_is_no_clause_of_it() -> None:
    assert not set(words.RULES) & set(default_policy().clauses)


def test_what_the_worker_may_still_be_at_is_asked_again_until_it_is_there() -> None:
    answers = iter([RUNNING, RUNNING, DONE])

    assert settled(lambda: next(answers), DONE.facts, give_up_after_s=WITHIN_S) == DONE
    assert list(answers) == []


def test_what_nobody_is_at_is_asked_once() -> None:
    answers = iter([RUNNING, DONE])

    assert settled(lambda: next(answers), DONE.facts, give_up_after_s=0) == RUNNING
    assert list(answers) == [DONE]


def test_the_story_never_goes_back_and_ends_within_thirty_days() -> None:
    instants = [scene.instant for scene in SCENES]

    assert instants == sorted(instants)
    assert (instants[-1] - instants[0]).days < 30


def test_every_fact_and_every_code_of_the_story_has_its_word() -> None:
    steps = [step for scene in SCENES for part in scene.parts for step in steps_of(part)]

    for step in steps:
        assert IN_ENGLISH.facts(step.expected) or step.expected == {}


@pytest.mark.parametrize(
    ("expected", "got", "told"),
    [
        ({"clause": "3.3.2"}, {"clause": "3.3.1"}, "clause: expected 3.3.2, got 3.3.1"),
        ({"clause": None}, {"clause": "3.3.1"}, "clause: expected none, got 3.3.1"),
        ({"clause": "3.3.2"}, {}, "clause: expected 3.3.2, got not answered"),
        ({}, {"refused": "LIMIT"}, "refused: expected not answered, got LIMIT"),
        (
            {"lapses": "2026-11-12T00:00:00+08:00"},
            {"lapses": "2026-11-12T00:00:01+08:00"},
            "lapses: expected 12 Nov 00:00, got 12 Nov 00:00:01",
        ),
        (
            {"credits": (("G03", 10_000, "6000.00"),)},
            {"credits": (("G01", 10_000, "6000.00"),)},
            "credited: expected 导购·丙(G03) ¥6000.00, got 导购·甲(G01) ¥6000.00",
        ),
        ({"quota": (20, 20)}, {"quota": (20, None)}, "quota: expected 20/20, got no limit"),
    ],
)
def test_a_tampered_outcome_is_a_difference(
    expected: dict[str, object], got: dict[str, object], told: str
) -> None:
    assert IN_ENGLISH.differences(expected, got) == [told]


def test_a_difference_is_counted_and_remembered_with_its_clause() -> None:
    marks = Marks()
    marks.begin(clause="3.3.2", when="Day 12")
    marks.note("G03 takes the order", ["clause: expected 3.3.2, got 3.3.1"])
    marks.note("G02 looks", [])

    assert (marks.checked["3.3.2"], marks.wrong["3.3.2"]) == (2, 1)
    assert marks.problems == ["[3.3.2] Day 12 G03 takes the order: clause: expected 3.3.2, got 3.3.1"]


def outcomes_told() -> int:
    """Return how many outcomes the story holds against the policy."""
    parts = [part for scene in SCENES for part in scene.parts]
    others = sum(
        len(part.credits) if isinstance(part, Statement) else 1
        for part in parts
        if isinstance(part, Statement | NightJobs)
    )
    return others + sum(len(steps_of(part)) for part in parts)


def steps_of(part: object) -> list[Step]:
    match part:
        case Step():
            return [part]
        case Several(steps=steps):
            return list(steps)
        case Race(steps=steps, expected=expected):
            return [replace(step, expected=facts) for step, facts in zip(steps, expected, strict=True)]
        case _:
            return []
