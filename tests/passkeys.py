"""A passkey as a device of Chromium's own making registered it, for pages that show one."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from accounts.models import User

ID = "ZVpqZS1PPp9HxwJ2qiH69djl12FMcXk3BrNhZpszUNg"
ASKED = (
    "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiSzB5RUVhaXN4SWZCMEhFTVJxRDBjLUd6bnhBREZ3LVdNYmVWVTF1M2FVbyIs"
    "Im9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6NDYxMjMiLCJjcm9zc09yaWdpbiI6ZmFsc2V9"
)
ANSWERED = (
    "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAQECAwQFBgcIAQIDBAUGBwgA"
    "IGVaamUtTz6fR8cCdqoh-vXY5ddhTHF5NwazYWabM1DYpQECAyYgASFYICSvumlZfCTJubbY3sMfLlYAqAH2-bogohloPGKymAyCIlggxk3rhqcL"
    "C66HwmBVA31MkZwhmWhzr5Wt16rcz3obdZA"
)


def passkey_of(user: User, *, name: str = "Phone") -> Authenticator:
    """Give a person a passkey, as if they had made it with their device."""
    response = {"clientDataJSON": ASKED, "attestationObject": ANSWERED, "transports": ["internal"]}
    credential = {"id": ID, "rawId": ID, "type": "public-key", "response": response, "clientExtensionResults": {}}
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": credential})
