"""Every write of the sellers app, by subject."""

from kit.database.clocks import ClockAhead, check_clock

from .branding import BrandDraft, draft_brand, set_brand
from .controls import decide_controls, propose_controls
from .guards import (
    BeyondScope,
    NotYours,
    own_sellers,
    refuse_beyond_scope,
    refuse_for_all_markets,
    refuse_own_seller,
    refuse_to_decide,
    refuse_without_right,
)
from .invitations import (
    accept_invitation,
    invite_member,
    prepare_person,
    resend_invitation,
    withdraw_invitation,
)
from .markets import CONTROLS, RULES, change_market, raised_controls, refuse_invalid
from .member_emails import tell_of_added, tell_of_removed, tell_of_role
from .member_provisioning import MemberDraft, member_draft, preview_members, put_members
from .member_uploads import confirm_members, discard_members, receive_members, send_next_upload
from .members import add_member, change_role, note_visit, remove_member
from .notes import note_on_seller
from .provisioning import (
    ContentDraft,
    ContentKey,
    KnownContent,
    SellerDraft,
    find_content,
    keep_content,
    known_content,
    put_content,
    put_sellers,
    unknown_seller,
)
from .recording import (
    close_books,
    keep_books_open,
    lock_books,
    lock_seller,
    lock_seller_ids,
    lock_seller_to_record,
    lock_sellers,
    lock_sellers_by_id,
    recording_time,
)
from .staff_markets import limit_staff
from .tokens import create_api_token, record_token_use, revoke_api_token
from .viewings import begin_viewing, end_viewing, end_viewings_over

__all__ = [
    "CONTROLS",
    "RULES",
    "BeyondScope",
    "BrandDraft",
    "ClockAhead",
    "ContentDraft",
    "ContentKey",
    "KnownContent",
    "MemberDraft",
    "NotYours",
    "SellerDraft",
    "accept_invitation",
    "add_member",
    "begin_viewing",
    "change_market",
    "change_role",
    "check_clock",
    "close_books",
    "confirm_members",
    "create_api_token",
    "decide_controls",
    "discard_members",
    "draft_brand",
    "end_viewing",
    "end_viewings_over",
    "find_content",
    "invite_member",
    "keep_books_open",
    "keep_content",
    "known_content",
    "limit_staff",
    "lock_books",
    "lock_seller",
    "lock_seller_ids",
    "lock_seller_to_record",
    "lock_sellers",
    "lock_sellers_by_id",
    "member_draft",
    "note_on_seller",
    "note_visit",
    "own_sellers",
    "prepare_person",
    "preview_members",
    "propose_controls",
    "put_content",
    "put_members",
    "put_sellers",
    "raised_controls",
    "receive_members",
    "record_token_use",
    "recording_time",
    "refuse_beyond_scope",
    "refuse_for_all_markets",
    "refuse_invalid",
    "refuse_own_seller",
    "refuse_to_decide",
    "refuse_without_right",
    "remove_member",
    "resend_invitation",
    "revoke_api_token",
    "send_next_upload",
    "set_brand",
    "tell_of_added",
    "tell_of_removed",
    "tell_of_role",
    "unknown_seller",
    "withdraw_invitation",
]
