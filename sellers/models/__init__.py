"""Markets, sellers, their content, people, and who may act for whom."""

from .brands import LOGO_HEIGHT, LOGO_WIDTH, MAX_LOGO_BYTES, Brand, BrandLogo
from .controls import ControlsProposal
from .markets import Market
from .member_uploads import MemberUpload, MemberUploadLine
from .members import Invitation, InvitationQuerySet, Member, MemberChange
from .notes import SellerNote
from .sellers import Content, Seller, SellerQuerySet
from .staff_markets import StaffMarket
from .tokens import ApiToken
from .viewings import VIEWING_LASTS, SellerViewing, SellerViewingQuerySet

__all__ = [
    "LOGO_HEIGHT",
    "LOGO_WIDTH",
    "MAX_LOGO_BYTES",
    "VIEWING_LASTS",
    "ApiToken",
    "Brand",
    "BrandLogo",
    "Content",
    "ControlsProposal",
    "Invitation",
    "InvitationQuerySet",
    "Market",
    "Member",
    "MemberChange",
    "MemberUpload",
    "MemberUploadLine",
    "Seller",
    "SellerNote",
    "SellerQuerySet",
    "SellerViewing",
    "SellerViewingQuerySet",
    "StaffMarket",
]
