"""`make audit`: are there known vulnerabilities in what the lock file names?

A finding fails. Where the vulnerability service cannot be asked, or knows none of the packages (a mirror that
has files and nothing else), it says so and passes: an unreachable service must not stop a change.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).parents[1] / "requirements.lock"
WITHIN_S: Final = 300
# What pip-audit says of the network, and of nothing else.
UNREACHABLE: Final = ("Could not connect", "is not redirecting", "requests.exceptions.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it in one or more lines, and whether it stops a change."""

    says: str
    fails: bool


def main() -> None:
    """Audit the lock file and end with status 1 for a finding."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes"]
    command += ["--disable-pip", "--progress-spinner", "off", "--format", "json"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        verdict = Verdict(
            f"no answer of the vulnerability service within {WITHIN_S} s; nothing was checked", False
        )
    else:
        verdict = verdict_on(ran.stdout, ran.stderr)
    sys.stdout.write(f"audit: {verdict.says}\n")
    sys.exit(int(verdict.fails))


def verdict_on(report: str, errors: str) -> Verdict:
    """Return what a run of pip-audit means, by its report in JSON and what it said beside it."""
    try:
        dependencies: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if any(sign in errors for sign in UNREACHABLE):
            return Verdict("the vulnerability service cannot be reached; nothing was checked", fails=False)
        return Verdict(f"pip-audit did not work:\n{errors.strip()[-2_000:]}", fails=True)
    found = [
        f"  {each['name']} {each['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'nothing yet'}"
        for each in dependencies
        for known in each.get("vulns", ())
    ]
    skipped = sum("skip_reason" in each for each in dependencies)
    if found:
        return Verdict("\n".join([f"{len(found)} known vulnerabilities", *found]), fails=True)
    if skipped == len(dependencies):
        return Verdict(
            "the vulnerability service knows none of the packages; nothing was checked", fails=False
        )
    unknown = f"; {skipped} are not known to the service" if skipped else ""
    return Verdict(f"no known vulnerability in {len(dependencies) - skipped} packages{unknown}", fails=False)


if __name__ == "__main__":
    main()
