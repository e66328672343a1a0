"""What the commands share: arguments that are text, and who runs them.

Who that is: an operator's account on the server, or the person named with ``--by``.
"""

from __future__ import annotations

import getpass
import os
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from kit.texts.faults import fault_in_text

from .models import User


class PortalCommand(BaseCommand):
    """A command that answers an argument that is no text in a sentence, whatever the database would say of it."""

    file_arguments: ClassVar[frozenset[str]] = frozenset()
    """The arguments that name files: those have any bytes."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        for name, value in options.items():
            if isinstance(value, str) and name not in self.file_arguments and (fault := fault_in_text(value)):
                raise CommandError(
                    _("The argument %(name)s is no text. %(fault)s") % {"name": name.replace("_", "-"), "fault": fault}
                )
        return super().execute(*args, **options)


def add_by(parser: CommandParser) -> None:
    """``--by EMAIL`` for a command that changes something."""
    parser.add_argument(
        "--by", metavar="EMAIL", help="the member of staff in whose name it is done, for the audit trail"
    )


def command_actor(by: str | None, *, command: str) -> User | str:
    """The person with that address, or words that name the account on the server and the command.

    Raises ``CommandError`` if no active member of staff has the address.
    """
    if by is None:
        return _("%(account)s on the server (%(command)s)") % {"account": _account(), "command": command}
    person = User.objects.filter(email=by.strip().lower(), is_staff=True, is_active=True).first()
    if person is None:
        raise CommandError(_("Nobody of staff has the address %(by)s.") % {"by": repr(by)})
    return person


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"user {os.getuid()}"
