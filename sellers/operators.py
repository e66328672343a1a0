"""Who runs a command on the server: an operator's account there, or the person named with ``--by``."""

from __future__ import annotations

import getpass
import os

from django.core.management.base import CommandError, CommandParser

from .models import User


def add_by(parser: CommandParser) -> None:
    """``--by EMAIL`` for a command that changes something."""
    parser.add_argument(
        "--by", metavar="EMAIL", help="the member of staff in whose name it is done, for the audit trail"
    )


def operator(by: str | None, *, command: str) -> User | str:
    """The person with that address, or words that name the account on the server and the command.

    Raises ``CommandError`` if no active member of staff has the address.
    """
    if by is None:
        return f"{_account()} on the server ({command})"
    person = User.objects.filter(email=by.strip().lower(), is_staff=True, is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody of staff has the address {by!r}.")
    return person


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"user {os.getuid()}"
