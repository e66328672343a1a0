"""Staff pages of brands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from kit.backoffice.record_context import RecordContextMixin
from kit.documents.downloads import download
from sellers import brand_wording, palettes
from sellers.brands import brand_of, shown_brand
from sellers.models import Brand, Market
from sellers.services import set_brand

from . import samples
from .forms import BrandForm

EMAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; frame-ancestors 'none'"
"""An email has its styles in itself. It has no scripts, and may not have any."""


@admin.register(Brand)
class BrandAdmin(RecordContextMixin, AuditedAdmin):
    """How the portal looks to the sellers of a market. Deleting a brand leads back to the portal's own look."""

    form = BrandForm
    change_form_template = "admin/sellers/brand/change_form.html"
    list_display = ["market", "name", "swatches", "sender_name", "reply_to"]
    list_select_related = ["market"]
    search_fields = ["market__name", "market__code", "name"]
    ordering = ["market__code"]

    def get_fieldsets(self, request: HttpRequest, obj: Brand | None = None) -> Any:
        colours = ["accent", "accent_dark"]
        return [
            (None, {"fields": ["market", "name"]}),
            (_("Logo"), {"fields": ["logo_now", "picture", "removes_logo"] if obj else ["picture"]}),
            (_("Colours"), {"fields": [*colours, "how_it_reads"] if obj else colours}),
            (_("Emails"), {"fields": ["sender_name", "reply_to"]}),
            (_("Foot"), {"fields": ["support_url", "footer"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Brand | None = None) -> Any:
        return ["market", "logo_now", "how_it_reads"] if obj else []

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        market = Market.objects.get(pk=obj.market_id)
        saved = set_brand(market=market, set_by=person(request), now=timezone.now(), **form.said())
        obj.pk = saved.pk
        obj.refresh_from_db()

    @admin.display(description=_lazy("Colours"))
    def swatches(self, brand: Brand) -> SafeString | str:
        if not brand.accent:
            return _("the portal's own")
        return format_html("{} {}", _swatch(brand.accent), _swatch(brand.accent_dark))

    @admin.display(description=_lazy("How it reads"))
    def how_it_reads(self, brand: Brand) -> SafeString | str:
        if not brand.accent:
            return _("These are the portal's own colours.")
        light = brand_wording.is_light_as_named(palettes.light_contrast(brand.accent))
        dark = brand_wording.is_dark_as_named(palettes.dark_contrast(brand.accent_dark))
        return format_html("{} {}, {} {}", _swatch(brand.accent), light, _swatch(brand.accent_dark), dark)

    @admin.display(description=_lazy("Logo now"))
    def logo_now(self, brand: Brand) -> SafeString | str:
        logo = shown_brand(brand).logo
        if logo is None:
            return _("The portal's own mark.")
        return format_html(
            '<img class="brand-logo" src="{}" width="{}" height="{}" alt="">', logo.address, logo.width, logo.height
        )

    # --- Previews

    def get_urls(self) -> list[URLPattern]:
        view, paths = self.admin_site.admin_view(self.preview), []
        for what in PREVIEWS:
            name, said = f"sellers_brand_preview_{what}", {"what": what}
            paths.append(path(f"preview/{what}/", view, said, name=f"{name}_new"))
            paths.append(path(f"<path:object_id>/preview/{what}/", view, said, name=name))
        return [*paths, *super().get_urls()]

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            return context
        labels = {"page": _("Preview a page"), "email": _("Preview an email"), "document": _("Preview a document")}
        return context | {"previews": [(_preview_url(obj, what), label) for what, label in labels.items()]}

    def preview(self, request: HttpRequest, what: str, object_id: str | None = None) -> HttpResponseBase:
        """What is in the form, as sellers would see it. Nothing is saved."""
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        allowed = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if request.method != "POST" or not allowed or (object_id and obj is None):
            raise PermissionDenied
        form = self.get_form(request, obj, change=obj is not None)(request.POST, request.FILES, instance=obj)
        if not form.is_valid():
            context = {"valid": False, "form": form}
            return TemplateResponse(request, "admin/portal/preview.html", context, status=422)
        return PREVIEWS[what](request, samples.market_in(cast(BrandForm, form).draft.brand))  # type: ignore[union-attr]  # of a valid form


def _preview_url(brand: Brand | None, what: str) -> str:
    if brand is None:
        return reverse(f"admin:sellers_brand_preview_{what}_new")
    return reverse(f"admin:sellers_brand_preview_{what}", args=[brand.pk])


def _page(request: HttpRequest, market: Market) -> HttpResponse:
    context = {"brand": brand_of(market), "user": AnonymousUser(), "market": market}
    return render(request, "healthportal/brand_preview.html", context)


def _email(request: HttpRequest, market: Market) -> HttpResponse:
    return HttpResponse(samples.sample_email(market), headers={"Content-Security-Policy": EMAIL_POLICY})


def _document(request: HttpRequest, market: Market) -> HttpResponseBase:
    name = f"brand-{market.code.lower()}.pdf"
    return download(samples.sample_document(market), name=name, content_type="application/pdf")


PREVIEWS: dict[str, Callable[[HttpRequest, Market], HttpResponseBase]] = {
    "page": _page,
    "email": _email,
    "document": _document,
}


def _swatch(colour: str) -> SafeString:
    """The colour as a square and in digits; an inline style is forbidden."""
    return format_html(
        '<svg class="swatch" width="16" height="16" aria-hidden="true" focusable="false">'
        '<rect width="16" height="16" rx="3" fill="{}"/></svg> <code>{}</code>',
        colour,
        colour,
    )
