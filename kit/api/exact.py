"""Answers in JSON that lose nothing of a moment."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.serializers.json import DjangoJSONEncoder


class ExactEncoder(DjangoJSONEncoder):
    """Moments to the microsecond: one that was cut off would lie before the change that it names."""

    def default(self, o: object) -> object:
        if isinstance(o, datetime):
            return o.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return super().default(o)
