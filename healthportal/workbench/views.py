"""The form of the home page by which staff choose their emails."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from accounts.access import person
from accounts.models import User
from kit.pages.checked_forms import CheckedForm

from .models import StaffEmails
from .services import choose_staff_emails


class StaffEmailsForm(CheckedForm):
    """Which emails a member of staff wants."""

    choice = forms.ChoiceField(
        label=_lazy("Emails to me"), required=False, choices=[("", _lazy("None")), *StaffEmails.Choice.choices]
    )


def form_for(person: User) -> StaffEmailsForm:
    """The form with what they chose."""
    chosen = StaffEmails.objects.filter(person=person).first()
    return StaffEmailsForm(initial={"choice": chosen.choice if chosen else ""})


@require_POST
def staff_emails(request: HttpRequest) -> HttpResponse:
    """Keep what the person chose and go back to the home page."""
    form = StaffEmailsForm(request.POST)
    if form.is_valid():
        choose_staff_emails(person=person(request), choice=form.cleaned_data["choice"], now=timezone.now())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Nothing was changed: choose one of the answers."))
    return redirect("admin:index")
