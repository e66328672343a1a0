"""What people ask of the pages that bring the apps together."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.pages.checked_forms import CheckedForm


class SellersForm(CheckedForm):
    """Which of their sellers a person looks for."""

    q = forms.CharField(label=_("Name or id"), max_length=120, required=False, widget=forms.SearchInput)

    @property
    def wanted(self) -> str:
        """Part of a name, or an id; empty if it cannot be read or nothing was asked."""
        return self.cleaned_data.get("q", "") if self.is_valid() else ""
