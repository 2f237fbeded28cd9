"""Plays the story on the service and holds every answer against what the policy says."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, assert_never

from baobei.clock import monotonic
from baobei_cli.demo import questions, words
from baobei_cli.demo.marks import Marks
from baobei_cli.demo.page import Page
from baobei_cli.demo.questions import Answer
from baobei_cli.demo.service import Service
from baobei_cli.demo.story import Facts, Kept, NightJobs, Race, Scene, Several, Statement, Step
from baobei_cli.demo.wording import Wording

FEN_A_YUAN: Final = 100
NO_ORDER: Final = Answer(facts={})
SETTLES_WITHIN_S: Final = 10.0
ASK_AGAIN_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Plays scenes in order; what came of them is in `marks`."""

    service: Service
    wording: Wording
    page: Page
    language: str
    marks: Marks = field(default_factory=Marks)
    _kept: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def play(self, scene: Scene) -> None:
        """Let the clock stand at the scene's instant and play its parts."""
        when = self.wording.say(words.day_words(scene.instant))
        self.marks.begin(clause=scene.clause, when=when)
        self.service.travel(scene.instant)
        self.page.scene(when=when, clause=scene.clause, title=self.wording.say(scene.title))
        for part in scene.parts:
            match part:
                case Step():
                    self._step(part)
                case Several():
                    self._several(part)
                case Race():
                    self._race(part)
                case NightJobs():
                    self._night_jobs(part)
                case Statement():
                    self._statement(part)
                case _:
                    assert_never(part)

    def _step(self, step: Step) -> None:
        who, does = self._told(step)
        self.page.act(who, does)
        expected = self._expected(step)
        give_up_after_s = SETTLES_WITHIN_S if step.settles else 0
        answer = settled(lambda: self._answer(step), expected, give_up_after_s=give_up_after_s)
        self.page.answer(self._sentence(answer, expected))
        self.marks.note(f"{who} {does}", self.page.compare(expected, answer.facts))

    def _sentence(self, answer: Answer, expected: Facts) -> str:
        """Return what people are told; errors are in English, for developers: of one that has to come its code says it all."""
        foreseen = answer.facts.get("error") is not None and answer.facts == expected
        return "" if foreseen and self.language != "EN" else answer.sentence

    def _several(self, several: Several) -> None:
        """Play many steps; only the last is told, every one is judged."""
        who, does = self.wording.person(several.steps[0].by), self.wording.say(several.does)
        self.page.act(who, does)
        for number, step in enumerate(several.steps, start=1):
            answer, expected = self._answer(step), self._expected(step)
            if number < len(several.steps):
                wrong = self.wording.differences(expected, answer.facts)
            else:
                self.page.answer(answer.sentence)
                wrong = self.page.compare(expected, answer.facts)
            self.marks.note(f"{who} {does} #{number}", wrong)

    def _race(self, race: Race) -> None:
        """Send the steps at once; the answers are judged with the winner's first, whoever that is."""
        does = self.wording.say(race.does)
        self.page.act(" / ".join(self.wording.person(step.by) for step in race.steps), does)
        with ThreadPoolExecutor(len(race.steps)) as runners:
            answers = list(runners.map(self._answer, race.steps))
        ranked = sorted(zip(race.steps, answers, strict=True), key=lambda run: not run[1].record)
        self._kept[race.keep] = ranked[0][1].record
        for (step, answer), expected in zip(ranked, race.expected, strict=True):
            who, registers = self._told(step)
            self.page.act(who, registers)
            self.page.answer(answer.sentence)
            self.marks.note(f"{who} {registers}", self.page.compare(expected, answer.facts))

    def _night_jobs(self, jobs: NightJobs) -> None:
        who, does = self.wording.say(words.WORKER), self.wording.say(jobs.does)
        self.page.act(who, does)
        # Others may be due as well, or the worker was there first: what matters here is that these ran.
        ran = tuple(job["job"] for job in self.service.run_jobs()["jobs"] if job["job"] in jobs.expected)
        self.marks.note(f"{who} {does}", self.page.compare({"jobs": jobs.expected}, {"jobs": ran}))

    def _statement(self, statement: Statement) -> None:
        """Read all orders at once; each is told with its reasons and judged by itself."""
        body = self.service.ask(questions.ALL_ORDERS, {"language": self.language}, by=statement.by)
        told = questions.orders_told(body)
        self.page.act(self.wording.person(statement.by), self.wording.say(statement.does))
        for ref in sorted({*statement.credits, *told}):
            order = told.get(ref, NO_ORDER)
            expected = {"credits": self._found(statement.credits[ref])} if ref in statement.credits else {}
            self.page.order(ref, order.sentence)
            self.marks.note(ref, self.page.compare(expected, order.facts))
        self.page.totals(_totals(order.facts["credits"] for order in told.values()))

    def _told(self, step: Step) -> tuple[str, str]:
        return self.wording.person(step.by), self.wording.say(step.does)

    def _answer(self, step: Step) -> Answer:
        """Return the answer to a step, and keep its record."""
        variables = {**self._found(step.variables), "language": self.language}
        body = self.service.ask(step.question.document, variables, by=step.by)
        answer = questions.answered(step.question, body)
        if step.keep is not None:
            self._kept[step.keep] = answer.record
        return answer

    def _expected(self, step: Step) -> Facts:
        facts: Facts = self._found(step.expected)
        return facts

    def _found(self, value: object) -> Any:
        """Return a value with what was kept in the place of its name.

        What an earlier step was to leave and did not is a word that no record goes by: the service refuses
        it, and no answer equals it.
        """
        match value:
            case Kept(name=name, fact=fact):
                return self._kept.get(name, {}).get(fact, f"<{name}>")
            case Mapping():
                return {name: self._found(part) for name, part in value.items()}
            case tuple() | list():
                return type(value)(self._found(part) for part in value)
            case _:
                return value


def settled(ask: Callable[[], Answer], expected: Facts, *, give_up_after_s: float) -> Answer:
    """Return the expected answer as soon as it is given, else the one that is given when time is up."""
    give_up_at = monotonic() + give_up_after_s
    while (answer := ask()).facts != expected and monotonic() < give_up_at:
        time.sleep(ASK_AGAIN_S)
    return answer


def _totals(orders: Iterable[Any]) -> list[tuple[str, str]]:
    """Return what each person is credited with over all orders, the most first."""
    fen: Counter[str] = Counter()
    for credits in orders:
        for code, _share, amount in credits:
            fen[code] += int(Decimal(amount) * FEN_A_YUAN)
    return [(code, f"{Decimal(total) / FEN_A_YUAN:,.2f}") for code, total in fen.most_common()]
