"""The table of who may what as `docs/who-may.md` shows it: `python -m baobei_api.graphql.who_may_page` prints it."""

import sys
from typing import Final

from baobei.operations.rules import RULES, Reach
from baobei.store.organisation_models import Role
from baobei_api.graphql.who_may import FIELDS, PARTS, May, Otherwise

_WORDS: Final = {Reach.NOTHING: "–", Reach.OWN: "own", Reach.UNIT: "unit", Reach.ALLIANCE: "alliance"}
_HEAD: Final = """\
# Who may what

Made of [who_may.py](../services/api/baobei_api/graphql/who_may.py) and [rules.py](../shared/baobei/operations/rules.py); a test keeps
it the same, and another asks the service for every field, role and distance and compares.

*own*: what is theirs. *unit*: what is a member's of the unit that they manage, and their own. *alliance*: everything of the
alliance. Nobody reaches into another alliance; what is there looks like what there is not. Roles add up; they are those of the
database at each request.

## Rules: how far a role reaches
"""


def page() -> str:
    """Return the whole page."""
    rules = [
        ["rule", *(role.value.lower().replace("_", " ") for role in Role)],
        *([rule.name, *(_WORDS[rule.reach(role)] for role in Role)] for rule in RULES),
    ]
    fields = [
        ["field", "rule", "on what is", "otherwise", "what there is not"],
        *([f"`{path}`", may.rule.name, may.whose, *_answers(may)] for path, may in FIELDS.items()),
    ]
    parts = [
        ["object", "seen by whoever was given", "fields"],
        *([f"`{name}`", like.object, "all" if text == "*" else text] for name, (like, text) in PARTS.items()),
    ]
    return "\n".join(
        [
            _HEAD,
            _table(rules),
            "\n## What is asked for and done, and parts that not everybody sees\n",
            _table(fields),
            "\n## What an object shows\n",
            _table(parts),
            "",
        ]
    )


def _answers(may: May) -> tuple[str, str]:
    if may.whose == "" and may.otherwise is not Otherwise.FORBIDDEN:
        return "", ""
    absent = may.absent or may.otherwise
    return may.otherwise.value, absent.value if may.whose else ""


def _table(rows: list[list[str]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


if __name__ == "__main__":
    sys.stdout.write(page())
