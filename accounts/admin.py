"""Staff pages of people, and of what django-allauth keeps of them: addresses and second factors."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Any, ClassVar

import allauth.account.admin
import allauth.mfa.admin  # registers what is taken back below
import allauth.usersessions.admin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import NewestFirstAdmin, ReadOnlyAdmin
from audit.snapshots import snapshot
from kit.backoffice.action_pages import confirm_first
from kit.backoffice.scopes import in_scope
from kit.backoffice.tools import ListActionsMixin
from kit.pages.checked_forms import CheckedTexts

from . import trail_notes, wording
from .access import person
from .models import UnreachableAddress, User
from .reauthentication import ReauthenticatedAdmin, require_reauthentication, tell_of_change
from .services import end_other_sessions, restore_address
from .superuser_pages import superuser_link

admin.site.unregister(Authenticator)  # shows secrets
admin.site.unregister(EmailAddress)  # leaves nothing in the audit trail
admin.site.unregister(UserSession)  # looks for user names, and shows everybody where people are


class PersonAddForm(CheckedTexts, forms.ModelForm[User]):
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
        Group.objects.all(), required=False, widget=forms.CheckboxSelectMultiple, label=_lazy("Roles"),
        help_text=_lazy("What staff may do in the admin."),
    )  # fmt: skip

    class Meta(UserChangeForm.Meta):
        model = User
        fields = "__all__"
        labels = {
            "is_active": _lazy("Active"),
            "is_staff": _lazy("Staff"),
            "is_superuser": _lazy("Superuser: may do everything"),
        }

    def clean_is_superuser(self) -> bool:
        """Two people make a superuser; one takes it away."""
        wanted = bool(self.cleaned_data["is_superuser"])
        if wanted and not self.instance.is_superuser:
            raise forms.ValidationError(wording.two_make_a_superuser())
        return wanted


class PersonAdmin(ReauthenticatedAdmin, UserAdmin[User]):
    """People sign in by email. Only superusers change staff, and decide who is staff."""

    add_form = PersonAddForm
    add_form_template = "admin/accounts/user/add_form.html"
    form = PersonChangeForm
    fieldsets = [
        (None, {"fields": ["email", "name", "time_factor", "password"]}),
        (_lazy("What they may do"), {"fields": ["is_active", "is_staff", "groups"]}),
        (
            _lazy("Everything, without roles"),
            {
                "classes": ["collapse"],
                "description": _lazy("Rarely right: a role says better what somebody may do."),
                "fields": ["is_superuser", "user_permissions"],
            },
        ),
        (_lazy("Dates (UTC)"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name"]})]
    readonly_fields = ["last_login", "date_joined", "make_superuser"]
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "name"]
    search_help_text = _lazy("Email address or name")
    ordering = ["email"]
    sortable_by = ["email"]
    filter_horizontal = ["user_permissions"]

    @admin.display(description=_lazy("Make a superuser"))
    def make_superuser(self, user: User) -> str:
        return superuser_link(user)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """How the password is kept, with its button, is only for whoever may set another."""
        first, *others = super().get_fieldsets(request, obj)
        if obj is not None and request.user.is_superuser:
            others.append((_lazy("Two people make a superuser"), {"fields": ["make_superuser"]}))
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
        require_reauthentication(request)
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            person = User.objects.get(pk=unquote(id))
            end_other_sessions(user=person, session_key=request.session.session_key or "")
            tell_of_change(request, person, "account/email/password_changed")
        return response


@admin.register(Authenticator)
class AuthenticatorAdmin(ReauthenticatedAdmin, ReadOnlyAdmin):
    """Second factors, without their secrets. Deleting one lets a person who lost theirs set up another."""

    scope_path = "user"
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["=user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return bool(request.user.is_superuser)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        passkey = obj.type == Authenticator.Type.WEBAUTHN
        tell_of_change(request, obj.user, "mfa/email/webauthn_removed" if passkey else "mfa/email/totp_deactivated")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for factor in queryset.select_related("user"):
            self.delete_model(request, factor)


@admin.register(EmailAddress)
class AddressAdmin(ReauthenticatedAdmin, allauth.account.admin.EmailAddressAdmin):  # type: ignore[misc]  # allauth has no types
    """Addresses with which people sign in, and whether they are confirmed. Parts of them are found under People."""

    scope_path = "user"
    list_filter = ["verified"]
    list_select_related = ["user"]
    search_fields = ["=email", "=user__email"]
    search_help_text = _lazy("The whole address")
    ordering = ["-pk"]
    sortable_by = ()

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return self.search_fields

    def save_model(self, request: HttpRequest, obj: EmailAddress, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or "email" in form.changed_data:
            tell_of_change(request, obj.user, "account/email/email_added", to=obj.user.email, added_email=obj.email)

    def delete_model(self, request: HttpRequest, obj: EmailAddress) -> None:
        super().delete_model(request, obj)
        tell_of_change(request, obj.user, "account/email/email_deleted", to=obj.email, deleted_email=obj.email)

    @admin.action(description=_lazy("Mark the selected addresses as confirmed"))
    def make_verified(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        before = [(address, snapshot(address)) for address in queryset.filter(verified=False)]
        super().make_verified(request, queryset)
        for address, values in before:
            self.log_step(request, address, trail_notes.address_confirmed(), before=values)


@admin.register(UnreachableAddress)
class UnreachableAddressAdmin(ListActionsMixin, NewestFirstAdmin):
    """Addresses that emails came back from. Their people see it and confirm them again; staff can do it for them."""

    scope_path = "email"
    list_display = ["email", "reason", "since", "soft_bounces", "said", "noted_at"]
    list_filter = ["reason", "since"]
    search_fields = ["=email"]
    search_help_text = _lazy("The whole address")
    fields = ["email", "reason", "since", "soft_bounces", "said", "noted_at", "asked_at"]
    actions = ["send_again"]
    on_record: ClassVar[dict[str, Any]] = {"send_again": _lazy("Send emails to it again")}

    def limit_to(self, queryset: QuerySet[Any], scope: Collection[int]) -> QuerySet[Any]:
        """Those of the people whom they may see."""
        return queryset.filter(email__in=in_scope(User.objects.all(), scope).values("email"))

    def is_offered(self, action: str, obj: UnreachableAddress) -> bool:
        return obj.since is not None  # a full mailbox ends nothing

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_unreachableaddress")

    @admin.action(description=_lazy("Send emails to these addresses again"), permissions=["restore"])
    @confirm_first(_lazy("Emails go to these addresses again, until one comes back."))
    def send_again(self, request: HttpRequest, queryset: QuerySet[UnreachableAddress]) -> None:
        emails = list(queryset.filter(since__isnull=False).values_list("email", flat=True))
        for email in emails:
            restore_address(email=email, restored_by=person(request), now=timezone.now())
        self.message_user(request, wording.sent_again(len(emails)))
