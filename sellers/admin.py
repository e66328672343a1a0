"""Staff pages of people and of sellers' content. Markets and sellers are in ``violations.admin``: they show points."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminDateWidget
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil

from . import (
    rules,
    trail_admin,  # noqa: F401  # registers the audit trail
)
from .formatting import utc_words
from .models import ApiToken, Content, Market, Member, User
from .services import create_api_token, revoke_api_token
from .staff import ChoosersMixin, ProvenAdmin, ReadOnlyAdmin, Step, asks_first, person, prove, sent, tell_of_change


class PersonAddForm(forms.ModelForm[User]):
    """A new person. They choose their password themselves, which also proves the address to be theirs."""

    class Meta:
        model = User
        fields = ["email", "name"]

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


class PersonChangeForm(UserChangeForm[User]):
    groups = forms.ModelMultipleChoiceField(
        Group.objects.all(), required=False, widget=forms.CheckboxSelectMultiple, label="Roles",
        help_text="What staff may do in the admin.",
    )  # fmt: skip

    class Meta(UserChangeForm.Meta):
        model = User
        fields = "__all__"
        labels = {"is_active": "Active", "is_staff": "Staff", "is_superuser": "Superuser: may do everything"}


class SellersOfPerson(ChoosersMixin, admin.TabularInline[Member, User]):
    model = Member
    extra = 0
    autocomplete_fields = ["seller"]
    verbose_name = "seller this person may act for"
    verbose_name_plural = "sellers this person may act for"


@admin.register(User)
class PersonAdmin(ProvenAdmin, UserAdmin[User]):
    """People sign in by email. Only superusers change staff, and decide who is staff."""

    add_form = PersonAddForm
    add_form_template = "admin/sellers/user/add_form.html"
    form = PersonChangeForm
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        ("What they may do", {"fields": ["is_active", "is_staff", "groups"]}),
        (
            "Everything, without roles",
            {
                "classes": ["collapse"],
                "description": "Rarely right: a role says better what somebody may do.",
                "fields": ["is_superuser", "user_permissions"],
            },
        ),
        ("Dates (UTC)", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name"]})]
    readonly_fields = ["last_login", "date_joined"]
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "name"]
    search_help_text = "Email address or name"
    ordering = ["email"]
    filter_horizontal = ["user_permissions"]
    inlines = [SellersOfPerson]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """How the password is kept, with its button, is only for whoever may set another."""
        first, *others = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return [first, *others]
        return [(None, {"fields": ["email", "name"]}), *others]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        if request.user.is_superuser:
            return self.readonly_fields
        return [*self.readonly_fields, "is_staff", "is_superuser", "groups", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are made inactive: what they did stays theirs."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            # The address before this one must not sign in any more, and the new one has to be confirmed.
            obj.emailaddress_set.all().delete()  # type: ignore[attr-defined]  # allauth ships no types
            old = form.initial["email"]
            tell_of_change(request, obj, "account/email/email_changed", to=old, from_email=old, to_email=obj.email)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002  # Django calls it so
        """Staff should not choose another's password; if they do, the person reads of it."""
        prove(request)
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            tell_of_change(request, User.objects.get(pk=unquote(id)), "account/email/password_changed")
        return response


@admin.register(Content)
class ContentAdmin(ReadOnlyAdmin):
    """LIVEs, videos and listings. They come in with violations."""

    list_display = ["title", "kind", "external_id", "seller", "published_at"]
    list_filter = ["kind", "seller__market"]
    list_select_related = ["seller"]
    search_fields = ["=external_id", "seller__name", "=seller__external_id"]
    search_help_text = "Its id, or the seller's name or id"
    ordering = ["-pk"]
    sortable_by = ()
    fields = ["seller", "kind", "external_id", "title", "url", "published_at"]
    show_full_result_count = False


def _last_used(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return "revoked already"
    if token.last_used_at is None:
        return "never used"
    return f"last used {timesince(token.last_used_at)} ago"


def _until(token: ApiToken, *, now: datetime) -> str:
    """Until when a token is good, in words that show what needs another one."""
    if token.revoked_at is not None:
        return f"revoked {utc_words(token.revoked_at)}"
    if token.expires_at is None:
        return "it is revoked"
    if token.expires_at <= now:
        return f"expired {utc_words(token.expires_at)}"
    left = f" (in {timeuntil(token.expires_at, now)})" if token.expires_at <= now + rules.TOKEN_REMINDER else ""
    return f"{utc_words(token.expires_at)}{left}"


class TokenForm(forms.Form):
    market = forms.ModelChoiceField(Market.objects.all())
    name = forms.CharField(max_length=60, help_text="Who uses it, e.g. feed.")
    last_day = forms.DateField(
        required=False,
        widget=AdminDateWidget,
        help_text="It works until the end of this day (UTC). Without one it is good until it is revoked.",
    )


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens of the marketplace's systems. A token is shown once, when it is created; later it can be revoked."""

    list_display = ["name", "market", "prefix", "created_at", "created_by", "last_used_at", "ends"]
    list_filter = ["market", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["market", "created_by"]
    search_fields = ["name", "prefix"]
    search_help_text = "Name, or how the token starts"
    fields = ["name", "market", "prefix", "created_at", "created_by", "last_used_at", "expires_at", "revoked_at"]
    actions = ["revoke"]

    @admin.display(description="Until", ordering="expires_at")
    def ends(self, token: ApiToken) -> str:
        return _until(token, now=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sellers.add_apitoken")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sellers.revoke_apitoken")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied

        created: list[tuple[ApiToken, str]] = []

        def create(data: dict[str, Any]) -> ApiToken:
            token, secret = create_api_token(
                market=data["market"],
                name=data["name"],
                created_by=person(request),
                now=timezone.now(),
                last_day=data["last_day"],
            )
            created.append((token, secret))
            return token

        intro = "A system of the marketplace's sends it with each call. It is good for one market."
        step = Step(
            model_admin=self,
            title="Create an API token",
            button="Create",
            done="The token is in use.",
            run=create,
            intro=intro,
        )
        a_year = timezone.now().date() + timedelta(days=365)
        response = step.respond(request, TokenForm(sent(request), initial={"last_day": a_year}))
        return self._show_once(request, *created[0]) if created else response

    def _show_once(self, request: HttpRequest, token: ApiToken, secret: str) -> HttpResponse:
        """In this answer and nowhere else: a message for the next page would travel in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"{token} is in use",
            "opts": self.opts,
            "original": token,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/sellers/apitoken/created.html", context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Nobody asks how a token's hash begins."""
        return not lookup.startswith("secret_hash") and super().lookup_allowed(lookup, value, request)

    @admin.action(description="Revoke the selected tokens", permissions=["revoke"])
    @asks_first("Whoever still calls with one of these is refused from then on. It cannot be undone.", _last_used)
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        tokens = list(queryset.filter(revoked_at=None).select_related("market"))
        for token in tokens:
            revoke_api_token(token=token, revoked_by=person(request), now=timezone.now())
        self.message_user(request, f"{len(tokens)} revoked.")
