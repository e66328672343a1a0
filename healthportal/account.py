"""A person's settings: what they are called, and where the rest of their account is changed."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import person
from accounts.forms import PersonForm
from accounts.models import User
from accounts.selectors import unreachable_address
from accounts.services import describe_person
from sellers.access import last_seller


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The person's name, language, time zone and time, and a line for each other setting with how it stands."""
    user = person(request)
    form = PersonForm(request.POST if request.method == "POST" else None, instance=User.objects.get(pk=user.pk))
    if form.is_valid():
        describe_person(user=user, said=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("account")
    context = {
        "form": form,
        "has_factor": is_mfa_enabled(user),
        "seller": last_seller(request),
        "unreachable": unreachable_address(user),
    }
    return render(request, "healthportal/account.html", context)
