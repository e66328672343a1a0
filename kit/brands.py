"""How the portal looks to somebody, as templates need it: the portal's own look, unless a brand is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from .addresses import portal_url


@dataclass(frozen=True)
class EmailColours:
    """What an email is coloured with: as the portal's own are, if nothing else is said."""

    link: str = "#0d5763"
    button: str = "#0d5763"
    button_line: str = "#5f9ea8"
    bar: str = "#86a9ae"
    dark_link: str = "#86cdd8"
    dark_button: str = "#14707f"
    dark_on_button: str = "#fdfdfc"
    dark_bar: str = "#47666b"


@dataclass(frozen=True)
class ShownLogo:
    """A logo as a page shows it; in an email its address is a full one."""

    address: str
    width: int
    height: int

    @property
    def full_address(self) -> str:
        return portal_url(self.address) if self.address.startswith("/") else self.address


@dataclass(frozen=True)
class ShownBrand:
    """What templates need of a brand. ``style`` is the address of its style sheet; what is empty is the portal's."""

    name: str
    is_own: bool = False
    logo: ShownLogo | None = None
    style: str = ""
    support: str = ""
    footer: str = ""
    email: EmailColours = field(default_factory=EmailColours)
