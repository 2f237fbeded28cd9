"""A finding stops a change; a service that cannot be asked does not, and is not taken for good news."""

import json
from typing import Any

import pytest

from audit import verdict_on

CLEAN: dict[str, Any] = {"name": "orjson", "version": "3.11.0", "vulns": []}
BAD = {
    "name": "orjson",
    "version": "3.9.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.9.15"], "aliases": [], "description": "…"}],
}
UNFIXED = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}
SKIPPED = {"name": "arq", "skip_reason": "Dependency not found and could not be audited"}


def verdict(*dependencies: dict[str, Any]) -> tuple[str, bool]:
    given = verdict_on(json.dumps({"dependencies": dependencies, "fixes": []}), "")
    return given.says, given.fails


def test_a_finding_fails_and_says_what_mends_it() -> None:
    assert verdict(CLEAN, BAD, UNFIXED) == (
        (
            "2 known vulnerabilities\n"
            "  orjson 3.9.0: PYSEC-1, mended in 3.9.15\n"
            "  x 1: PYSEC-2, mended in nothing yet"
        ),
        True,
    )


def test_no_finding_passes() -> None:
    assert verdict(CLEAN) == ("no known vulnerability in 1 packages", False)


def test_packages_that_the_service_does_not_know_are_counted() -> None:
    assert verdict(CLEAN, SKIPPED) == (
        "no known vulnerability in 1 packages; 1 are not known to the service",
        False,
    )


def test_a_service_that_knows_nothing_has_checked_nothing() -> None:
    says, fails = verdict(SKIPPED, SKIPPED)
    assert (says.endswith("nothing was checked"), fails) == (True, False)


@pytest.mark.parametrize(
    ("errors", "fails"),
    [
        ("ERROR:pip_audit._cli:Could not connect to the vulnerability feed", False),
        ("requests.exceptions.ProxyError: Max retries exceeded", False),
        ("ERROR:pip_audit._cli:invalid requirements input: requirements.lock", True),
        ("", True),
    ],
)
def test_without_a_report_the_network_alone_is_an_excuse(errors: str, fails: bool) -> None:
    assert verdict_on("", errors).fails is fails
