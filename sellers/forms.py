"""What the pages of a seller's members take."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.pages.checked_forms import CheckedForm

from .models import Member
from .wording import role_words


class RoleForm(CheckedForm):
    """A role."""

    role = forms.ChoiceField(label=_("Role"), choices=Member.Role, widget=forms.RadioSelect)

    def role_rows(self) -> list[tuple[forms.boundfield.BoundWidget, str]]:
        """Each role with what it may do."""
        return [(button, role_words(button.data["value"])) for button in self["role"]]


class InviteForm(RoleForm):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("Email address"), max_length=254)
    field_order = ("email", "role")
