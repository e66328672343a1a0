"""The packages that the portal is made of, as pyproject.toml names them."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
APPS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
