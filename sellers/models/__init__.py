"""Markets, sellers, their content, people, and who may act for whom."""

from .markets import Market
from .member_uploads import MemberUpload, MemberUploadLine
from .members import Invitation, InvitationQuerySet, Member
from .notes import SellerNote
from .sellers import Content, Seller, SellerQuerySet
from .staff import StaffMarket
from .tokens import ApiToken
from .viewings import VIEWING_LASTS, SellerViewing, SellerViewingQuerySet

__all__ = [
    "VIEWING_LASTS",
    "ApiToken",
    "Content",
    "Invitation",
    "InvitationQuerySet",
    "Market",
    "Member",
    "MemberUpload",
    "MemberUploadLine",
    "Seller",
    "SellerNote",
    "SellerQuerySet",
    "SellerViewing",
    "SellerViewingQuerySet",
    "StaffMarket",
]
