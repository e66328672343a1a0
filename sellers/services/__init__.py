"""Every write of the sellers app, by subject."""

from .alone import alone
from .clocks import ClockAhead, check_clock
from .hands import own_sellers, refuse_own_seller
from .inserting import insert_rows
from .markets import RULES, change_market, refuse_unfit
from .members import add_member, choose_language, remove_member
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
    Outcome,
    Refused,
    Result,
    close_books,
    keep_books_open,
    lock_books,
    lock_seller,
    lock_seller_ids,
    lock_seller_to_record,
    lock_sellers,
    next_ids,
    recording_time,
)
from .tokens import create_api_token, note_token_used, revoke_api_token
from .trail import Actor, note_action, note_actions

__all__ = [
    "RULES",
    "Actor",
    "ClockAhead",
    "ContentDraft",
    "ContentKey",
    "KnownContent",
    "Outcome",
    "Refused",
    "Result",
    "SellerDraft",
    "add_member",
    "alone",
    "change_market",
    "check_clock",
    "choose_language",
    "close_books",
    "create_api_token",
    "find_content",
    "insert_rows",
    "keep_books_open",
    "keep_content",
    "known_content",
    "lock_books",
    "lock_seller",
    "lock_seller_ids",
    "lock_seller_to_record",
    "lock_sellers",
    "next_ids",
    "note_action",
    "note_actions",
    "note_token_used",
    "own_sellers",
    "put_content",
    "put_sellers",
    "recording_time",
    "refuse_own_seller",
    "refuse_unfit",
    "remove_member",
    "revoke_api_token",
    "unknown_seller",
]
