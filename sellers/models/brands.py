"""How the portal looks to the sellers of a market."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.colours import COLOUR
from kit.texts.email_addresses import validate_address
from kit.texts.validators import is_visible, validate_line, validate_text

from .markets import Market

LOGO_WIDTH, LOGO_HEIGHT = 384, 96
"""What a logo is made to fit in, in pixels: three for each that it takes on a page."""

MAX_LOGO_BYTES = 200_000

is_colour = RegexValidator(COLOUR, _lazy("Write it as # and six digits from 0 to f, such as #0d5763."))


class BrandLogo(models.Model):
    """A logo, made anew from what was sent, as a PNG. It never changes and is never removed: emails that left show it.

    ``digest`` is the beginning of the SHA-256 of its content, and its address.
    """

    digest = models.CharField(primary_key=True, max_length=32)
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="brand_logo_is_small",
                condition=LessThanOrEqual(Length("content"), MAX_LOGO_BYTES),
            )
        ]

    def __str__(self) -> str:
        return _("Logo %(digest)s") % {"digest": self.digest[:8]}


class Brand(models.Model):
    """The name, the logo, the colours and the sender that the sellers of a market see. What is empty is the portal's.

    It changes how things look and nothing that was said: a published report keeps what its run kept.
    """

    TEXTS = ("name", "accent", "accent_dark", "support_url", "sender_name", "reply_to", "footer")
    """What staff write of it, beside the logo."""

    scope_path = "market"

    market = models.OneToOneField(Market, on_delete=models.CASCADE, related_name="brand")
    name = models.CharField(
        max_length=40,
        blank=True,
        validators=[validate_text, validate_line],
        help_text=_lazy("What the portal is called, beside the logo. Empty: Account health."),
    )
    logo = models.ForeignKey(BrandLogo, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    logo_width = models.PositiveSmallIntegerField(default=0, editable=False)
    logo_height = models.PositiveSmallIntegerField(default=0, editable=False)
    accent = models.CharField(
        max_length=7,
        blank=True,
        validators=[is_colour],
        verbose_name=_lazy("colour"),
        help_text=_lazy("Of links, buttons and charts on light pages, such as #0d5763. Empty: the portal's own."),
    )
    accent_dark = models.CharField(
        max_length=7,
        blank=True,
        validators=[is_colour],
        verbose_name=_lazy("colour in the dark"),
        help_text=_lazy("The same on dark pages. Empty: the nearest shade of the colour that can be read there."),
    )
    support_url = models.URLField(
        max_length=300, blank=True, verbose_name=_lazy("support page"), help_text=_lazy("Where sellers find help.")
    )
    sender_name = models.CharField(
        max_length=60,
        blank=True,
        validators=[validate_text, validate_line],
        help_text=_lazy("From whom emails say that they are. The address itself stays the portal's. Empty: the name."),
    )
    reply_to = models.EmailField(
        max_length=254,
        blank=True,
        validators=[validate_address],
        verbose_name=_lazy("reply address"),
        help_text=_lazy("Where an answer to an email goes. Empty: to the portal's own address."),
    )
    footer = models.CharField(
        max_length=200,
        blank=True,
        validators=[validate_text, validate_line],
        help_text=_lazy("A line at the foot of pages, emails and documents, such as who runs the marketplace."),
    )

    class Meta:
        ordering = ["market__code"]
        constraints = [
            models.CheckConstraint(
                name="brand_colours_are_two",
                condition=Q(accent="", accent_dark="") | Q(accent__regex=COLOUR, accent_dark__regex=COLOUR),
            ),
            models.CheckConstraint(
                name="brand_logo_has_its_size",
                condition=Q(logo=None, logo_width=0, logo_height=0)
                | Q(
                    logo__isnull=False, logo_width__gte=1, logo_height__gte=1, logo_width__lte=LOGO_WIDTH,
                    logo_height__lte=LOGO_HEIGHT,
                ),
            ),
            models.CheckConstraint(name="brand_name_can_be_seen", condition=Q(name="") | is_visible("name")),
            models.CheckConstraint(
                name="brand_sender_can_be_seen", condition=Q(sender_name="") | is_visible("sender_name")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return _("Brand of %(market)s") % {"market": self.market}
