"""Facts of an answer in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from baobei.policy.phrases import percent_text
from baobei.policy.terms import Text
from baobei_cli.demo import words
from baobei_cli.demo.story import Facts

WHOLE_BP: Final = 10_000
PER_CENT_BP: Final = 100
INSTANT_CHARS: Final = len("2026-11-01T10:00:00+08:00")


class Wording:
    """Words facts for one reader; `staff` holds the names of people by their code."""

    def __init__(self, *, english: bool, staff: Mapping[str, str]) -> None:
        self._english = english
        self._staff = staff
        self._shown: Mapping[str, Callable[[Any], str]] = {
            "quota": self._quota,
            "credits": self._credits,
            "candidates": self._candidates,
            "met": percent_text,
            "reached": percent_text,
            "approved": lambda _approval: self.say(words.YES),
        }

    def say(self, text: Text) -> str:
        """Return a text in the reader's language."""
        return text.en if self._english else text.zh

    def person(self, code: str) -> str:
        """Return a staff member by name and code."""
        return f"{self._staff.get(code, '?')}({code})"

    def facts(self, facts: Facts) -> str:
        """Return facts in one line."""
        return " · ".join(f"{self.label(name)} {self.value(name, value)}" for name, value in facts.items())

    def differences(self, expected: Facts, got: Facts) -> list[str]:
        """Return a line for each fact that is not answered as expected, is missing, or was not expected."""
        return [
            self._difference(name, expected, got)
            for name in {**expected, **got}
            if name not in expected or name not in got or expected[name] != got[name]
        ]

    def _difference(self, name: str, expected: Facts, got: Facts) -> str:
        told = [
            self.value(name, facts[name]) if name in facts else self.say(words.ABSENT)
            for facts in (expected, got)
        ]
        wanted, answered = self.say(words.EXPECTED), self.say(words.GOT)
        return f"{self.label(name)}: {wanted} {told[0]}, {answered} {told[1]}"

    def label(self, name: str) -> str:
        """Return the name of a fact."""
        return self.say(words.FACTS[name])

    def value(self, name: str, value: Any) -> str:
        """Return the value of a fact."""
        if value is None:
            return self.say(words.NONE.get(name, words.NOTHING))
        if name in self._shown:
            return self._shown[name](value)
        if isinstance(value, bool):
            return self.say(words.YES if value else words.NO)
        if isinstance(value, tuple):
            return ", ".join(self._part(part) for part in value) or self.say(words.NOTHING)
        return self._word(str(value))

    def _part(self, value: object) -> str:
        """Return one of many: a word, or a few that belong together."""
        if isinstance(value, tuple):
            return " ".join(self._part(part) for part in value if part is not None)
        return self._word(str(value))

    def _word(self, value: str) -> str:
        if value in self._staff:
            return self.person(value)
        if len(value) == INSTANT_CHARS and value[10] == "T":
            return self.say(words.instant_words(value))
        if value not in words.CODES:
            return value
        if not value.isupper():
            return self.say(words.CODES[value])
        # An English reader knows the code for what it says.
        return value if self._english else f"{words.CODES[value].zh} {value}"

    def _quota(self, quota: tuple[int, int | None]) -> str:
        used, limit = quota
        return self.say(words.NO_LIMIT) if limit is None else f"{used}/{limit}"

    def _credits(self, credits: tuple[tuple[str, int, str], ...]) -> str:
        told = [
            f"{self.person(code)}{'' if share == WHOLE_BP else f' {share // PER_CENT_BP}%'} ¥{amount}"
            for code, share, amount in credits
        ]
        return " + ".join(told) or self.say(words.NOBODY)

    def _candidates(self, candidates: tuple[tuple[str, str, str | None], ...]) -> str:
        told = [
            f"{self.person(owner)} {self._word(worth)}/{clause or self.say(words.NOTHING)}"
            for owner, worth, clause in candidates
        ]
        return " + ".join(told) or self.say(words.NOTHING)
