"""Secrets of webhooks, encrypted by a key that is derived from ``SECRET_KEY``: the database alone tells none."""

from __future__ import annotations

import base64
import secrets

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"healthportal: secrets of webhooks"


def new_secret() -> str:
    """As Standard Webhooks writes one: ``whsec_`` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def encrypt(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode()


def decrypt(encrypted: str) -> str:
    """The secret; also one that was encrypted under one of ``SECRET_KEY_FALLBACKS``."""
    return _keys().decrypt(encrypted.encode()).decode()


def reencrypt(encrypted: str) -> str:
    """The same secret under the present key."""
    return _keys().rotate(encrypted.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
