"""Certificates as Open Badges 3.0: credentials that other sites verify without asking anybody who was there.

A badge is a JSON Web Token signed with RS256, as section 8.2 of the standard has it: its payload is the credential, and
its ``kid`` is the address at which the portal serves the public key. Issuer, keys and withdrawn badges have addresses
too.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.urls import reverse
from joserfc import jwt
from joserfc.jwk import RSAKey

from kit.addresses import portal_url

from .models import Certificate, Workshop

CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
]
ALGORITHM = "RS256"


def signed(certificate: Certificate) -> str:
    """The badge of a certificate, signed."""
    key = _signing_key()
    claims = credential(certificate)
    return jwt.encode({"alg": ALGORITHM, "kid": _key_url(key), "typ": "JWT"}, claims, key, algorithms=[ALGORITHM])


def credential(certificate: Certificate) -> dict[str, Any]:
    """What a badge says, with the claims that repeat it for who reads tokens."""
    address, subject = portal_url(certificate.get_absolute_url()), _subject(certificate)
    return {
        "@context": CONTEXTS,
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": certificate.title,
        "issuer": {key: value for key, value in profile().items() if key != "@context"},
        "validFrom": _moment(certificate.issued_at),
        "credentialSubject": subject,
        "credentialStatus": {"id": _url("badge_revocations"), "type": "1EdTechRevocationList"},
        "iss": _url("badge_issuer"),
        "jti": address,
        "sub": subject["id"],
        "nbf": int(certificate.issued_at.timestamp()),
    }


def _subject(certificate: Certificate) -> dict[str, Any]:
    """Who was where. The address of who signed up is there as a hash: who knows it can tell that it is theirs."""
    workshop, code = certificate.signup.workshop, certificate.code
    email = hashed(certificate.signup.user.email, salt=code)
    return {
        "id": uuid5(NAMESPACE_URL, portal_url(certificate.get_absolute_url())).urn,
        "type": ["AchievementSubject"],
        "identifier": [
            _identity("name", certificate.name, is_hashed=False),
            _identity("emailAddress", email, is_hashed=True) | {"salt": code},
        ],
        "activityStartDate": _moment(workshop.starts_at),
        "activityEndDate": _moment(workshop.ends_at),
        "achievement": _achievement(certificate, workshop),
    }


def _identity(kind: str, value: str, *, is_hashed: bool) -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": is_hashed, "identityHash": value, "identityType": kind}


def _achievement(certificate: Certificate, workshop: Workshop) -> dict[str, Any]:
    return {
        "id": portal_url(reverse("workshops:detail", args=[workshop.pk])),
        "type": ["Achievement"],
        "name": certificate.title,
        "description": workshop.summary,
        "criteria": {"narrative": "Was checked in at the workshop, which has ended."},
        "inLanguage": workshop.language,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hashed(email: str, *, salt: str) -> str:
    """The address of a person as a badge has it."""
    return f"sha256${hashlib.sha256(f'{email.lower()}{salt}'.encode()).hexdigest()}"


def profile() -> dict[str, Any]:
    """Who issues badges."""
    return {
        "@context": CONTEXTS,
        "id": _url("badge_issuer"),
        "type": ["Profile"],
        "name": settings.BADGE_ISSUER,
        "url": settings.BASE_URL,
    }


def public_keys() -> dict[str, dict[str, Any]]:
    """The public keys by their thumbprints: the one that signs, and those that signed before."""
    keys = [_signing_key(), *(RSAKey.import_key(before) for before in settings.BADGE_KEYS_BEFORE)]
    return {key.thumbprint(): _public(key) for key in keys}


def revocations(*, known_until: datetime) -> dict[str, Any]:
    """The badges that hold no longer: of who turned out not to have been there."""
    withdrawn = Certificate.objects.filter(signup__checked_in_at=None, issued_at__lte=known_until).order_by("pk")
    return {
        "id": _url("badge_revocations"),
        "issuer": _url("badge_issuer"),
        "revokedCredentials": [
            {
                "id": portal_url(certificate.get_absolute_url()),
                "revoked": True,
                "revocationReason": "The check-in was taken back.",
            }
            for certificate in withdrawn
        ],
    }


def _signing_key() -> RSAKey:
    return RSAKey.import_key(settings.BADGE_KEY)


def _public(key: Any) -> dict[str, Any]:
    shown = {"kid": _key_url(key), "alg": ALGORITHM, "use": "sig"}
    return {**key.as_dict(private=False), **shown}


def _key_url(key: Any) -> str:
    return portal_url(reverse("workshops:badge_key", kwargs={"thumbprint": key.thumbprint()}))


def _url(name: str) -> str:
    return portal_url(reverse(f"workshops:{name}"))
