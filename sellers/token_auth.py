"""How a system of the marketplace's proves itself to the API: with a token, for one market."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from .models import ApiToken
from .selectors import find_token
from .services import record_token_use


class ApiRequest(HttpRequest):
    """A request that proved itself with a token."""

    auth: ApiToken


class TokenAuth(HttpBearer):
    """A token made by staff, for one market."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        now = timezone.now()
        found = find_token(token.strip(), as_of=now)
        if found is not None:
            record_token_use(token=found, now=now)
        return found
