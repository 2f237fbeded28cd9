"""`python -m baobei_cli.demo`: plays the story; status 0 when every outcome is what the policy says."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Any, Final

from baobei.organisation_file import read_organisation
from baobei_cli.demo import (
    daily_sheets,
    daily_work,
    disputes,
    early_november,
    late_november,
    mid_november,
    questions,
    special_cases,
    words,
)
from baobei_cli.demo.page import Page
from baobei_cli.demo.player import Player
from baobei_cli.demo.service import SAMPLE_ORGANISATION, Service, ServiceFailed, running_service
from baobei_cli.demo.story import Scene
from baobei_cli.demo.wording import Wording

# In the order of time; at one instant as they stand here.
SCENES: Final[tuple[Scene, ...]] = tuple(
    sorted(
        early_november.SCENES
        + mid_november.SCENES
        + late_november.SCENES
        + daily_work.SCENES
        + daily_sheets.SCENES
        + special_cases.SCENES
        + disputes.SCENES,
        key=lambda scene: scene.instant,
    )
)
READER: Final = "HEAD"
ALL_RIGHT, NOT_AS_THE_POLICY_SAYS, NO_SERVICE = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Play the whole story and return the exit status."""
    options = _options(arguments)
    # Ended from outside, we still stop the service that we started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(NO_SERVICE))
    try:
        with running_service() as service:
            service.travel(SCENES[0].instant)
            if options.policy is not None:
                service.publish(options.policy, effective_from=SCENES[0].instant)
            return _play(service, english=options.language == "en")
    except ServiceFailed as failed:
        print(f"baobei demo: {failed}", file=sys.stderr)
        return NO_SERVICE


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make demo OPTIONS=…", description="Thirty days of an alliance on the real service."
    )
    parser.add_argument("--language", choices=("zh", "en"), default="zh", help="of the story")
    parser.add_argument(
        "--policy", type=Path, help="play it under your own policy, and see which outcomes would change"
    )
    return parser.parse_args(arguments)


def _play(service: Service, *, english: bool) -> int:
    language = "EN" if english else "ZH"
    staff = {member.code: member.name for member in read_organisation(SAMPLE_ORGANISATION).staff}
    wording = Wording(english=english, staff=staff)
    page = Page(wording)
    policy = _policy(service, language)
    page.opening(f"policy {policy['code']} v{policy['version']} · digest {policy['digest'][:16]}…")
    player = Player(service=service, wording=wording, page=page, language=language)
    for scene in SCENES:
        player.play(scene)
    marks = player.marks
    titles = {number: wording.say(rule) for number, rule in words.RULES.items()}
    titles |= {clause["number"]: clause["title"] for clause in policy["clauses"]}
    page.summary(
        [
            # A policy of one's own may do without a clause that no deadline rests on.
            (
                number,
                titles.get(number, ""),
                marks.checked[number] - marks.wrong[number],
                marks.checked[number],
            )
            for number in sorted(marks.checked)
        ]
    )
    page.ending(count=marks.checked.total(), problems=marks.problems)
    return NOT_AS_THE_POLICY_SAYS if marks.problems else ALL_RIGHT


def _policy(service: Service, language: str) -> dict[str, Any]:
    answer = service.ask(questions.POLICY, {"language": language}, by=READER)
    policy: dict[str, Any] = answer["data"]["policy"]
    return policy


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
