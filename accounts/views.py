"""Pages of a person's own account, beside those of django-allauth."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.outcomes import Refused

from .access import person
from .selectors import sessions_of
from .services import address_of, ask_to_confirm, confirm_address, end_other_sessions, end_session
from .sessions import note_seen


@require_safe
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in: here, then where they were last."""
    user, key = person(request), request.session.session_key
    note_seen(request)
    here, *others = sorted(sessions_of(user, now=timezone.now()), key=lambda session: session.session_key != key)
    return render(request, "accounts/sessions.html", {"here": here, "others": others})


@require_POST
@login_required
def sign_out_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out of one place. Nothing more is asked, for it must be quick when a phone is lost."""
    if not end_session(user=person(request), session_id=session_id):
        raise Http404(_("No such session: it may be over already."))
    messages.success(request, _("You are signed out there."))
    return redirect("sessions")


@require_POST
@login_required
def sign_out_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    if end_other_sessions(user=person(request), session_key=request.session.session_key or ""):
        messages.success(request, _("You are signed out everywhere else."))
    else:
        messages.info(request, _("You are signed in nowhere else."))
    return redirect("sessions")


@require_POST
@login_required
def ask_reach(request: HttpRequest) -> HttpResponse:
    """Send the person a link by which they show that emails reach them again."""
    try:
        ask_to_confirm(user=person(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = _("A link was sent to %(email)s. If it does not come within minutes, confirm another address.")
        messages.success(request, said % {"email": person(request).email})
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_reach(request: HttpRequest, token: str) -> HttpResponse:
    """Have emails sent to an address again, by a link that arrived there. Opening it changes nothing."""
    email = address_of(token)
    if email is None:
        raise Http404(_("This link is too old, or not whole. Ask for another on the page of your account."))
    if request.method == "POST":
        confirm_address(email=email)
    return render(request, "accounts/reach.html", {"email": email, "restored": request.method == "POST"})
