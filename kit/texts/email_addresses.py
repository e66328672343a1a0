"""Which email addresses can be written to: those that every mail server reads as the same one."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from .characters import FORBIDDEN_IN_IDS

HIDDEN = re.compile(FORBIDDEN_IN_IDS)
DEVIATING = "ßς"
"""Letters that IDNA 2003 and IDNA 2008 write in two ways: the email would go to another domain (UTS 46, section 7)."""
MAX_LOCAL = 64
"""Before the @ (RFC 5321, section 4.5.3.1); mail servers refuse more."""
LETTERS = {"L", "M", "N"}


def address_fault(address: str) -> str:
    """Why no email can be sent to an address in small letters, empty if one can."""
    local, _at, domain = address.rpartition("@")
    if HIDDEN.search(address):
        return _("It holds a character that nobody sees, or a space.")
    if not local.isascii():
        return _("Only plain letters, digits and signs (ASCII) can stand before the @.")
    if len(local) > MAX_LOCAL:
        return _("The part before the @ is longer than 64 characters.")
    if fault := _domain_fault(domain):
        return fault
    try:
        validate_email(f"{local}@{_encoded(domain)}")
    except ValidationError:
        return _("It is no email address; write it like name@example.com.")
    return ""


def validate_address(address: str) -> None:
    """Refuse an address, in small letters or not, that no email can be sent to."""
    if fault := address_fault(address.strip().lower()):
        raise ValidationError(fault)


def _domain_fault(domain: str) -> str:
    if domain.startswith("["):  # within the marketplace's own network it might even be answered
        return _("Write the name of a domain after the @, not the number of a server.")
    if domain.isascii():
        return "" if _encoded(domain) else _("A part of its domain is empty or longer than 63 characters.")
    if any(letter in DEVIATING for letter in domain):
        return _("Mail servers read ß and ς in two ways; write the domain in its form that begins with xn--.")
    foreign = [one for one in domain if one not in "-." and unicodedata.category(one)[0] not in LETTERS]
    if foreign or unicodedata.normalize("NFKC", domain) != domain:
        return _("Its domain holds a character that no domain has.")
    return "" if _encoded(domain) else _("A part of its domain is empty or, written out, longer than 63 characters.")


def _encoded(domain: str) -> str:
    """The domain in ASCII; empty if it has none. Of the letters that pass here both standards make the same."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""
