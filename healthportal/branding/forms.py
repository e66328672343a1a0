"""The form of a brand."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedTexts
from sellers.models import Brand
from sellers.services import BrandDraft, draft_brand


class BrandForm(CheckedTexts, forms.ModelForm[Brand]):
    """Checked by the rule that saving keeps to: ``draft`` is the brand as it would be."""

    draft: BrandDraft | None = None
    picture = forms.FileField(
        label=_lazy("Logo"),
        required=False,
        help_text=_lazy("PNG, JPEG or WebP, up to 1 MB. It is made anew, at most 384 by 96 pixels. Empty: it stays."),
    )
    removes_logo = forms.BooleanField(label=_lazy("Remove the logo"), required=False)

    support_url = forms.URLField(
        label=_lazy("Support page"),
        required=False,
        max_length=300,
        assume_scheme="https",
        help_text=_lazy("Where sellers find help. It stands at the foot of pages and emails."),
    )

    class Meta:
        model = Brand
        fields = ["market", *Brand.TEXTS]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        brand = copy(self.instance)
        if "market" in cleaned:
            brand.market = cleaned["market"]
        try:
            self.draft = draft_brand(brand, **self.said())
        except Refused as refused:
            self.add_error(refused.field if refused.field in self.fields else None, str(refused))
        else:
            cleaned["accent"], cleaned["accent_dark"] = self.draft.brand.accent, self.draft.brand.accent_dark
        return cleaned

    def said(self) -> dict[str, Any]:
        """What the services take."""
        file = self.cleaned_data.get("picture")
        if file is not None:
            file.seek(0)
        return {
            "changes": {name: self.cleaned_data[name] for name in Brand.TEXTS},
            "logo": None if file is None else file.read(),
            "removes_logo": self.cleaned_data["removes_logo"],
        }
