"""Texts that staff keep, put into what a reviewer writes to a seller."""

from __future__ import annotations

from dataclasses import replace

from django import forms
from django.http import HttpRequest, HttpResponseBase

from kit.backoffice.action_pages import ActionPage, bound_data

from .. import selectors
from ..models import AppealReason
from .appeal_forms import with_macro, with_reasons

OUTCOME_OF_PAGE = {
    "grant": AppealReason.Outcome.GRANTED,
    "grant_partly": AppealReason.Outcome.GRANTED,
    "deny": AppealReason.Outcome.DENIED,
}
"""By the page, what it decides."""


def respond_with_macros(
    request: HttpRequest, page: ActionPage, form: type[forms.Form], *, kind: str
) -> HttpResponseBase:
    """The page with the texts for this kind of step; who chose one sees the form with it, and nothing is done."""
    macros = selectors.macros_for(page.record, kind=kind)
    if outcome := OUTCOME_OF_PAGE.get(kind):
        form = with_reasons(form, selectors.reasons_for(page.record, outcome=outcome))
    page = replace(page, context={**page.context, "macros": macros})
    chosen = next((macro for macro in macros if str(macro.pk) == request.POST.get("macro")), None)
    if chosen is not None:
        return page.show(request, with_macro(form, request.POST, chosen))
    return page.respond(request, form(bound_data(request)))
