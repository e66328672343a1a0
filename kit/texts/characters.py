"""Which characters a text may hold: what nobody sees tells no two ids apart, and says nothing to anybody.

The patterns are written so that Python and Postgres read them alike: the readers of files and calls, forms, and the
constraints of the database keep to the same rules.
"""

from __future__ import annotations

import re
import unicodedata

_LINES = r"\t\n\u000b\u000c\r\u0085\u2028\u2029"
_CONTROLS = r"\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f"
_SPACES = r"\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
# Zero width, joiners, bidirectional controls, byte order marks, tags, variation selectors; and letters that are blank.
_HIDDEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_NONCHARACTERS = r"\ufdd0-\ufdef\ufffe\uffff" + "".join(
    rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17)
)

FORBIDDEN_IN_IDS = rf"[{_LINES}{_CONTROLS}{_SPACES}{_HIDDEN}{_NONCHARACTERS}]"
"""What no id, code or name of a token holds: it would look like another one, and be one of its own."""

VISIBLE = rf"[^ {_LINES}{_CONTROLS}{_SPACES}{_HIDDEN}{_NONCHARACTERS}]"
"""What a text that is needed has at least one of."""

BLANK = VISIBLE.replace("[^", "[", 1)
"""What nobody sees of a text."""

# Postgres keeps neither NUL nor half a surrogate pair, and no page has a use for the other control characters. A byte
# that is not UTF-8 was decoded as such a half (surrogateescape), so that the column it stands in can be named.
UNUSABLE = re.compile(rf"[\x00{_CONTROLS}{_NONCHARACTERS}\ud800-\udfff]")
_UNUSABLE_ASCII = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""The same of a text of ASCII, as most are: found fifteen times faster."""
LINE_BREAK = re.compile(rf"[{_LINES}]")
_FORBIDDEN_IN_IDS = re.compile(FORBIDDEN_IN_IDS)
_VISIBLE = re.compile(VISIBLE)

TURNING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def isolated(text: str) -> str:
    """A name or a title that leaves the order of the words around it alone.

    It is for where there is no markup: a subject.

    What turns the direction of text by itself is left out. Marks of Unicode (FSI, PDI), which nobody sees, enclose a
    text with letters that run from right to left.
    """
    text = TURNING.sub("", text)
    is_turning = any(unicodedata.bidirectional(one) in {"R", "AL", "AN"} for one in text)
    return f"\u2068{text}\u2069" if is_turning else text


def has_visible(text: str) -> bool:
    """Whether a person who reads the text sees anything."""
    return _VISIBLE.search(text) is not None


def visible_at_least(count: int) -> str:
    """The pattern of texts with so many characters that can be seen."""
    return VISIBLE if count == 1 else rf"({VISIBLE}{BLANK}*){{{count}}}"


def usable(text: str) -> str:
    """A text from elsewhere as it can be kept and shown: what no text can hold becomes U+FFFD."""
    return UNUSABLE.sub("\ufffd", text)


def composed(text: str) -> str:
    """A text as Unicode composes it (NFC): an id that was written in two ways is one id."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def find_unusable(text: str) -> re.Match[str] | None:
    """The first character that no text can hold."""
    return (_UNUSABLE_ASCII if text.isascii() else UNUSABLE).search(text)


def find_forbidden_in_id(text: str) -> re.Match[str] | None:
    """The first character that no id can hold, as nobody sees it."""
    return _FORBIDDEN_IN_IDS.search(text)


def first_unassigned(text: str) -> str:
    """A character of a newer Unicode than Python's. Postgres may know it, and then compose it with what follows."""
    return "" if text.isascii() else next((one for one in text if unicodedata.category(one) == "Cn"), "")
