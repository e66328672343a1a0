"""The files to begin with say what is: units, the image and the services of compose."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

DEPLOY = settings.BASE_DIR / "docs" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DESCRIBED = set(
    re.findall(r"^\| `([A-Z_]+)` \|", (settings.BASE_DIR / "docs" / "operations.md").read_text(), re.MULTILINE)
)
PROGRAMS = {"gunicorn", "celery", "python"}


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as its documentation says
    parser.read_string(path.read_text())
    return parser


def check_command(words: list[str]) -> None:
    """A program of the environment, and of ``manage.py`` and Celery a command that there is."""
    program = Path(words[0]).name
    assert program in PROGRAMS
    if program == "python":
        assert words[1] == "manage.py"
        assert words[2] in get_commands()
    elif program == "celery":
        assert words[1:3] == ["-A", "healthportal"]
        assert words[3] in {"worker", "beat"}
    else:
        assert words[1] == "healthportal.wsgi"
        assert "python:healthportal.gunicorn" in words


def test_there_is_a_unit_for_each_process() -> None:
    assert [path.stem for path in UNITS] == [f"healthportal-{one}" for one in ("beat", "metrics", "web", "worker")]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_units_can_be_read_and_run_what_there_is(path: Path) -> None:
    parts = unit(path)
    assert parts.sections() == ["Unit", "Service", "Install"]
    service = parts["Service"]
    check_command(shlex.split(service["ExecStart"]))
    assert {pair.split("=")[0] for pair in shlex.split(service["Environment"])} <= DESCRIBED
    assert (service["User"], service["NoNewPrivileges"], service["Restart"]) == ("portal", "yes", "always")


def composed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def test_compose_can_be_read_and_its_services_fit_together() -> None:
    services = composed()["services"]
    assert services.keys() == {"postgres", "valkey", "web", "worker", "metrics", "beat"}
    volumes = {name.split(":")[0] for one in services.values() for name in one.get("volumes", [])}
    assert volumes == composed()["volumes"].keys()
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"].keys() == {"postgres", "valkey"}
        assert services[name]["environment"].keys() <= DESCRIBED
        assert (DEPLOY / services[name]["build"]["context"] / services[name]["build"]["dockerfile"]).is_file()
    for name in ("worker", "metrics", "beat"):
        check_command(services[name]["command"])


def test_what_the_worker_of_compose_counts_is_shown() -> None:
    """Emails and webhooks are counted by the worker, which answers nobody: another service shows its folder.

    Files of that folder are named by process ids, so both count their processes together.
    """
    services = composed()["services"]
    folder = services["worker"]["environment"]["PROMETHEUS_MULTIPROC_DIR"]
    shared = [[one for one in services[name]["volumes"] if one.endswith(folder)] for name in ("worker", "metrics")]
    assert shared == [[f"counted:{folder}"], [f"counted:{folder}"]]
    assert (services["worker"]["tmpfs"], services["metrics"]["tmpfs"]) == ([], [])
    assert services["metrics"]["pid"] == "service:worker"


def test_the_image_is_made_of_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    assert {word for word, _ in steps} <= {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "CMD"}
    assert [rest for word, rest in steps if word == "USER"] == ["portal"]
    (command,) = [json.loads(rest) for word, rest in steps if word == "CMD"]
    check_command(command)
    for word, rest in steps:
        if word == "COPY" and not rest.startswith("--from"):
            assert (settings.BASE_DIR / rest.split()[0]).exists()
    names = {name for word, rest in steps if word in {"ENV", "RUN"} for name in re.findall(r"\b([A-Z_]{6,})=", rest)}
    assert names - {"PYTHONUNBUFFERED"} <= DESCRIBED
