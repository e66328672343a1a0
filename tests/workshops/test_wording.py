from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sellers.models import Seller
from workshops import door_wording
from workshops.models import Signup


def test_who_is_already_here_is_said_with_and_without_who_noted_it() -> None:
    signup = Signup(seller=Seller(name="Shop"), checked_in_at=datetime(2026, 11, 29, 0, 5, tzinfo=UTC))
    said = door_wording.already_here(signup, zone=ZoneInfo("America/Chicago"))
    assert said == "Shop is already here since 18:05. This code was used before."


def test_who_comes_is_said_with_the_seller() -> None:
    seller = Seller(name="Shop")
    assert door_wording.who(Signup(seller=seller)) == "Shop"
    assert door_wording.who(Signup(seller=seller, attendee="Shop")) == "Shop"
    assert door_wording.who(Signup(seller=seller, attendee="Mei Lin")) == "Mei Lin (Shop)"
