"""An address of each page in whose address a text stands, with a secret in its place; of the admin's a single one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

SECRET = "s3cret-that-opens"
PUBLIC = ("/admin/", "/sitemap-")
"""Names of sections of the sitemap are no secrets."""


NO_SECRET = {"admin", "api", "badges", "brand", "policies", "s", "workshops"}
"""Where a text in an address is the name of something: of a policy, a week, a city, a seller."""


def addresses_with_secrets() -> list[str]:
    """Those that open what is behind them to whoever has them."""
    return [address for address in addresses() if address.split("/")[1] not in NO_SECRET]


def addresses() -> list[str]:
    found = sorted({address for address in _addresses(get_resolver(), "/") if SECRET in address})
    return [address for address in found if not address.startswith(PUBLIC)] + [
        f"/admin/sellers/seller/{SECRET}/change/"
    ]


def _addresses(found: URLResolver, before: str) -> Iterator[str]:
    for pattern in found.url_patterns:
        simple = re.sub(r"^\^|\$$|\\Z$", "", str(pattern.pattern))
        simple = re.sub(r"<int:\w+>", "1", re.sub(r"<(?!int:)\w+:\w+>", SECRET, simple))
        simple = re.sub(r"\(\?P<\w+>[^)]*\)", SECRET, simple)
        if isinstance(pattern, URLPattern):
            yield before + simple
        else:
            yield from _addresses(pattern, before + simple)
