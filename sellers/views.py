"""A seller's members, and the invitation that somebody opens."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import person
from accounts.first_password import choose_first_password
from accounts.selectors import find_person, has_confirmed
from kit.outcomes import Refused

from . import selectors, services
from .access import SellerRequest, seller_view
from .brands import brand_of
from .forms import InviteForm, RoleForm
from .models import Invitation, Member
from .rules import Role


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def members(request: SellerRequest) -> HttpResponse:
    """Who is a member, who is invited, and the form to invite somebody."""
    form = InviteForm(request.POST if request.method == "POST" else None, initial={"role": Role.MANAGER})
    if form.is_valid() and _invite(request, form):
        return redirect("sellers:members", seller_id=request.seller.pk)
    context = {
        "members": selectors.members_of(request.seller),
        "invitations": selectors.open_invitations(request.seller),
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "sellers/members.html", context)


def _invite(request: SellerRequest, form: InviteForm) -> bool:
    try:
        sent = services.invite_member(
            seller=request.seller, **form.cleaned_data, now=timezone.now(), invited_by=request.user
        )
    except Refused as refused:
        form.add_error(refused.field or None, str(refused))
        return False
    messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": sent.email})
    return True


def _get_member(request: SellerRequest, member_id: int) -> Member:
    return get_object_or_404(selectors.members_of(request.seller), pk=member_id)


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def member(request: SellerRequest, member_id: int) -> HttpResponse:
    """One member: another role, or the way out."""
    found = _get_member(request, member_id)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": found.role})
    if form.is_valid() and _change_role(request, found, form):
        return redirect("sellers:members", seller_id=request.seller.pk)
    return render(request, "sellers/member.html", {"member": found, "form": form})


def _change_role(request: SellerRequest, member: Member, form: RoleForm) -> bool:
    role = form.cleaned_data["role"]
    try:
        services.change_role(
            seller=request.seller, user=member.user, role=role, now=timezone.now(), changed_by=request.user
        )
    except Refused as refused:
        form.add_error("role", str(refused))
        return False
    facts = {"user": member.user, "role": Member.Role(role).label}
    messages.success(request, _("Saved. Role of %(user)s: %(role)s.") % facts)
    return True


@require_POST
@seller_view
def remove(request: SellerRequest, member_id: int) -> HttpResponse:
    """Remove a member, or leave."""
    found = _get_member(request, member_id)
    try:
        services.remove_member(seller=request.seller, user=found.user, now=timezone.now(), removed_by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("sellers:member", seller_id=request.seller.pk, member_id=found.pk)
    facts = {"user": found.user, "seller": request.seller}
    if found.user == request.user:
        messages.success(request, _("You are no longer a member of %(seller)s.") % facts)
        return redirect("home")
    messages.success(request, _("%(user)s is no longer a member of %(seller)s.") % facts)
    return redirect("sellers:members", seller_id=request.seller.pk)


@require_POST
@seller_view
def change_invitation(request: SellerRequest, invitation_id: int) -> HttpResponse:
    """Send an invitation once more, or withdraw it."""
    found = get_object_or_404(Invitation, seller=request.seller, pk=invitation_id)
    try:
        said = _withdraw(request, found) if "withdraw" in request.POST else _send_again(request, found)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said % {"email": found.email})
    return redirect("sellers:members", seller_id=request.seller.pk)


def _withdraw(request: SellerRequest, invitation: Invitation) -> str:
    services.withdraw_invitation(invitation=invitation, now=timezone.now(), withdrawn_by=request.user)
    return _("The invitation of %(email)s is withdrawn. Its link works no more.")


def _send_again(request: SellerRequest, invitation: Invitation) -> str:
    services.resend_invitation(invitation=invitation, now=timezone.now(), resent_by=request.user)
    return _("The invitation is on its way to %(email)s once more. The link sent before works no more.")


# --- Whoever is invited


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the email's link opens. A POST accepts; opening it changes nothing, for scanners open links."""
    now = timezone.now()
    found = selectors.find_invitation(token, as_of=now)
    if found is None:
        return _unusable(request)
    if request.method == "POST" and request.user.is_authenticated:
        return _accept(request, token, now=now)
    return _ask(request, found)


def _ask(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    is_in = request.user.is_authenticated
    invited = find_person(invitation.email)
    context = {
        "invitation": invitation,
        "brand": brand_of(invitation.seller.market),
        "is_theirs": is_in and has_confirmed(person(request), invitation.email),
        "is_new": invited is None or (invited.is_active and not invited.has_usable_password()),
    }
    return render(request, "sellers/invitation.html", context)


def _accept(request: HttpRequest, token: str, *, now: datetime) -> HttpResponse:
    try:
        member = services.accept_invitation(secret=token, now=now, accepted_by=person(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(request.path)
    facts = {"seller": member.seller, "role": member.get_role_display()}
    messages.success(request, _("You are now a member of %(seller)s. Your role: %(role)s.") % facts)
    return redirect(member.seller)


@require_POST
@never_cache
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """Let somebody without a password choose one first; the link has shown that they read that mailbox."""
    back = reverse("sellers:invitation", kwargs={"token": token})
    try:
        user = services.prepare_person(secret=token, now=timezone.now())
    except Refused:
        return redirect(back)
    return choose_first_password(user, then=back)


def _unusable(request: HttpRequest) -> HttpResponse:
    answer = render(request, "sellers/invitation_unusable.html", status=404)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django's log would keep the token
    return answer
