"""Pages on which a person says which emails to get."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.selectors import unreachable_address
from accounts.services import choose_language
from sellers.access import SellerRequest, member_view
from sellers.models import Member

from . import services
from .forms import EmailsForm
from .selectors import channels_of
from .subscriptions import read_token, whose_digest


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def emails(request: SellerRequest) -> HttpResponse:
    """How messages of this seller reach the person besides the inbox, and in which language."""
    member = Member.objects.get(seller=request.seller, user=request.user)
    initial = {**channels_of(member), "language": request.user.language}
    form = EmailsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        services.choose_emails(member=member, channels=form.channels)
        if "language" in form.fields:
            choose_language(user=request.user, language=form.cleaned_data["language"])
        flash.success(request, _("Saved. Emails that were not sent yet follow it too."))
        return redirect("inbox:emails", seller_id=request.seller.pk)
    context = {"form": form, "unreachable": unreachable_address(request.user)}
    return render(request, "inbox/emails.html", context)


@csrf_exempt  # the link's token is the proof, and mail programs post without a page (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the emails that the link is about, without signing in. Opening it changes nothing: scanners open links."""
    subscription = read_token(token)
    if subscription is None:
        return _unknown(request)
    if request.method == "POST":
        change = services.subscribe if "again" in request.POST else services.unsubscribe
        change(member=subscription.member, kind=subscription.kind)
    left = subscription.member.unsubscriptions.filter(kind=subscription.kind, in_digest=False).exists()
    return render(request, "inbox/unsubscribe.html", {"subscription": subscription, "left": left})


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
def leave_digest(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the weekly email, without signing in. Opening the link changes nothing."""
    person = whose_digest(token)
    if person is None:
        return _unknown(request)
    if request.method == "POST":
        services.leave_digest(user=person)
    return render(request, "inbox/leave_digest.html", {"person": person, "left": request.method == "POST"})


def _unknown(request: HttpRequest) -> HttpResponse:
    answer = render(request, "inbox/unsubscribe_unknown.html", status=404)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django's log would keep the token
    return answer
