"""What staff did for a seller: a note for the next colleague, and a file of people to invite that waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from accounts.models import User
from sellers.models import Seller
from sellers.services import note_on_seller, receive_members

NOTE = "Called about the restriction: knows of the milestone quiz now, and takes it this week. Call back on Friday."
PEOPLE = [("manager", "stock@copperleaf.example"), ("viewer", "accounts@copperleaf.example"), ("owner", "no address")]


def help_seller(seller: Seller, operator: User, *, now: datetime) -> None:
    note_on_seller(seller=seller, text=NOTE, written_by=operator, now=now - timedelta(days=1))
    lines = [f"{seller.external_id},{email},{role}" for role, email in PEOPLE]
    file = ContentFile("\n".join(["seller,email,role", *lines]).encode(), name="copperleaf.csv")
    receive_members(market=seller.market, file=file, uploaded_by=operator, now=now - timedelta(hours=1))
