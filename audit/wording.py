"""What staff did and what it changed, in words; the trail holds names of actions, fields and states."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kit.backoffice.names import name_words
from kit.formatting import capitalized

from .snapshots import SnapshotRow

ACTIONS = {
    "add": gettext_noop("Add"),
    "add_address": gettext_noop("Add address"),
    "add_material": gettext_noop("Add material"),
    "add_member": gettext_noop("Add member"),
    "add_picture": gettext_noop("Add picture"),
    "add_second_factor": gettext_noop("Add second factor"),
    "answer": gettext_noop("Answer"),
    "approve": gettext_noop("Approve"),
    "ask": gettext_noop("Ask"),
    "assign": gettext_noop("Assign"),
    "build": gettext_noop("Build"),
    "cancel": gettext_noop("Cancel"),
    "change": gettext_noop("Change"),
    "change_address": gettext_noop("Change address"),
    "change_capacity": gettext_noop("Change capacity"),
    "change_role": gettext_noop("Change role"),
    "check_in": gettext_noop("Check in"),
    "choose_password": gettext_noop("Choose password"),
    "confirm": gettext_noop("Confirm"),
    "decide": gettext_noop("Decide"),
    "delete": gettext_noop("Delete"),
    "deny": gettext_noop("Deny"),
    "discard": gettext_noop("Discard"),
    "download": gettext_noop("Download"),
    "drop": gettext_noop("Drop"),
    "excuse": gettext_noop("Excuse"),
    "end_viewing": gettext_noop("End viewing as seller"),
    "erase": gettext_noop("Erase"),
    "export": gettext_noop("Export"),
    "give_on": gettext_noop("Give on"),
    "give_place": gettext_noop("Give place"),
    "go_alone": gettext_noop("Decide alone"),
    "grant": gettext_noop("Grant"),
    "grant_partly": gettext_noop("Grant partly"),
    "hold": gettext_noop("Hold"),
    "import": gettext_noop("Import"),
    "invite_member": gettext_noop("Invite member"),
    "let_in": gettext_noop("Let in"),
    "issue": gettext_noop("Issue"),
    "lift": gettext_noop("Lift"),
    "limit_markets": gettext_noop("Limit markets"),
    "move": gettext_noop("Move"),
    "note": gettext_noop("Note"),
    "note_absent": gettext_noop("Note absent"),
    "note_there": gettext_noop("Note there"),
    "password_change": gettext_noop("Password change"),
    "propose": gettext_noop("Propose"),
    "publish": gettext_noop("Publish"),
    "redirect": gettext_noop("Change address and events"),
    "redraft": gettext_noop("Redraft"),
    "release": gettext_noop("Release"),
    "remove": gettext_noop("Remove"),
    "remove_address": gettext_noop("Remove address"),
    "remove_material": gettext_noop("Remove material"),
    "remove_member": gettext_noop("Remove member"),
    "remove_picture": gettext_noop("Remove picture"),
    "remove_second_factor": gettext_noop("Remove second factor"),
    "renew_second_factor": gettext_noop("Renew second factor"),
    "replace": gettext_noop("Replace"),
    "resend": gettext_noop("Send again"),
    "resend_invitation": gettext_noop("Resend invitation"),
    "reset_password": gettext_noop("Reset password"),
    "resume": gettext_noop("Resume"),
    "retire": gettext_noop("Retire"),
    "restore": gettext_noop("Restore"),
    "retry": gettext_noop("Retry"),
    "review": gettext_noop("Review"),
    "revoke": gettext_noop("Revoke"),
    "settle": gettext_noop("Settle"),
    "rotate": gettext_noop("Rotate"),
    "send_back": gettext_noop("Send back"),
    "send_for_review": gettext_noop("Send for review"),
    "sign_in": gettext_noop("Sign in"),
    "sign_up": gettext_noop("Sign up"),
    "start": gettext_noop("Start"),
    "stop": gettext_noop("Stop"),
    "switch_off": gettext_noop("Switch off"),
    "switch_on": gettext_noop("Switch on"),
    "take_back": gettext_noop("Take back"),
    "tell": gettext_noop("Tell"),
    "test": gettext_noop("Test"),
    "undo_check_in": gettext_noop("Undo check in"),
    "unpublish": gettext_noop("Unpublish"),
    "view_as_seller": gettext_noop("View as seller"),
    "void": gettext_noop("Void"),
    "withdraw": gettext_noop("Withdraw"),
    "withdraw_invitation": gettext_noop("Withdraw invitation"),
    "withdraw_request": gettext_noop("Withdraw request"),
    "wrong_code": gettext_noop("Wrong code"),
    "wrong_password": gettext_noop("Wrong password"),
}

ROWS = {
    "added": gettext_noop("Added %(kind)s “%(name)s” (%(id)s)"),
    "changed": gettext_noop("Changed %(kind)s “%(name)s” (%(id)s)"),
    "deleted": gettext_noop("Deleted %(kind)s “%(name)s” (%(id)s)"),
}


def action_words(action: str) -> str:
    """An action that is not known, as it may be in an old trail, is said by its name."""
    return _(ACTIONS[action]) if action in ACTIONS else action.replace("_", " ").capitalize()


def went_alone(*, person: str, reason: str) -> str:
    """Who did alone what two people do, and why."""
    return _("%(person)s proposed this and approved it alone: %(reason)s") % {"person": person, "reason": reason}


def kind_words(kind: str) -> str:
    """What a sort of record is called; one that is gone, as it is written down."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name)
    except (LookupError, ValueError):
        return kind


def row_words(row: SnapshotRow) -> str:
    """A row that belongs to a record, and what became of it: ``Added milestone “12” (7)``."""
    said = ROWS.get(row["did"], gettext_noop("%(kind)s “%(name)s” (%(id)s)"))
    return _(said) % {"kind": kind_words(row["kind"]), "name": row["name"], "id": row["id"]}


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


def _field(kind: str, name: str) -> Any:
    try:
        return apps.get_model(kind)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
