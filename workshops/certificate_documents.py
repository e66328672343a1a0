"""A certificate of attendance on paper."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kit.documents.links import spelled_link
from kit.documents.paper import paper_of
from kit.documents.rendering import pdf
from kit.formatting import day_words
from sellers.brands import paper_brand

from .models import Certificate


def certificate_pdf(certificate: Certificate) -> bytes:
    """The certificate as a tagged PDF. The same certificate gives the same bytes in a language."""
    return pdf("certificate.typ", _certificate(certificate), created_at=certificate.issued_at)


def _certificate(certificate: Certificate) -> dict[str, Any]:
    workshop = certificate.signup.workshop
    return {
        "lang": get_language() or "en",
        "letters": workshop.language,
        "paper": paper_of(workshop.market.code),
        "title": _("Certificate of attendance: %(title)s") % {"title": certificate.title},
        "brand": paper_brand(workshop.market),
        "words": _words(),
        "name": certificate.name,
        "workshop": certificate.title,
        "when": f"{workshop.when} ({workshop.time_zone})",
        "where": certificate.place,
        "issued": day_words(certificate.issued_at, zone=workshop.zone),
        "code": certificate.spelled_code,
        "page": spelled_link(certificate.get_absolute_url()),
    }


def _words() -> dict[str, str]:
    """What stands around the facts."""
    return {
        "portal": _("Account health"),
        "heading": _("Certificate of attendance"),
        "was": _("took part in the workshop"),
        "when": _("When"),
        "where": _("Where"),
        "issued": _("Issued"),
        "code": _("Code"),
        "verify": _("Whoever is shown this can verify it with the code at"),
        "page": _("Page %(number)s of %(count)s"),
    }
