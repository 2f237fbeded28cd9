"""The page on which the story is told: colours in a terminal, plain lines in a pipe."""

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.console import Console

from baobei.policy.terms import Text
from baobei_cli.demo import words
from baobei_cli.demo.questions import Answer
from baobei_cli.demo.story import Facts, Scene

WHOLE_BP: Final = 10_000
PER_CENT_BP: Final = 100
ISO_INSTANT_CHARS: Final = len("2026-11-01T10:00:00+08:00")


class Page:
    """Writes for one reader, in Chinese or English; `staff` holds the names of people by their code."""

    def __init__(self, *, english: bool, staff: Mapping[str, str]) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        self._console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
        self._english = english
        self._staff = staff

    def say(self, text: Text) -> str:
        """Return a text in the reader's language."""
        return text.en if self._english else text.zh

    def opening(self, policy: str) -> None:
        """Tell what is going to be shown."""
        self._console.rule(self.say(words.TITLE), characters="═")
        self.line(self.say(words.BEGINNING))
        self.line(policy, style="dim")

    def scene(self, scene: Scene) -> None:
        """Begin a scene: when it is, what it is about, and by which clause."""
        self.line()
        self.line(self.say(words.day_words(scene.instant)), style="bold cyan")
        self.line(f"【{scene.clause}】{self.say(scene.title)}", style="bold")

    def act(self, who: str, does: Text) -> None:
        """Tell who does what."""
        self.line(f"  {who} {self.say(does)}")

    def answer(self, sentence: str) -> None:
        """Tell what the service says, in its own words."""
        for line in sentence.splitlines():
            self.line(f"    {self.say(words.ANSWERS)}  {line}", style="italic")

    def compare(self, expected: Facts, answer: Answer, *, note: str = "") -> list[str]:
        """Show what is expected beside what was answered; return a line for each fact that differs."""
        self.line(f"    {self.say(words.EXPECTED)}  {self.facts(expected)}", style="dim")
        wrong = [
            f"{self._label(name)}：{self.say(words.EXPECTED)} {self._value(name, expected.get(name, ''))}，"
            f"{self.say(words.GOT).strip()} {self._value(name, answer.facts.get(name, ''))}"
            for name in {**expected, **answer.facts}
            if name not in expected or name not in answer.facts or expected[name] != answer.facts[name]
        ]
        mark, style = (words.WRONG, "bold red") if wrong else (words.RIGHT, "green")
        self.line(f"    {self.say(words.GOT)}  {note}{self.facts(answer.facts)}  {mark}", style=style)
        return wrong

    def wrong(self, problem: str) -> None:
        """Show one thing that is not as it should be."""
        self.line(f"    {words.WRONG} {problem}", style="bold red")

    def facts(self, facts: Facts) -> str:
        """Return facts in one line."""
        return " · ".join(f"{self._label(name)} {self._value(name, value)}" for name, value in facts.items())

    def summary(self, rows: Sequence[tuple[str, str, int, int]]) -> None:
        """Show for each clause how many outcomes were right, of how many."""
        self.line()
        self._console.rule(self.say(words.SUMMARY), characters="═")
        for number, title, right, count in rows:
            mark, style = (words.RIGHT, "green") if right == count else (words.WRONG, "bold red")
            checked = self.say(words.CHECKS).format(right=right, all=count)
            self.line(f"  {mark} {number}  {title}  {checked}", style=style)

    def totals(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show what each person is credited with in all."""
        self.line(f"    {self.say(words.TOTALS)}", style="bold")
        for who, amount in lines:
            self.line(f"      {amount:>12}  {who}")

    def ending(self, *, count: int, problems: Sequence[str]) -> None:
        """Tell how the demonstration ended; problems come last, where nobody can miss them."""
        self.line()
        if not problems:
            self.line(self.say(words.ALL_RIGHT).format(all=count), style="bold green")
            return
        self.line(self.say(words.SOME_WRONG).format(wrong=len(problems)), style="bold red")
        for problem in problems:
            self.line(f"  {words.WRONG} {problem}", style="red")

    def line(self, text: str = "", *, style: str = "") -> None:
        """Write a line as it is."""
        self._console.print(text, style=style)

    def _label(self, name: str) -> str:
        known = words.FACTS.get(name)
        return name if known is None else self.say(known)

    def _value(self, name: str, value: object) -> str:
        shown: Mapping[str, Callable[[object], str]] = {
            "quota": self._quota,
            "candidates": self._candidates,
        }
        if name in shown and isinstance(value, tuple):
            return shown[name](value)
        match value:
            case None:
                return self.say(words.NONE.get(name, words.NOTHING))
            case bool():
                return self.say(words.YES if value else words.NO)
            case str():
                return self._text(value)
            case ():
                return self.say(words.NOBODY if name not in words.FACTS or name == "credits" else words.NOTHING)
            case tuple() if isinstance(value[0], tuple):
                return " + ".join(self._credit(*credit) for credit in value)
            case tuple():
                return "、".join(self._text(part) for part in value)
            case _:
                return str(value)

    def _text(self, value: str) -> str:
        if len(value) == ISO_INSTANT_CHARS and value[10] == "T":
            return self.say(words.instant_words(value))
        known = words.CODES.get(value)
        if known is None:
            return value
        return f"{self.say(known)}({value})" if value.isupper() else self.say(known)
