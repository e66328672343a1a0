"""API tokens of the marketplace's systems."""

from __future__ import annotations

import hashlib

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.texts.validators import is_id, is_visible, validate_id

from .markets import Market


class ApiToken(models.Model):
    """What a system of the marketplace's proves itself with when it calls the API, for one market.

    Only a hash of the secret is kept. The secret is long and random, so a fast hash is enough to keep it secret.
    """

    PREFIX_LENGTH = 10

    class Scope(models.TextChoices):
        """What a token is for: a system that keeps banks need not read sellers, nor one that feeds know answers."""

        FEED = "feed", _lazy("Feeding the portal and asking about sellers")
        BANKS = "banks", _lazy("Banks of questions of quizzes, with the right answers")

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=60, validators=[validate_id], help_text=_lazy("Who uses it, e.g. feed."))
    scope = models.CharField(
        max_length=5, choices=Scope, default=Scope.FEED, db_default=Scope.FEED, help_text=_lazy("What it is for.")
    )
    prefix = models.CharField(max_length=16, editable=False, help_text=_lazy("How the token starts, to recognise it."))
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True, help_text=_lazy("Noted at most once a minute."))
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text=_lazy("From then on it is refused; empty: never.")
    )

    scope_path = "market"

    class Meta:
        ordering = ["market", "name", "-created_at"]
        verbose_name = _lazy("API token")
        permissions = [("revoke_apitoken", "Can revoke an API token")]
        constraints = [
            models.UniqueConstraint(
                fields=["market", "name"],
                condition=models.Q(revoked_at=None),
                name="api_token_name_unique_in_market",
            ),
            models.CheckConstraint(name="api_token_scope_known", condition=models.Q(scope__in=["feed", "banks"])),
            models.CheckConstraint(
                name="api_token_expires_after_it_was_made",
                condition=models.Q(expires_at=None) | models.Q(expires_at__gt=models.F("created_at")),
            ),
            models.CheckConstraint(name="api_token_name_is_one", condition=is_id("name") & is_visible("name")),
            models.CheckConstraint(
                name="api_token_secret_is_hashed",
                condition=models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"),  # noqa: S106  # a pattern
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.market.code})"

    @staticmethod
    def hash_of(secret: str) -> str:
        return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
