"""Days, lists and deadlines in another language, by its formats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import translation

from kit.formatting import day_words, moment_words, period_words


@pytest.fixture(autouse=True)
def german(settings: Any) -> Iterator[None]:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    with translation.override("de"):
        yield


def test_days_are_written_in_the_formats_of_the_language() -> None:
    assert day_words(date(2026, 12, 1)) == "1. Dezember 2026"
    assert moment_words(datetime(2026, 12, 1, 9, 5, tzinfo=UTC), zone=UTC) == "1. Dezember 2026, 09:05 UTC"


def test_weekdays_are_those_of_the_language() -> None:
    starts_at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert period_words(starts_at, starts_at.replace(hour=11), zone=UTC) == "Di 1. Dezember 2026, 09:00–11:00 UTC"
