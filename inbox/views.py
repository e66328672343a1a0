"""A seller's inbox."""

from __future__ import annotations

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.selectors import unreachable_address
from sellers.access import SellerRequest, seller_view

from . import selectors, services, wording
from .filters import MessageFilter
from .forms import ReadAllForm
from .models import Message
from .presentation import message_rows

MESSAGES_PER_PAGE = 25


@require_safe
@seller_view
def message_list(request: SellerRequest) -> HttpResponse:
    """The messages, the latest first, filtered by what the address says."""
    messages = selectors.messages_of(seller=request.seller, user=request.reader)
    filters = MessageFilter(request.GET, queryset=messages, request=request)
    is_filtered = filters.form.has_changed()
    reports = selectors.report_messages(seller=request.seller, user=request.reader)
    stand_together = reports.are_many and not is_filtered
    listed = filters.qs.exclude(kind=Message.Kind.REPORT) if stand_together else filters.qs
    page = Paginator(listed, MESSAGES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": filters,
        "page": page,
        "rows": message_rows(page.object_list, reports=reports if stand_together and page.number == 1 else None),
        "count": page.paginator.count + (reports.count if stand_together else 0),
        "is_filtered": is_filtered,
        "now": timezone.now(),
        "unreachable": unreachable_address(request.reader) if request.reader else None,
    }
    return render(request, "inbox/list.html", context)


@require_safe
@seller_view
def message_detail(request: SellerRequest, message_id: int) -> HttpResponse:
    """One message, with the ways to those beside it; opening it marks it as read by the person."""
    try:
        message = selectors.get_message(seller=request.seller, message_id=message_id)
    except Message.DoesNotExist:
        raise Http404(_("No such message.")) from None
    if request.method == "GET" and request.reader is not None:
        services.read_message(message=message, user=request.reader, now=timezone.now())
    return render(request, "inbox/detail.html", {"message": message})


@require_POST
@seller_view
def read_all(request: SellerRequest) -> HttpResponse:
    """Mark the messages as read that the person had before them: those up to the newest one listed."""
    form = ReadAllForm(request.POST)
    if form.is_valid():
        count = services.read_messages(
            seller=request.seller,
            user=request.user,
            posted_until=form.cleaned_data["posted_until"],
            now=timezone.now(),
        )
        flash.success(request, wording.marked_as_read(count))
    else:
        flash.error(request, _("Nothing was marked as read: the list was too old. Please try again."))
    return redirect("inbox:list", seller_id=request.seller.pk)
