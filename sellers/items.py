"""What files and the API say of who is to act for a seller, in the same words."""

from __future__ import annotations

from typing import Annotated

from kit.api.items import Item
from kit.api.values import Choice, Id, Text, length_of

from .models import Invitation, Member, Seller


class MemberItem(Item):
    seller: Annotated[str, Id(length_of(Seller, "external_id"))]
    email: Annotated[str, Text(length_of(Invitation, "email"))]
    role: Annotated[str, Choice(choices=Member.Role.values)] = Member.Role.OWNER.value
