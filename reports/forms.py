"""What staff ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.backoffice.choosers import RecordField
from kit.pages.checked_forms import CheckedForm
from sellers.models import Market, Seller

from .wording import runs as wording


class PreviewForm(CheckedForm):
    """Finds a seller by the marketplace's own id; ``cleaned_data`` has the ``seller``."""

    market = RecordField(Market.objects.order_by("code"), empty_label=None, label=_("Market"))
    external_id = forms.CharField(
        label=_("The seller's id"), max_length=64, help_text=_("The marketplace's own, as in the list of sellers.")
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "market" in data and "external_id" in data:
            data["seller"] = Seller.objects.filter(market=data["market"], external_id=data["external_id"]).first()
            if data["seller"] is None:
                self.add_error("external_id", wording.no_such_seller(data["market"]))
        return data
