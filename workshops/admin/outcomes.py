"""The staff page of what became of sellers after workshops."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.backoffice.scopes import in_scope, scope_of
from kit.documents.csv_files import csv_download
from sellers.models import Market

from ..outcome_wording import group_name
from ..outcomes import BREACHES_COUNTED_FOR, OutcomeGroup, TopicOutcome, outcomes

FIELDS = ("topic", "became", "had_points", "sellers", "breached", "share", "low", "high")


class OutcomesMixin(admin.ModelAdmin[Any]):
    """Adds the page beside the list of workshops."""

    change_list_template = "admin/workshops/workshop/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        pages = [("outcomes", self.outcomes_page), ("outcomes.csv", self.outcomes_file)]
        return [
            *(
                path(address, self.admin_site.admin_view(page), name=f"workshops_workshop_{address.replace('.', '_')}")
                for address, page in pages
            ),
            *super().get_urls(),
        ]

    def outcomes_page(self, request: HttpRequest) -> HttpResponse:
        """Who breached a topic within 90 days: of who was there, who got no place, and who did not sign up."""
        context = {
            "title": _("What became of attendees"),
            "opts": self.opts,
            "days": BREACHES_COUNTED_FOR.days,
            "topics": [(one.name, [_line(group) for group in one.groups]) for one in self._outcomes(request)],
            "file": reverse("admin:workshops_workshop_outcomes_csv"),
        }
        return TemplateResponse(request, "admin/workshops/workshop/outcomes.html", context)

    def outcomes_file(self, request: HttpRequest) -> HttpResponseBase:
        """The same as a CSV file."""
        rows = [_row(topic, group) for topic in self._outcomes(request) for group in topic.groups]
        return csv_download(FIELDS, rows, name="workshop-outcomes.csv")

    def _outcomes(self, request: HttpRequest) -> list[TopicOutcome]:
        """Of the markets whose workshops this person of staff may see."""
        if not request.user.has_perm("workshops.view_signup"):
            raise PermissionDenied
        markets = in_scope(Market.objects.all(), scope_of(request)).values_list("pk", flat=True)
        return outcomes(market_ids=markets, as_of=timezone.now())


def _line(group: OutcomeGroup) -> dict[str, Any]:
    """Shares in percent."""
    low, high = group.interval
    percent = {"share": group.share * 100, "low": low * 100, "high": high * 100}
    return {"name": group_name(group), "sellers": group.sellers, "breached": group.breached, **percent}


def _row(topic: TopicOutcome, group: OutcomeGroup) -> list[str]:
    shares = [f"{share:.4f}" for share in (group.share, *group.interval)]
    had_points = "yes" if group.had_points else "no"
    return [topic.name, group.became.value, had_points, str(group.sellers), str(group.breached), *shares]
