"""The start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from sellers.access import LAST_SELLER
from sellers.models import Seller


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """A member's own dashboard, the admin for staff who act for no seller, else what the portal is."""
    if request.user.is_authenticated:
        sellers = list(Seller.objects.for_member(request.user))
        if sellers:
            last = request.session.get(LAST_SELLER)
            return redirect(next((seller for seller in sellers if seller.pk == last), sellers[0]))
        if request.user.is_staff:
            return redirect("admin:index")
    return render(request, "healthportal/home.html")


def dashboard(request: HttpRequest, seller_id: int) -> HttpResponse:
    return HttpResponse()
