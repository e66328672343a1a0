"""Settings that cannot be right are refused when a process starts, in a sentence: not at the first email or webhook."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import ip_network

from django.core.exceptions import ImproperlyConfigured


def refuse_no_networks(networks: Sequence[str]) -> None:
    """Raises ``ImproperlyConfigured`` for what is no network."""
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            said = f"WEBHOOK_NETWORKS has {network!r}, which is no network ({error}). Write it like 10.20.0.0/16."
            raise ImproperlyConfigured(said) from None


def refuse_missing(package: str, *, setting: str, page: str) -> None:
    """Raises ``ImproperlyConfigured`` if what a setting names takes a package that is not installed."""
    if find_spec(package) is None:
        raise ImproperlyConfigured(
            f"{setting} is set, and {package} is not installed. Install it ({page}), or unset it."
        )


def refuse_no_folder(path: str, *, setting: str) -> None:
    """Raises ``ImproperlyConfigured`` for a path at which there is no folder that this process may write."""
    if path and not (os.path.isdir(path) and os.access(path, os.W_OK)):
        said = f"{setting} is {path!r}, which is no folder that this process may write. Make it, or unset {setting}."
        raise ImproperlyConfigured(said)
