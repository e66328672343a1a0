"""The page of jobs in the admin."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import person

from .selectors import kind_named, lines_for, may_retry
from .services import retry_given_up


@require_http_methods(["GET", "HEAD", "POST"])
def jobs(request: HttpRequest) -> HttpResponse:
    """What waits, runs and was given up; a kind that is posted is tried again."""
    if request.method == "POST":
        return _retry(request)
    lines = lines_for(person(request), as_of=timezone.now())
    if not lines:
        raise PermissionDenied
    context = {"title": _("Work in the background"), "lines": lines}
    return TemplateResponse(request, "admin/portal/jobs.html", context)


def _retry(request: HttpRequest) -> HttpResponse:
    kind = kind_named(request.POST.get("kind", ""))
    if kind is None:
        raise Http404
    if not may_retry(kind, person(request)):
        raise PermissionDenied
    count = retry_given_up(kind=kind, now=timezone.now(), retried_by=person(request))
    said = ngettext("%(count)s will be tried again.", "%(count)s will be tried again.", count)
    messages.success(request, said % {"count": f"{count:,}"})
    return redirect("admin:jobs")
