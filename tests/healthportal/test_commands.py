"""Every command answers what it was given in a sentence, whatever that is."""

from __future__ import annotations

import os
import socket
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from accounts.commands import PortalCommand
from tests.apps import APPS

pytestmark = pytest.mark.django_db

OURS = sorted(name for name, app in get_commands().items() if app.split(".")[0] in APPS)


def command(name: str) -> PortalCommand:
    found = load_command_class(get_commands()[name], name)
    assert isinstance(found, PortalCommand), name
    return found


def texts_of(name: str) -> list[Any]:
    """The arguments of a command that are texts of its own, and not Django's."""
    found = command(name)
    parser = found.create_parser("manage.py", name)
    common = PortalCommand().create_parser("manage.py", name)
    known = {action.dest for action in common._actions}
    own = [action for action in parser._actions if action.dest not in known | found.file_arguments]
    return [action for action in own if action.type is None and action.choices is None and action.nargs is None]


@pytest.mark.parametrize("name", OURS)
def test_argument_that_is_no_text_is_a_sentence(name: str) -> None:
    needed = {action.dest: "x" for action in texts_of(name) if action.required}
    files = dict.fromkeys(command(name).file_arguments, "/nowhere.csv")
    for action in texts_of(name):
        given = needed | files | {action.dest: os.fsdecode(b"\xff")}
        said = rf"The argument {action.dest.replace('_', '-')} is no text\. The byte 0xFF at character 1 is not UTF-8"
        with pytest.raises(CommandError, match=said):
            call_command(command(name), *(given.pop(one) for one in files), **given)


def test_commands_are_known() -> None:
    assert OURS == [
        "audit_ledger",
        "build_reports",
        "create_api_token",
        "drop_old_reports",
        "import_violations",
        "partition_reports",
        "seed_demo",
        "serve_metrics",
    ]
    assert sum(len(texts_of(name)) for name in OURS) > 8


def test_metrics_that_cannot_be_shown_are_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port, address in [(taken.getsockname()[1], "127.0.0.1"), (70_000, "127.0.0.1"), (9100, "no such place")]:
            with pytest.raises(CommandError, match=f"Nothing can be shown at {address}, port {port}: "):
                call_command("serve_metrics", port=port, address=address, no_database=True)


@pytest.mark.parametrize("weeks", [10**6, 10**12, 10**30])
def test_more_weeks_than_there_are_keep_everything(weeks: int) -> None:
    out = StringIO()
    call_command("drop_old_reports", keep_weeks=weeks, drop=True, stdout=out)
    assert "Nothing" in out.getvalue() or "No partition" in out.getvalue()
