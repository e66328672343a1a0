"""Who may create an account, how people get in, and what keeps others out: what the portal sets in django-allauth."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ResetPasswordKeyForm
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from kit.addresses import portal_url
from kit.texts.email_addresses import validate_address

from . import devices
from .looks import look_for
from .models import User
from .own_words import NEW_PASSWORD, set_labels
from .services import NOTICE_LIFE, queue_account_email

logger = logging.getLogger(__name__)

LINK_LIFE = timedelta(hours=1)
"""How long an email with a link is tried to be sent. The link itself lives a little longer."""


NOBODYS_ADDRESS = "0.0.0.0"  # noqa: S104  # nothing is bound to it
"""Of visitors by a socket without a proxy in front: there is no address to tell them apart by."""


@dataclass(frozen=True)
class Site:
    """What the emails' templates call the portal."""

    name: str
    domain: str


def _at_base_url(url: str) -> str:
    parts = urlsplit(url)
    return portal_url(parts.path + (f"?{parts.query}" if parts.query else ""))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Members are invited by the marketplace; nobody signs themselves up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_email(self, email: str) -> str:
        """An address that no email can be sent to is refused before it is kept."""
        cleaned: str = super().clean_email(email)
        validate_address(cleaned)
        return cleaned

    def is_safe_url(self, url: str) -> bool:
        """Whether a request may name an address as the next one: it is of the portal and begins with a slash.

        Without the slash it would lead to none, or be taken for the name of a page.
        """
        return url.startswith("/") and bool(super().is_safe_url(url))

    # --- What is sent

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put the email into the outbox, with links that begin with ``BASE_URL`` and not with what a request claims."""
        site = Site(name=look_for(email).name, domain=urlsplit(settings.BASE_URL).netloc)
        links = {name: _at_base_url(value) for name, value in context.items() if name.endswith("_url")}
        told = {"request": self.request, "email": email, "current_site": site, **context, **links}
        told["link_hours"] = settings.PASSWORD_RESET_TIMEOUT // 3600
        letter = self.render_mail(template_prefix, email, told)
        now = timezone.now()
        life = LINK_LIFE if links else NOTICE_LIFE
        queue_account_email(to=email, subject=letter.subject, body=letter.body, now=now, expires_at=now + life)

    # --- Who asks, and how often

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the outermost trusted proxy saw (``TRUSTED_PROXIES``), else the one that connects.

        Where fewer proxies wrote a line than are trusted, or one wrote what is no address, whoever connects is counted.
        """
        if settings.BEHIND_PROXY and not request.headers.get("X-Forwarded-For"):
            logger.warning("A proxy sends no X-Forwarded-For, so its visitors share one limit (docs/operations.md).")
        try:
            return str(super().get_client_ip(request))
        except (ImproperlyConfigured, PermissionDenied):
            return request.META.get("REMOTE_ADDR") or NOBODYS_ADDRESS

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = devices.login_in(credentials)
        people = filter_users_by_email(login, for_login=True) if login else []
        user_id = people[0].pk if people else None
        self._login_failed_rl_usage = devices.count_guess(request, "password", login=login, user_id=user_id)
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        devices.forget_guesses(request, login=devices.login_in(credentials))

    def post_login(self, request: HttpRequest, user: User, **told: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **told)
        devices.remember(request, response, user_id=user.pk)
        return response


class ChoosePasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    """A new password, chosen through the link of the reset email.

    The link proves that the person reads that mailbox, so it confirms the address as well: a person whom staff added
    gets in with one email. Only where no other address is known, for the link does not tell which one it went to.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_labels(self, NEW_PASSWORD)

    @transaction.atomic
    def save(self) -> None:
        super().save()
        addresses = EmailAddress.objects.filter(user=self.user)
        if addresses.exclude(email=self.user.email).exists():
            return
        EmailAddress.objects.update_or_create(
            user=self.user, email=self.user.email, defaults={"verified": True, "primary": True}
        )


class CodeForm(BaseAuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code of the second factor. Guesses are counted as those at passwords are, and a code is good for one use."""

    def clean_code(self) -> str:
        counted = devices.count_guess(context.request, "code", login=str(self.user.pk), user_id=self.user.pk)
        if counted is None:
            raise AccountAdapter().validation_error("too_many_login_attempts")
        code: str = self.cleaned_data["code"]
        factors = Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN)
        for factor in factors.order_by("-type"):  # the app's codes, of which most are, before those on paper
            if use_code(factor, code):
                factor.user = self.user
                self.authenticator = factor
                counted.rollback()
                return code
        if factors:
            self._emit_authentication_failed(factors.order_by("-type")[0])
        raise AccountAdapter().validation_error("incorrect_code")


@transaction.atomic
def use_code(factor: Authenticator, code: str) -> bool:
    """Use up a code. What was used is kept with the factor: allauth keeps it in the cache, which may be away.

    The factor is locked, so of two uses at once one is refused.
    """
    locked = Authenticator.objects.select_for_update(no_key=True).get(pk=factor.pk)
    if locked.type != Authenticator.Type.TOTP:
        return bool(locked.wrap().validate_code(code))
    secret = decrypt(locked.data["secret"])
    for counter in yield_hotp_counters_from_time():
        right = compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter)))
        if right and counter > locked.data.get("last_counter", 0):
            locked.data["last_counter"] = counter
            locked.save(update_fields=["data"])
            return True
    return False


class SignInCodeForm(CodeForm, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """At sign-in."""


class ReauthenticationCodeForm(CodeForm, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Once more, before something that matters."""
