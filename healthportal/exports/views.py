"""The page of a seller's download: it is asked for there, shows how far it is, and hands the file out."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kit.documents.downloads import sandboxed
from kit.documents.records import file_name
from kit.documents.stored_files import private_storage
from kit.outcomes import Refused
from sellers.access import SellerRequest, member_view, seller_view
from sellers.rules import Right
from sellers.wording import why_not

from . import selectors
from .models import Export
from .services import ask_for_export


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def download(request: SellerRequest) -> HttpResponse:
    """Everything that the portal holds about a seller: ask for it, see how far it is, download it."""
    now = timezone.now()
    if request.method == "POST":
        try:
            ask_for_export(seller=request.seller, asked_by=request.user, now=now)
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("download", seller_id=request.seller.pk)
    latest = selectors.latest_export(seller=request.seller)
    ready = selectors.ready_export(seller=request.seller, as_of=now)
    return render(request, "healthportal/download.html", {"latest": latest, "ready": ready})


@require_safe
@member_view
def download_file(request: SellerRequest, export_id: int) -> HttpResponseBase:
    """The file, for owners and managers; 404 when its time is over."""
    if refusal := why_not(request.seller, Right.DOWNLOAD):
        messages.error(request, refusal)
        return redirect("download", seller_id=request.seller.pk)
    try:
        export = selectors.get_ready_export(seller=request.seller, export_id=export_id, as_of=timezone.now())
        file = private_storage().open(export.stored_name)
    except (Export.DoesNotExist, FileNotFoundError):
        raise Http404("No such file.") from None
    made_at = timezone.localtime(export.finished_at)
    name = file_name(request.seller.name, _("download"), at=made_at, ending="zip")
    return sandboxed(FileResponse(file, as_attachment=True, filename=name, content_type="application/zip"))
