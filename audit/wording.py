"""What staff did and what it changed, in words; the trail holds names of actions, fields and states."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.backoffice.names import name_words
from kit.formatting import capitalized

ACTIONS = {
    "add": gettext_noop("Add"),
    "add_member": gettext_noop("Add member"),
    "address_change": gettext_noop("Address change"),
    "approve": gettext_noop("Approve"),
    "ask": gettext_noop("Ask"),
    "build": gettext_noop("Build"),
    "cancel": gettext_noop("Cancel"),
    "change": gettext_noop("Change"),
    "change_capacity": gettext_noop("Change capacity"),
    "check_in": gettext_noop("Check in"),
    "confirm": gettext_noop("Confirm"),
    "delete": gettext_noop("Delete"),
    "deny": gettext_noop("Deny"),
    "discard": gettext_noop("Discard"),
    "download": gettext_noop("Download"),
    "export": gettext_noop("Export"),
    "give_place": gettext_noop("Give place"),
    "grant": gettext_noop("Grant"),
    "grant_partly": gettext_noop("Grant partly"),
    "import": gettext_noop("Import"),
    "lift": gettext_noop("Lift"),
    "move": gettext_noop("Move"),
    "note_absent": gettext_noop("Note absent"),
    "note_there": gettext_noop("Note there"),
    "password_change": gettext_noop("Password change"),
    "publish": gettext_noop("Publish"),
    "remove_member": gettext_noop("Remove member"),
    "resume": gettext_noop("Resume"),
    "retire": gettext_noop("Retire"),
    "retry": gettext_noop("Retry"),
    "revoke": gettext_noop("Revoke"),
    "second_factor": gettext_noop("Second factor"),
    "sign_in": gettext_noop("Sign in"),
    "sign_in_failed": gettext_noop("Sign in failed"),
    "start": gettext_noop("Start"),
    "stop": gettext_noop("Stop"),
    "undo_check_in": gettext_noop("Undo check in"),
    "unpublish": gettext_noop("Unpublish"),
    "void": gettext_noop("Void"),
    "withdraw": gettext_noop("Withdraw"),
    "withdraw_request": gettext_noop("Withdraw request"),
}


def action_words(action: str) -> str:
    """An action that is not known, as it may be in an old trail, is said by its name."""
    return _(ACTIONS[action]) if action in ACTIONS else action.replace("_", " ").capitalize()


def field_words(kind: str, name: str) -> str:
    """What a field of a kind of record is called; a field that is gone, or of what belongs to it, by its own name."""
    field = _field(kind, name)
    return capitalized(str(field.verbose_name) if field else name_words(name))


def choice_words(kind: str, name: str, value: str) -> str:
    """A state as pages call it, in small letters; any other value as it is."""
    choices = dict(getattr(_field(kind, name), "flatchoices", ()))
    return str(choices[value]).lower() if value in choices else value


def truth_words(value: bool) -> str:
    return _("yes") if value else _("no")


def exported(count: int, *, form: str, asked: str) -> str:
    said = ngettext(
        "Exported %(count)s entry as %(form)s: %(asked)s.", "Exported %(count)s entries as %(form)s: %(asked)s.", count
    )
    return said % {"count": count, "form": form, "asked": asked or _("everything")}


def _field(kind: str, name: str) -> Any:
    try:
        return apps.get_model(kind)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
