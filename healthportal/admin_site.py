"""The admin site: who gets in, with which factors, and in which order staff find things."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import unquote
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import asked_for_second_factor, person
from audit.models import AuditEntry
from audit.presentation import history_url
from kit.backoffice.choosers import RecordChooser
from kit.backoffice.permitted_links import may_follow
from kit.backoffice.sent_twice import once
from kit.scopes import Scope
from kit.texts.ids import id_in
from sellers.staff_scope import for_staff, markets_of

from .jobs.views import jobs
from .workbench.presentation import parts_for, trends_for
from .workbench.search import can_search, only_hit, search_everything
from .workbench.views import form_for, staff_emails

OWN_ACTIONS = 10
APPS = [
    "violations", "policies", "sellers", "accounts", "quizzes", "workshops", "reports", "inbox", "events", "exports",
    "retention", "audit", "auth", "account", "mfa",
]  # fmt: skip
MODELS = [
    "Violation",
    "Appeal",
    "Macro",
    "MassReversal",
    "PointsEntry",
    "EnforcementAction",
    "Upload",
    "Policy",
    "PolicyVersion",
    "Article",
    "ArticleVersion",
    "Seller",
    "Content",
    "MemberUpload",
    "SellerNote",
    "SellerViewing",
    "User",
    "Market",
    "Brand",
    "ApiToken",
    "AuditEntry",
    "Message",
    "EmailDelivery",
    "Digest",
    "Export",
]
NAMES = {
    "sellers": _lazy("Sellers and markets"),
    "accounts": _lazy("People"),
    "inbox": _lazy("Messages"),
    "reports": _lazy("Weekly reports"),
    "events": _lazy("Events and webhooks"),
    "exports": _lazy("Downloads of sellers"),
    "retention": _lazy("What is kept, and erasures"),
    "audit": _lazy("Audit trail"),
    "auth": _lazy("Roles"),
    "account": _lazy("Sign-in: email addresses"),
    "mfa": _lazy("Sign-in: second factors"),
}
MODEL_NAMES = {
    "Group": _lazy("Roles"),
    "Authenticator": _lazy("Second factors"),
    "Upload": _lazy("Uploads of violations"),
}


class StaffSite(AdminSite):
    """The stock admin behind the portal's own sign-in page, so that a second factor is asked for here too."""

    site_header = _lazy("Account health, staff")
    site_title = _lazy("Account health, staff")
    index_title = _lazy("What would you like to do?")
    site_url = "/policies/"
    index_template = "admin/portal/index.html"

    def scope_of(self, request: HttpRequest) -> Scope:
        """The markets that the person works for (``kit.backoffice.scopes``)."""
        return markets_of(person(request))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send visitors to the sign-in page and back; people who are no staff are refused."""
        target = get_next_redirect_url(request) or resolve_url("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(target, resolve_url(settings.LOGIN_URL))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect(target)

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """Let staff in, once they have a second factor if ``STAFF_MFA_REQUIRED`` says so.

        What every page of the admin shows around its own part is given here, and nowhere else. So a form that is sent
        twice is carried out once.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                return inner(request, *args, **kwargs)
            asked = asked_for_second_factor(request)
            answer = asked or once(request, lambda: inner(request, *args, **kwargs))
            return self._with_surroundings(request, answer)

        return guarded

    def _with_surroundings(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, TemplateResponse) and not response.is_rendered:
            given = response.context_data or {}
            if "available_apps" not in given:  # Django's own pages have it
                response.context_data = {**self.each_context(request), **given}
        return response

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]  # not a page any more
        """There is one place to change a password: it limits guesses, tells the person and leaves an entry."""
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]  # not a page any more
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """Above the lists stands what waits for the person, beside them what they did lately."""
        own, now = person(request), timezone.now()
        entries = for_staff(AuditEntry.objects.filter(person=own).exclude(action="sign_in"), own)[:OWN_ACTIONS]
        context = {
            "own_actions": [_told(request, entry) for entry in entries],
            "parts": parts_for(own, now=now),
            "trends": trends_for(own, now=now),
            "emails_form": form_for(own),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def get_urls(self) -> Any:
        emails = path("emails/", self.admin_view(staff_emails), name="staff_emails")
        search = path("search/", self.admin_view(self.search), name="search")
        work = path("jobs/", self.admin_view(jobs), name="jobs")
        site = path(
            "r/<path:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"
        )
        return [emails, search, work, site, *super().get_urls()]

    def view_on_site(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseBase:
        """The way from a record's page to its page of the portal, for records that the person may work on."""
        kind = ContentType.objects.filter(pk=id_in(content_type_id)).first()
        model_admin = self._registry.get(kind.model_class()) if kind else None  # type: ignore[arg-type]  # None has no pages
        if model_admin is None or not model_admin.has_view_or_change_permission(request):
            raise Http404
        if model_admin.get_object(request, unquote(object_id)) is None:
            raise Http404
        return shortcut(request, int(content_type_id), object_id)

    def search(self, request: HttpRequest) -> HttpResponse:
        """What is found among everything that the person may see."""
        term = request.GET.get("q", "").strip()
        found = search_everything(request, self, term=term) if can_search(term) else []
        if only := only_hit(found):
            return redirect(only)
        context = {
            "title": _("Search"),
            "term": term,
            "can_search": can_search(term),
            "found": found,
        }
        return TemplateResponse(request, "admin/portal/search.html", context)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, RecordChooser.as_view(admin_site=self)(request))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """What staff use most comes first."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = NAMES.get(app["app_label"], app["name"])
            for model in app["models"]:
                model["name"] = MODEL_NAMES.get(model["object_name"], model["name"])
            app["models"].sort(key=lambda model: _rank(MODELS, model["object_name"]))
        return sorted(apps, key=lambda app: _rank(APPS, app["app_label"]))


def _told(request: HttpRequest, entry: AuditEntry) -> dict[str, Any]:
    """What somebody did, with the way to its history while their roles open it."""
    url = history_url(entry)
    return {"entry": entry, "url": url if url and may_follow(request, url) else None}


def _rank(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
