"""The start page and a seller's dashboard."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_safe

from accounts.access import person
from kit.own_time import own_time
from kit.pages.cached_pages import cached_part
from sellers.access import SellerRequest, last_seller, seller_view
from sellers.cached_pages import MINUTE, render_page
from sellers.services import note_visit

from .dashboard import get_dashboard
from .forms import SellersForm
from .overview import overview_of, standings_for
from .presentation import show_dashboard

SELLERS_PER_PAGE = 25


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """A member's own dashboard, the admin for staff who act for no seller, else what the portal is."""
    if request.user.is_authenticated:
        if seller := last_seller(request):
            return redirect(seller)
        if request.user.is_staff:
            return redirect("admin:index")
    return render(request, "healthportal/home.html")


@require_safe
@login_required
def sellers(request: HttpRequest) -> HttpResponse:
    """All sellers of the signed-in person, the worst first."""
    user, now = person(request), timezone.now()
    form = SellersForm(request.GET)
    found = standings_for(user, wanted=form.wanted, as_of=now)
    page = Paginator(found, SELLERS_PER_PAGE).get_page(request.GET.get("page"))
    lines = overview_of(list(page.object_list), user=user, as_of=now)
    context = {"form": form, "page": page, "lines": lines, "wanted": form.wanted}
    with own_time(user.own_zone):
        return render(request, "healthportal/sellers.html", context)


@require_safe
@seller_view
def dashboard(request: SellerRequest) -> HttpResponse:
    """A seller's account health: the state, the plan with the steps that are ticked, and what it is made of."""
    now = timezone.now()
    kept = request.GET.getlist("step") if "step" in request.GET else None
    last_visit = None if request.viewing else note_visit(seller=request.seller, user=request.user, now=now)

    def draw() -> dict[str, Any]:
        board = get_dashboard(seller=request.seller, user=request.reader, last_visit=last_visit, as_of=now, kept=kept)
        cached_part(request, "unread", lambda: SafeString(board.since.news.unread))  # for the menu
        return {"board": board, "shown": show_dashboard(board)}

    return render_page(
        request, "healthportal/dashboard.html", now=now, minutes=MINUTE, draw=draw, also={"last_visit": last_visit}
    )
