"""Texts that staff keep for what they write to sellers again and again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from kit.scopes import EVERYWHERE
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible, validate_language
from policies.models import Policy


class Macro(models.Model):
    """A text that a reviewer can put into a request or a reason, and change there before it is sent."""

    class Kind(models.TextChoices):
        ASK = "ask", _lazy("Asking for what is missing")
        GRANT = "grant", _lazy("Granting an appeal")
        GRANT_PARTLY = "grant_partly", _lazy("Granting an appeal in part")
        DENY = "deny", _lazy("Denying an appeal")

    kind = models.CharField(max_length=12, choices=Kind, verbose_name=_lazy("for"))
    policy = models.ForeignKey(
        Policy,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_lazy("Empty: every policy."),
    )
    language = models.CharField(
        max_length=12,
        blank=True,
        validators=[validate_language],
        help_text=_lazy("Of the market, such as en or th. Empty: markets of every language."),
    )
    name = models.CharField(max_length=80, help_text=_lazy("What reviewers choose it by."))
    text = models.TextField(max_length=REASON, help_text=_lazy("For asking, a thing a line."))

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [
            models.CheckConstraint(
                name="macro_kind_known", condition=models.Q(kind__in=["ask", "grant", "grant_partly", "deny"])
            ),
            models.CheckConstraint(name="macro_name_can_be_seen", condition=is_visible("name")),
            models.CheckConstraint(name="macro_text_can_be_seen", condition=is_visible("text")),
            no_longer("text", REASON, name="macro_text_fits"),
        ]

    def __str__(self) -> str:
        return self.name
