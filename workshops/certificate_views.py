"""Certificates of attendance: for who was there, and for whoever is shown one."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_POST

from kit.documents.downloads import download
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm
from sellers.access import SellerRequest, member_view, seller_view

from . import badges, rules, services
from .certificate_documents import certificate_pdf
from .models import Certificate, Signup

BADGE_TYPE = "application/vc+jwt"

# --- For who was there


@require_POST
@seller_view
def issue_certificate(request: SellerRequest, signup_id: int) -> HttpResponse:
    """Have a certificate made; asked for again, it is the same."""
    signup = get_object_or_404(Signup, pk=signup_id, seller=request.seller)
    try:
        services.issue_certificate(signup=signup, user=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The certificate is issued. It stands on this page from now on."))
    return redirect(signup)


@require_GET
@seller_view
def certificate_file(request: SellerRequest, signup_id: int) -> HttpResponseBase:
    """The certificate as a PDF."""
    certificate = _own(request, signup_id)
    name = f"certificate-{certificate.signup.workshop_id}.pdf"
    return download(certificate_pdf(certificate), name=name, content_type="application/pdf")


@require_GET
@member_view
def badge_file(request: SellerRequest, signup_id: int) -> HttpResponseBase:
    """The certificate as a signed Open Badge."""
    certificate = _own(request, signup_id)
    _refuse_without_badges()
    name = f"badge-{certificate.signup.workshop_id}.jwt"
    return download(badges.signed(certificate).encode(), name=name, content_type=BADGE_TYPE)


def _own(request: SellerRequest, signup_id: int) -> Certificate:
    """The certificate of a place of this seller, unless the check-in was taken back."""
    certificates = Certificate.objects.valid().select_related("signup__workshop__market", "signup__user")
    return get_object_or_404(certificates, signup=signup_id, signup__seller=request.seller)


# --- For whoever is shown one


class CodeForm(CheckedForm):
    code = forms.CharField(
        label=_lazy("Code of the certificate"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


@require_GET
def find_certificate(request: HttpRequest) -> HttpResponse:
    """Type the code of a certificate."""
    form = CodeForm(request.GET or None)
    if form.is_valid():
        code = rules.read_code(form.cleaned_data["code"])
        if Certificate.objects.filter(code=code).exists():
            return redirect("workshops:certificate", secret=code)
        form.add_error("code", _("No certificate has this code. Check the letters, or ask who showed it to you."))
    return render(request, "workshops/find_certificate.html", {"form": form})


@require_GET
def certificate(request: HttpRequest, secret: str) -> HttpResponse:
    """Whether the certificate with this code holds: the name on it, the workshop, and when it was."""
    certificates = Certificate.objects.select_related("signup__workshop")
    found = get_object_or_404(certificates, code=rules.read_code(secret))
    if secret != found.code:
        return redirect(found)
    return render(request, "workshops/certificate.html", {"certificate": found, "workshop": found.signup.workshop})


# --- For programs that verify badges


def _refuse_without_badges() -> None:
    if not settings.BADGES:
        raise Http404("This portal issues no badges.")


def _public_json(content: object) -> JsonResponse:
    """What any site may read, also from a script in a browser."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
    return JsonResponse(content, headers=headers)


@require_GET
def badge_issuer(request: HttpRequest) -> HttpResponse:
    _refuse_without_badges()
    return _public_json(badges.profile())


@require_GET
def badge_keys(request: HttpRequest) -> HttpResponse:
    """All public keys as a JSON Web Key Set."""
    _refuse_without_badges()
    return _public_json({"keys": list(badges.public_keys().values())})


@require_GET
def badge_key(request: HttpRequest, thumbprint: str) -> HttpResponse:
    """One public key: where the ``kid`` of a badge leads."""
    _refuse_without_badges()
    key = badges.public_keys().get(thumbprint)
    if key is None:
        raise Http404("No badge was signed with such a key.")
    return _public_json(key)


@require_GET
def badge_revocations(request: HttpRequest) -> HttpResponse:
    _refuse_without_badges()
    return _public_json(badges.revocations(known_until=timezone.now()))
