"""What was checked, by clause, and what was not as the policy says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Marks:
    """Counts outcomes under the clause of the scene that is being played."""

    checked: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _clause: str = ""
    _when: str = ""

    def begin(self, *, clause: str, when: str) -> None:
        """Count what comes under another clause, at another instant."""
        self._clause, self._when = clause, when

    def note(self, what: str, wrong: Sequence[str]) -> None:
        """Count one outcome; `wrong` holds a line for each fact that is not as it should be."""
        self.checked[self._clause] += 1
        if wrong:
            self.wrong[self._clause] += 1
            self.problems.append(f"[{self._clause}] {self._when} {what}: {'; '.join(wrong)}")
