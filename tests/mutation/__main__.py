"""Try the mutants of rules and services: ``python -m tests.mutation [--only violations/rules.py] [TEST …]``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import pytest

from .trial import Outcome, Trial

ROOT = Path(__file__).parents[2]
APPS = (
    "accounts",
    "audit",
    "sellers",
    "inbox",
    "policies",
    "violations",
    "quizzes",
    "workshops",
    "reports",
    "healthportal",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument(
        "--only", default="", help="modules or folders, with commas between: violations/rules.py,quizzes.services"
    )
    parser.add_argument("tests", nargs="*", help="the tests to try them with; else those of the modules' apps")
    options = parser.parse_args()
    paths = chosen(options.only)
    if not paths:
        parser.error(f"There are no rules or services in {options.only!r}.")
    if "DATABASE_URL" in os.environ:
        parser.error("This takes servers of its own: unset DATABASE_URL.")
    tests = options.tests or sorted({f"tests/{path.relative_to(ROOT).parts[0]}" for path in paths})
    return run(paths, tests)


def chosen(only: str) -> list[Path]:
    """The modules with rules or services: of all apps, or of those that are named."""
    named = [f"{name.strip().removesuffix('.py').replace('.', '/').strip('/')}/" for name in only.split(",")]
    found = [
        path
        for app in APPS
        for pattern in (
            "rules.py",
            "services.py",
            "*/services.py",
            "services/**/*.py",
            "*/rules.py",
            "plan/optimiser.py",
        )
        for path in sorted((ROOT / app).glob(pattern))
    ]
    whole = {path: f"{path.relative_to(ROOT).with_suffix('')}/" for path in found}
    return [path for path in found if not only or whole[path].startswith(tuple(named))]


def run(paths: list[Path], tests: list[str]) -> int:
    trial = Trial(paths)
    with tempfile.TemporaryDirectory(prefix="healthportal-mutation-") as folder:
        os.environ.update({"TMPDIR": folder, "HYPOTHESIS_STORAGE_DIRECTORY": folder})
        tempfile.tempdir = None
        arguments = ["-q", "-n", "0", "-p", "no:cacheprovider", f"--basetemp={folder}/pytest", *tests]
        code = pytest.main(arguments, plugins=[trial])
    if trial.failed:
        print("They fail as they are:", *trial.failed, sep="\n  ")
        return 1
    print(table(trial.outcomes))
    return int(code)


def table(outcomes: list[Outcome]) -> str:
    """What survived, with the share of each module and of all."""
    survivors = [survivor for outcome in outcomes for survivor in outcome.survivors]
    every = Outcome("all", sum(outcome.tried for outcome in outcomes), survivors)
    rows = [
        f"{each.path:45} {len(each.survivors):5} of {each.tried:5} {each.share:7.1%}" for each in (*outcomes, every)
    ]
    return "\n".join(["Survivors:", *survivors, "", f"{'module':45} survived", *rows])


if __name__ == "__main__":
    sys.exit(main())
