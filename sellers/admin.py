"""Staff pages of people and of sellers' content. Markets and sellers are in ``violations.admin``: they show points."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from accounts.access import person
from accounts.admin import PersonAdmin
from accounts.models import User
from audit.admin_pages import NewestFirstAdmin, ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, confirm_first
from kit.backoffice.choosers import ChoosersMixin, RecordField
from kit.backoffice.filters import happened
from kit.backoffice.lists import MAX_RELATED_RECORDS
from kit.backoffice.scopes import RowsMixin
from kit.backoffice.tools import ListActionsMixin, Tool
from kit.pages.checked_forms import CheckedForm

from .controls_page import ControlsProposalAdmin
from .member_rows import MemberRows, TellsMembers
from .member_upload_page import MemberUploadAdmin
from .models import ApiToken, Content, ControlsProposal, Market, Member, MemberUpload
from .services import create_api_token, revoke_api_token
from .staff_markets_page import StaffPageMixin
from .wording import token_ends, token_last_used

admin.site.register(MemberUpload, MemberUploadAdmin)
admin.site.register(ControlsProposal, ControlsProposalAdmin)


class SellersOfPerson(RowsMixin, ChoosersMixin, admin.TabularInline[Member, User]):
    model = Member
    extra = 0
    formset = MemberRows
    autocomplete_fields = ["seller"]
    verbose_name = _lazy("seller this person may act for")
    verbose_name_plural = _lazy("sellers this person may act for")


@admin.register(User)
class PersonOfSellersAdmin(StaffPageMixin, TellsMembers, PersonAdmin):
    """A person's page, with the sellers they may act for, and the markets they work for if they are staff.

    For staff who work for some markets there are the members of their sellers, and colleagues.
    """

    inlines = [SellersOfPerson]
    scope_path = "memberships__seller__market"

    def limit_to(self, queryset: QuerySet[Any], scope: Collection[int]) -> QuerySet[Any]:
        members = Member.objects.filter(seller__market__in=list(scope)).order_by()
        ids = list(members.values_list("user", flat=True)[: MAX_RELATED_RECORDS + 1])
        if len(ids) <= MAX_RELATED_RECORDS:
            return queryset.filter(Q(pk__in=ids) | Q(is_staff=True))
        # A range of one id, so that the index is asked for each person; an equality would be answered by reading all.
        own = Exists(members.filter(user__gte=OuterRef("pk"), user__lte=OuterRef("pk")))
        return queryset.filter(Q(own) | Q(is_staff=True))


@admin.register(Content)
class ContentAdmin(NewestFirstAdmin):
    """LIVEs, videos and listings. They come in with violations."""

    list_display = ["title", "kind", "external_id", "seller", "published_at"]
    list_filter = ["kind", "seller__market"]
    list_select_related = ["seller"]
    search_fields = ["=external_id", "seller__name", "=seller__external_id"]
    search_help_text = _lazy("Its id, or the seller's name or id")
    fields = ["seller", "kind", "external_id", "title", "url", "published_at"]


class TokenForm(CheckedForm):
    market = RecordField(Market.objects.all(), label=_lazy("Market"))
    name = forms.CharField(max_length=60, help_text=_lazy("Who uses it, e.g. feed."), label=_lazy("Name"))
    scope = forms.ChoiceField(
        choices=ApiToken.Scope, initial=ApiToken.Scope.FEED, label=_lazy("What it is for"), required=False
    )
    last_day = forms.DateField(
        required=False,
        widget=AdminDateWidget,
        help_text=_lazy("It works until the end of this day (UTC). Without one it is good until it is revoked."),
        label=_lazy("Last day"),
    )

    def clean_scope(self) -> str:
        return self.cleaned_data["scope"] or ApiToken.Scope.FEED


@admin.register(ApiToken)
class ApiTokenAdmin(ListActionsMixin, ReadOnlyAdmin):
    """Tokens of the marketplace's systems. A token is shown once, when it is created; later it can be revoked."""

    list_display = ["name", "market", "scope", "prefix", "created_at", "created_by", "last_used_at", "ends"]
    list_filter = [
        "market",
        "scope",
        ("revoked_at", happened(_lazy("state"), not_yet=_lazy("In use"), done=_lazy("Revoked"))),
    ]
    list_select_related = ["market", "created_by"]
    search_fields = ["name", "prefix"]
    search_help_text = _lazy("Name, or how the token starts")
    fields = [
        "name",
        "market",
        "scope",
        "prefix",
        "created_at",
        "created_by",
        "last_used_at",
        "expires_at",
        "revoked_at",
    ]
    actions = ["revoke"]
    on_record: ClassVar[dict[str, Any]] = {"revoke": _lazy("Revoke")}

    def is_offered(self, action: str, obj: ApiToken) -> bool:
        return obj.revoked_at is None

    def get_tools(self, request: HttpRequest, obj: ApiToken) -> list[Tool]:
        """The first step of replacing it without a gap, and the last one."""
        another = reverse("admin:sellers_apitoken_add", query={"market": obj.market_id, "scope": obj.scope})
        create = [Tool(_("Create another like it"), another)] if self.has_add_permission(request) else []
        return [*create, *super().get_tools(request, obj)]

    @admin.display(description=_lazy("Until"), ordering="expires_at")
    def ends(self, token: ApiToken) -> str:
        return token_ends(token, now=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sellers.add_apitoken")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sellers.revoke_apitoken")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied

        def create(data: dict[str, Any]) -> HttpResponse:
            token, secret = create_api_token(**data, created_by=person(request), now=timezone.now())
            return self._show_once(request, token, secret)

        page = ActionPage(
            model_admin=self,
            title=_("Create an API token"),
            button=_("Create"),
            done="",  # the page that shows the token says so
            run=create,
            intro=_("A system of the marketplace's sends it with each call. It is good for one market."),
        )
        a_year = timezone.now().date() + timedelta(days=365)
        like = {name: request.GET[name] for name in ("market", "scope") if name in request.GET}
        return page.respond(request, TokenForm(bound_data(request), initial={"last_day": a_year, **like}))

    def _show_once(self, request: HttpRequest, token: ApiToken, secret: str) -> HttpResponse:
        """In this answer and nowhere else: a message for the next page would travel in a cookie."""
        context = {
            "title": _("%(token)s is in use") % {"token": token},
            "opts": self.opts,
            "original": token,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/sellers/apitoken/created.html", context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Nobody asks how a token's hash begins."""
        return not lookup.startswith("secret_hash") and super().lookup_allowed(lookup, value, request)

    @admin.action(description=_lazy("Revoke the selected tokens"), permissions=["revoke"])
    @confirm_first(
        _lazy("Whoever still calls with one of these is refused from then on. It cannot be undone."), token_last_used
    )
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        tokens = list(queryset.filter(revoked_at=None).select_related("market"))
        for token in tokens:
            revoke_api_token(token=token, revoked_by=person(request), now=timezone.now())
        self.message_user(
            request, ngettext("%(count)s revoked.", "%(count)s revoked.", len(tokens)) % {"count": len(tokens)}
        )
