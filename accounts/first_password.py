"""The first password of a person whose mailbox another link has proved."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from .models import User


def choose_first_password(user: User, *, then: str) -> HttpResponse:
    """Lead a person to where the email of a forgotten password would.

    It goes on to ``then`` (a path) once they chose one.
    """
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return redirect(reverse("account_reset_password_from_key", kwargs=key, query={"next": then}))
