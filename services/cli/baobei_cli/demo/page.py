"""The page on which the story is told: colours in a terminal, plain lines in a pipe."""

import io
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from baobei_cli.demo import words
from baobei_cli.demo.story import Facts
from baobei_cli.demo.wording import Wording

RULE: Final = "═" * 72


class Page:
    """Writes for one reader, and remembers what was wrong."""

    def __init__(self, wording: Wording) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
        self._console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
        self._wording = wording
        self._say = wording.say

    def opening(self, policy: str) -> None:
        """Tell what is going to be shown, under which policy."""
        self.line(RULE)
        self.line(self._say(words.TITLE), style="bold")
        self.line(RULE)
        self.line(self._say(words.BEGINNING))
        self.line(policy, style="dim")

    def scene(self, *, when: str, clause: str, title: str) -> None:
        """Begin a scene: when it is, what it is about, and by which clause."""
        self.line()
        self.line(f"── {when} ──", style="bold cyan")
        self.line(f"【{clause}】{title}", style="bold")

    def act(self, who: str, does: str) -> None:
        """Tell who does what."""
        self.line(f"  ▸ {who} {does}")

    def answer(self, sentence: str) -> None:
        """Tell what the service says, in its own words; several sentences stand each on a line."""
        for told in sentence.splitlines():
            self.line(f"    {self._say(words.ANSWERS)}{told}", style="italic")

    def order(self, ref: str, explanation: str) -> None:
        """Tell of one order why it is credited as it is."""
        self.line(f"  {ref}  {explanation}")

    def compare(self, expected: Facts, got: Facts) -> list[str]:
        """Show whether the answer is the expected one, to the last fact; return a line for each that differs."""
        wrong = self._wording.differences(expected, got)
        if not wrong:
            self.line(f"    {words.RIGHT} {self._wording.facts(got)}", style="green")
            return wrong
        for mark, label, facts in ((" ", words.EXPECTED, expected), (words.WRONG, words.GOT, got)):
            self.line(f"    {mark} {self._say(label)} {self._wording.facts(facts)}", style="bold red")
        for problem in wrong:
            self.line(f"      {words.WRONG} {problem}", style="bold red")
        return wrong

    def totals(self, totals: Sequence[tuple[str, str]]) -> None:
        """Show what each person is credited with in all."""
        self.line(f"  {self._say(words.TOTALS)}", style="bold")
        for code, amount in totals:
            self.line(f"    {amount:>12}  {self._wording.person(code)}")

    def summary(self, rows: Sequence[tuple[str, str, int, int]]) -> None:
        """Show for each clause how many outcomes were right, of how many."""
        self.line()
        self.line(RULE)
        self.line(self._say(words.SUMMARY), style="bold")
        for number, title, right, count in rows:
            mark, style = (words.RIGHT, "green") if right == count else (words.WRONG, "bold red")
            self.line(f"  {mark} {number}  {right:>3}/{count:<3} {title}", style=style)

    def ending(self, *, count: int, problems: Sequence[str]) -> None:
        """Tell how it ended; problems come last, where nobody can miss them."""
        self.line()
        if not problems:
            self.line(self._say(words.ALL_RIGHT).format(count=count), style="bold green")
            return
        self.line(self._say(words.SOME_WRONG).format(wrong=len(problems), count=count), style="bold red")
        for problem in problems:
            self.line(f"  {words.WRONG} {problem}", style="red")

    def line(self, text: str = "", *, style: str = "") -> None:
        """Write a line as it is."""
        self._console.print(text, style=style)
