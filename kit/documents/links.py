"""Links of documents: on paper a reader needs the address itself."""

from __future__ import annotations

from ..addresses import portal_url


def spelled_link(path: str) -> dict[str, str]:
    """A link to a path of the portal, which a template spells out: as it is, so that it can be copied."""
    return {"href": portal_url(path)}
