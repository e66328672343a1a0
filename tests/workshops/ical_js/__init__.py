"""Calendar files read by npm's ical.js, which Thunderbird reads them with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE, BUILD = Path(__file__).parent, Path(__file__).resolve().parents[3] / "build" / "ical_js"


def read_with_ical_js(content: bytes) -> list[dict[str, Any]]:
    """What ical.js makes of the events of a file. Skips the test where it is not installed; CI installs it."""
    if os.environ.get("REQUIRE_ICAL_JS") == "1":
        _install()
    if shutil.which("node") is None or not (BUILD / "installed").exists():
        pytest.skip("ical.js is not installed; REQUIRE_ICAL_JS=1 installs it with npm.")
    command = ["node", str(HERE / "read.mjs"), str(BUILD)]
    printed = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    events: list[dict[str, Any]] = json.loads(printed)
    return events


def _install() -> None:
    if (BUILD / "installed").exists():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", BUILD / "package.json")
    flags = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(["npm", "install", *flags], cwd=BUILD, check=True)
    (BUILD / "installed").touch()
