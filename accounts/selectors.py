"""Reads of the accounts app."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from .models import AccountEmail


def account_emails_given_up(*, since: datetime) -> QuerySet[AccountEmail]:
    """Emails about people's own accounts that were given up after that moment."""
    return AccountEmail.objects.filter(given_up_at__gte=since)
