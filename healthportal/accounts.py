"""Who may create an account, and how an invited person gets in: what the portal sets in django-allauth."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ResetPasswordKeyForm
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Members are invited by the marketplace; nobody signs themselves up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class ChoosePasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    """A new password, chosen through the link of the reset email.

    The link proves that the person reads that mailbox, so it confirms the address as well: a person whom staff added
    gets in with one email. Only where no other address is known, for the link does not tell which one it went to.
    """

    @transaction.atomic
    def save(self) -> None:
        super().save()
        addresses = EmailAddress.objects.filter(user=self.user)
        if addresses.exclude(email=self.user.email).exists():
            return
        EmailAddress.objects.update_or_create(
            user=self.user, email=self.user.email, defaults={"verified": True, "primary": True}
        )
