"""Templates keep to the layers as imports do: one of an app names no address, template or tag of an app above it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.apps import ROOT

TEMPLATES = ROOT / "templates"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = [layer.split(" | ") for layer in next(one["layers"] for one in CONTRACTS if one["type"] == "layers")]
RANK = {app: rank for rank, apps in enumerate(LAYERS) for app in apps}

FOLDERS = {
    "components": "kit", "pdf": "kit", "emails": "inbox", "portal": "healthportal",
    "account": "accounts", "allauth": "accounts", "mfa": "accounts",
}  # fmt: skip
"""The app of each folder that is not named after one. ``portal`` holds what the whole adds to the pages of apps."""

TOP = {"base.html"}
"""What every page extends."""


def app_of(template: str) -> str:
    """The app that a template belongs to, by its name below ``templates/``."""
    folders = template.split("/")[:-1]
    if folders[:1] == ["admin"]:
        return folders[1] if len(folders) > 1 and folders[1] in RANK else "kit"
    return FOLDERS.get(folders[0], folders[0]) if folders else "healthportal"


@cache
def owner_of_address(name: str) -> str:
    """The app that an address belongs to, by the name it is reversed with."""
    space, _, rest = name.rpartition(":")
    if space == "admin":
        app = rest.partition("_")[0]
        return app if app in RANK else "kit"
    if space:
        return space
    module = next((pattern.callback.__module__ for pattern in patterns() if pattern.name == name), "")
    return "accounts" if module.startswith("allauth") else module.partition(".")[0]


def patterns(resolver: URLResolver | None = None) -> list[URLPattern]:
    found: list[URLPattern] = []
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            found += patterns(one) if one.namespace is None else []
        else:
            found.append(one)
    return found


@cache
def tag_libraries() -> dict[str, str]:
    """The app of each library of tags that is ours."""
    return {
        path.stem: path.relative_to(ROOT).parts[0]
        for path in ROOT.glob("*/**/templatetags/*.py")
        if path.relative_to(ROOT).parts[0] in RANK
    }


def named_apps(source: str) -> set[tuple[str, str]]:
    """The apps that a template names, each with what it names."""
    tags = tag_libraries()
    addresses = re.findall(r"""{%\s*url\s+['"]([\w:]+)['"]""", source)
    others = re.findall(r"""{%\s*(?:include|extends)\s+['"]([\w./-]+)['"]""", source)
    loads = [name for names in re.findall(r"{%\s*load\s+([\w\s]+?)\s*%}", source) for name in names.split()]
    return {
        *((owner_of_address(name), name) for name in addresses),
        *((app_of(name), name) for name in others if name not in TOP),
        *((tags[name], name) for name in loads if name in tags),
    }


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_names_nothing_above_its_app(path: Path) -> None:
    template = path.relative_to(TEMPLATES).as_posix()
    app = app_of(template)
    above = {what for owner, what in named_apps(path.read_text()) if owner in RANK and RANK[owner] < RANK[app]}
    assert above == set()


def test_what_is_looked_for_would_be_found() -> None:
    source = """{% extends "reports/base.html" %}{% load next_steps %}{% url "quizzes:list" %}{% url 'dashboard' %}"""
    assert named_apps(source) == {
        ("reports", "reports/base.html"),
        ("healthportal", "next_steps"),
        ("quizzes", "quizzes:list"),
        ("healthportal", "dashboard"),
    }
