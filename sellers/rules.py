"""How long API tokens last."""

from __future__ import annotations

from datetime import timedelta

TOKEN_REMINDER = timedelta(days=14)
"""How long before an API token expires staff are reminded, and how long after."""

TOKEN_LASTS_AT_MOST = timedelta(days=3653)
