"""The key with which a checkout signs badges of attendance."""

from __future__ import annotations

from pathlib import Path

from joserfc.jwk import RSAKey


def badge_key(path: Path) -> str:
    """The checkout's own private key in one line, made at the first start, so that badges stay good."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    return path.read_text().strip().replace("\n", "\\n")
