from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sellers.models import Seller
from workshops import wording
from workshops.models import Signup


def test_who_is_already_here_is_said_with_and_without_who_noted_it() -> None:
    signup, arrived_at = Signup(seller=Seller(name="Shop")), datetime(2026, 11, 29, 0, 5, tzinfo=UTC)
    said = wording.already_here(signup, arrived_at, zone=ZoneInfo("America/Chicago"))
    assert said == "Shop is already here since 18:05. This code was used before."
