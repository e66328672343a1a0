"""The pages for what goes wrong.

Django's own ask for the form's token first, and so read what was sent: of a request that cannot be read they make a
500. These read nothing of one that is wrong in itself. Where a form that could be read is not carried out, they show
what was typed into it: pages of the portal are not kept, so going back would open an empty form.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.saved_posts import is_in_the_admin, is_our_own, read_post
from kit.pages.submitted import typed

WAIT_SECONDS = 60


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _bare(request, "400.html", status=400)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_staffs(request):
        return _in_the_admin(request, _("This is for another role"), status=403, roles=_roles_for(request))
    return render(request, "403.html", {"submitted": _typed(request)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_staffs(request):
        return _in_the_admin(request, _("This is not here"), status=404)
    return render(request, "404.html", {"submitted": _typed(request)}, status=404)


def took_too_long(request: HttpRequest) -> HttpResponse:
    """A page of the admin for which the database would have had to read too much."""
    wants_json = request.path == reverse("admin:autocomplete")
    if wants_json:  # while somebody types: the next letters find less
        return JsonResponse({"results": [], "pagination": {"more": False}}, status=503)
    return _in_the_admin(request, _("This takes too long"), status=503)


def _is_staffs(request: HttpRequest) -> bool:
    """Whether a page of the admin was asked for by somebody who works there."""
    user = getattr(request, "user", None)
    return is_in_the_admin(request.path) and user is not None and admin.site.has_permission(request)


def _in_the_admin(request: HttpRequest, title: str, *, status: int, roles: Sequence[str] = ()) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": title,
        "status": status,
        "roles": roles,
        "was_read": request.method in ("GET", "HEAD"),
        "without_query": request.path if request.GET else "",
        "submitted": _typed(request),
    }
    return render(request, "admin/portal/error.html", context, status=status)


def _roles_for(request: HttpRequest) -> list[str]:
    """The roles that may look at the records a page of the admin is about."""
    name = (request.resolver_match.url_name or "") if request.resolver_match else ""
    for model in admin.site._registry:
        opts = model._meta
        if name.startswith(f"{opts.app_label}_{opts.model_name}_"):
            model_name = str(opts.model_name)
            may = {"content_type__app_label": opts.app_label, "codename__endswith": f"_{model_name}"}
            found = Group.objects.filter(permissions__in=Permission.objects.filter(**may))
            return list(found.order_by("name").distinct().values_list("name", flat=True))
    return []


def too_many(request: HttpRequest) -> HttpResponse:
    """More sign-ins, resets or changes of an account than one client may make in a while."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(WAIT_SECONDS)
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """What broke may be the database: this asks it nothing, not even who is signed in."""
    return _bare(request, "500.html", status=500, submitted=_typed(request))


def _bare(
    request: HttpRequest, template: str, *, status: int, submitted: Sequence[tuple[str, str]] = ()
) -> HttpResponse:
    """A page that is made of nothing but where it stands, and what was typed."""
    name = f"admin/{template}" if is_in_the_admin(request.path) else template
    return HttpResponse(render_to_string(name, {"submitted": submitted}), status=status)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed into a form of the portal, but no passwords; nothing of what another site made a browser send."""
    if request.method != "POST" or not is_our_own(request):
        return []
    return typed(read_post(request)[0])
