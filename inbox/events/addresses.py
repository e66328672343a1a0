"""Which addresses webhooks may go to. What leads inside is refused: as it is written, and as it is resolved."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")
LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
SITE_LOCAL = ipaddress.ip_network("fec0::/10")


class PrivateAddress(OSError):
    """An address that leads inside, or nowhere."""


class Target(NamedTuple):
    """Where a request goes: the parts of its address."""

    scheme: str
    host: str
    port: int
    path: str


def address_fault(url: str) -> str:
    """What is wrong with an address as it is written, for who typed it; empty if nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _("This is no address. Write it like https://hooks.example.com/health.")
    if any(character.isspace() or not character.isprintable() or ord(character) > 126 for character in url):
        return _("Write the address in plain letters, without spaces; a name in other letters as xn--….")
    if parts.scheme != "https" and not (parts.scheme == "http" and not settings.PRODUCTION):
        return _("It must begin with https://, so that nobody on the way can read or change what is sent.")
    if not parts.hostname or parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return _("Write the name of the host alone, without a user or a password.")
    if parts.fragment:
        return _("Leave out what follows the #: it is never sent.")
    if port == 0 or (settings.PRODUCTION and (port or 443) not in settings.WEBHOOK_PORTS):
        allowed = ", ".join(str(one) for one in settings.WEBHOOK_PORTS)
        return _("Webhooks go to these ports: %(ports)s. Leave the port out for 443.") % {"ports": allowed}
    if (literal := _literal(parts.hostname)) and not may_be_reached(literal):
        return _("This address leads inside a network. Use one that can be reached from everywhere.")
    return ""


def target_of(url: str) -> Target:
    """The parts of an address that has no fault."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), path)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def resolved(target: Target) -> str:
    """The address to connect to: what the name leads to now. Raises ``PrivateAddress`` if any of it leads inside.

    The caller connects to this and asks no name server again, whose next answer may be another one.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    if not addresses or not all(may_be_reached(address) for address in addresses):
        raise PrivateAddress(_("The name leads inside a network."))
    return str(addresses[0])


def may_be_reached(address: Address) -> bool:
    """Whether an address is one of the whole internet, or of a network that ``WEBHOOK_NETWORKS`` allows."""
    if any(address in network for network in _allowed()):
        return True
    return all(_is_outside(one) for one in (address, *_carried(address)))


def _allowed() -> Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return (ipaddress.ip_network(network) for network in settings.WEBHOOK_NETWORKS)


def _is_outside(address: Address) -> bool:
    """``is_global`` leaves out loopback, private, link-local and shared (CGNAT) addresses, and ``0.0.0.0``."""
    if isinstance(address, ipaddress.IPv6Address) and (address in SITE_LOCAL or address in LOCAL_NAT64):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _carried(address: Address) -> list[Address]:
    """The addresses of version 4 that one of version 6 stands for, or leads through."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    carried: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64 or int(address) < 2**32:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in carried if one is not None]
