"""Markets, sellers, their content, people, and who may act for whom."""

from .markets import Market
from .members import Invitation, InvitationQuerySet, Member
from .sellers import Content, Seller, SellerQuerySet
from .staff import StaffMarket
from .tokens import ApiToken

__all__ = [
    "ApiToken",
    "Content",
    "Invitation",
    "InvitationQuerySet",
    "Market",
    "Member",
    "Seller",
    "SellerQuerySet",
    "StaffMarket",
]
