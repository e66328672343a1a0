"""Nothing that was typed is lost to an ended session or to a form that is out of date.

A form that somebody sends who is signed out meanwhile is kept in their session, and sent again, once they have seen it,
from a page that the sign-in leads back to. A form whose token is out of date is answered by the same page. Files and
passwords are never kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.pages.submitted import SECRET, submitted

KEPT = "kept_post"
"""The key in the session."""

KEPT_FOR = timedelta(hours=1)
MAX_CHARACTERS = 200_000
"""What is longer is not kept: every visitor may send a form."""

FRESH = "without_what_was_typed"
"""The parameter of an address that asks for the page itself."""

OPENS = {HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED}
"""The answers to somebody who may send a form to a page: it shows one, or takes it from another page."""

UNREADABLE = (
    BadRequest,
    MultiPartParserError,
    OSError,
    RawPostDataException,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
    UnicodeError,
)


class KeepPosts:
    """Keeps what a signed-out visitor sent to a page for people who are signed in, and offers it on the way back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "POST" and _asks_to_sign_in(response) and not request.user.is_authenticated:
            _keep(request)
        elif request.session.accessed and KEPT in request.session and request.user.is_authenticated:
            return self._offer(request, response)
        return response

    def _offer(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The page that offers what was kept, instead of the one that it was sent to, if that opens for this person."""
        kept = request.session[KEPT]
        too_old = datetime.fromisoformat(kept["at"]) < timezone.now() - KEPT_FOR
        here = kept["path"] == request.path
        if too_old or (here and (request.method == "POST" or FRESH in request.GET)):
            del request.session[KEPT]
        elif (
            here and request.method == "GET" and response.status_code in {HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED}
        ):
            post = QueryDict(mutable=True)
            for name, values in kept["fields"]:
                post.setlist(name, values)
            return send_again(request, post, kept["files"], kept["address"])
        return response


def _asks_to_sign_in(response: HttpResponseBase) -> bool:
    path = urlsplit(response.headers.get("Location", "")).path
    return response.status_code == HTTPStatus.FOUND and path in {
        resolve_url(settings.LOGIN_URL),
        reverse("admin:login"),
    }


def _keep(request: HttpRequest) -> None:
    post, files = read_post(request)
    fields = [(name, values) for name, values in post.lists() if not SECRET.search(name)]
    letters = sum(len(name) + len(value) for name, values in fields for value in values)
    if submitted(post) and letters <= MAX_CHARACTERS:
        request.session[KEPT] = {
            "path": request.path,
            "address": request.get_full_path(),
            "fields": fields,
            "files": files,
            "at": timezone.now().isoformat(),
        }


def read_post(request: HttpRequest) -> tuple[QueryDict, list[str]]:
    """What was sent and the names of its files; nothing of a request that cannot be read."""
    try:
        return request.POST, list(request.FILES)
    except UNREADABLE:
        return QueryDict(), []


def send_again(
    request: HttpRequest, post: QueryDict, files: list[str], address: str, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """The page that shows what was typed and sends it again."""
    is_admin = _is_in_the_admin(address)
    context: dict[str, Any] = {
        **(admin.site.each_context(request) if is_admin else {}),
        "title": _("What you typed is kept"),
        "address": address,
        "fresh": f"{urlsplit(address).path}?{FRESH}=1",
        "submitted": [
            (name, value) for name, value in submitted(post) if not value.isdecimal()
        ],  # ids of what was chosen
        "fields": [(name, value) for name, values in post.lists() for value in values if not SECRET.search(name)],
        "files": files,
        "is_admin": is_admin,
        "out_of_date": status != HTTPStatus.OK,
    }
    return render(request, "accounts/send_again.html", context, status=status)


def form_out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form whose token is not the browser's any more: signed in or out in another tab, mostly.

    Only a form of the portal's own pages can be sent again from here: what another site made a browser send is shown
    to nobody to be sent with a click.
    """
    address = request.get_full_path()
    post, files = read_post(request) if _is_our_own(request) else (QueryDict(), [])
    if request.path == resolve_url(settings.LOGIN_URL):
        if request.user.is_authenticated:  # in another tab: this one leads on too
            return redirect(get_next_redirect_url(request) or settings.LOGIN_REDIRECT_URL)
    elif submitted(post):
        return send_again(request, post, files, address, status=HTTPStatus.FORBIDDEN)
    context: dict[str, Any] = {"address": address}
    if _is_in_the_admin(address) and admin.site.has_permission(request):
        context |= {**admin.site.each_context(request), "title": _("This form is out of date")}
        return render(request, "admin/portal/out_of_date.html", context, status=HTTPStatus.FORBIDDEN)
    return render(request, "403_csrf.html", context, status=HTTPStatus.FORBIDDEN)


def _is_in_the_admin(address: str) -> bool:
    return address.startswith(reverse("admin:index"))


def _is_our_own(request: HttpRequest) -> bool:
    """Whether the browser says that the form stood on a page of the portal."""
    said = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    return bool(said.netloc) and said.netloc in {request.get_host(), urlsplit(settings.BASE_URL).netloc}
