"""What the README shows is asked of the service, in its order, and answered in the same shape."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stories import Story

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SAID = dict(re.findall(r"^([A-Z_]+)='(mutation .*?)'$", README, re.DOTALL | re.MULTILINE))
ASK = re.compile(r"^ask (\w+) '(.*?)'\n```\n```json\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
# Codes, staff, clauses and amounts; all else differs from one day to the next.
SAME_EVERY_DAY = re.compile(r"[A-Z_]+|[A-Z]\d\d|\d+(\.\d+)+")


def asked_and_shown() -> Iterator[tuple[str, str, Any]]:
    """Yield who asks, what they send as it stands in the shell, and the answer that is shown."""
    for who, sent, shown in ASK.findall(README):
        yield who, sent, json.loads(shown)


async def test_the_first_five_minutes_run_as_they_are_written(story: Story) -> None:
    values, asked = dict(SAID), 0

    for who, sent, shown in asked_and_shown():
        written = re.sub(r"'\"\$([A-Z_]+)\"'", lambda name: values[name[1]], sent).replace("\n", " ")
        body = json.loads(written)
        answer = await story.client.ask(who, body["query"], **body.get("variables", {}))
        assert shape(answer) == shape(shown["data"]), written
        values.setdefault("ID", str(answer.get("registerCustomer", {}).get("registration", {}).get("id")))
        asked += 1

    assert asked == 5


def shape(value: Any) -> Any:
    """Return what of an answer is the same every day."""
    match value:
        case dict():
            return {name: shape(part) for name, part in value.items()}
        case list():
            return [shape(part) for part in value]
        case str() if SAME_EVERY_DAY.fullmatch(value):
            return value
        case _:
            return type(value).__name__
