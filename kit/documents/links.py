"""Links of documents: on paper a reader needs the address itself."""

from __future__ import annotations

from ..addresses import portal_url


def spelled_link(path: str) -> dict[str, str]:
    """A link to a path of the portal that shows its whole address, as ``base.typ`` sets it."""
    address = portal_url(path)
    return {"href": address, "text": address}
