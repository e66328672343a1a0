"""Pages on which a person says which emails to get."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.services import choose_language
from sellers.access import SellerRequest, seller_view
from sellers.models import Member

from . import services
from .forms import EmailsForm
from .models import Unsubscription
from .subscriptions import read_token


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def emails(request: SellerRequest) -> HttpResponse:
    """Which messages of this seller reach the person by email too, and in which language."""
    member = Member.objects.get(seller=request.seller, user=request.user)
    left = set(member.unsubscriptions.values_list("kind", flat=True))
    initial = {"kinds": [kind for kind in Unsubscription.KINDS if kind not in left], "language": request.user.language}
    form = EmailsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        services.choose_emails(member=member, kinds=form.cleaned_data["kinds"])
        if "language" in form.fields:
            choose_language(user=request.user, language=form.cleaned_data["language"])
        flash.success(request, _("Saved. Emails that were not sent yet follow it too."))
        return redirect("inbox:emails", seller_id=request.seller.pk)
    return render(request, "inbox/emails.html", {"form": form})


@csrf_exempt  # the link's token is the proof, and mail programs post without a page (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the emails that the link is about, without signing in. Opening it changes nothing: scanners open links."""
    subscription = read_token(token)
    if subscription is None:
        answer = render(request, "inbox/unsubscribe_unknown.html", status=404)
        answer._has_been_logged = True  # type: ignore[attr-defined]  # Django's log would keep the token
        return answer
    if request.method == "POST":
        change = services.subscribe if "again" in request.POST else services.unsubscribe
        change(member=subscription.member, kind=subscription.kind)
    left = subscription.member.unsubscriptions.filter(kind=subscription.kind).exists()
    return render(request, "inbox/unsubscribe.html", {"subscription": subscription, "left": left})
