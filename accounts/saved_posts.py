"""Nothing that was typed is lost to an ended session or to a form that is out of date.

Somebody may send a form after their session ended. It is saved in the new session. After the sign-in a page shows it,
and sends it again. A form whose CSRF token is out of date is answered by the same page. Files and passwords are never
saved.
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

from kit.pages.submitted import SECRET, submitted, typed

SESSION_KEY = "saved_post"
"""The key in the session."""

SAVED_FOR = timedelta(hours=1)
MAX_CHARACTERS = 200_000
"""A longer form is not saved, for every visitor may send one."""

DISCARD_PARAMETER = "without_what_was_typed"
"""The parameter of an address that asks for the page without the saved form."""

SHOWING_STATUSES = {HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED}
"""How a page answers a GET of somebody who may send it a form: it shows the form, or only takes one."""

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


class SavePosts:
    """Middleware: saves a form that was sent while signed out, and offers it after the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "POST" and _asks_to_sign_in(response) and not request.user.is_authenticated:
            _save(request)
        elif request.session.accessed and SESSION_KEY in request.session and request.user.is_authenticated:
            return self._offer(request, response)
        return response

    def _offer(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Answer with the page that offers the saved form, if this person may open the page it was sent to."""
        saved = request.session[SESSION_KEY]
        too_old = datetime.fromisoformat(saved["at"]) < timezone.now() - SAVED_FOR
        here = saved["path"] == request.path
        if too_old or (here and (request.method == "POST" or DISCARD_PARAMETER in request.GET)):
            del request.session[SESSION_KEY]
        elif here and request.method == "GET" and response.status_code in SHOWING_STATUSES:
            post = QueryDict(mutable=True)
            for name, values in saved["fields"]:
                post.setlist(name, values)
            return send_again(request, post, saved["files"], saved["address"])
        return response


def _asks_to_sign_in(response: HttpResponseBase) -> bool:
    path = urlsplit(response.headers.get("Location", "")).path
    return response.status_code == HTTPStatus.FOUND and path in {
        resolve_url(settings.LOGIN_URL),
        reverse("admin:login"),
    }


def _save(request: HttpRequest) -> None:
    post, files = read_post(request)
    fields = [(name, values) for name, values in post.lists() if not SECRET.search(name)]
    letters = sum(len(name) + len(value) for name, values in fields for value in values)
    if submitted(post) and letters <= MAX_CHARACTERS:
        request.session[SESSION_KEY] = {
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
    is_admin = is_in_the_admin(address)
    context: dict[str, Any] = {
        **(admin.site.each_context(request) if is_admin else {}),
        "title": _("What you typed is kept"),
        "address": address,
        "fresh": f"{urlsplit(address).path}?{DISCARD_PARAMETER}=1",
        "submitted": typed(post),
        "fields": [(name, value) for name, values in post.lists() for value in values if not SECRET.search(name)],
        "files": files,
        "is_admin": is_admin,
        "out_of_date": status != HTTPStatus.OK,
    }
    return render(request, "accounts/send_again.html", context, status=status)


def form_out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token is out of date, mostly because of a sign-in or sign-out in another tab.

    Only a form of the portal's own pages can be sent again. What another site made a browser send is not shown.
    """
    address = request.get_full_path()
    post, files = read_post(request) if is_our_own(request) else (QueryDict(), [])
    if request.path == resolve_url(settings.LOGIN_URL):
        if request.user.is_authenticated:  # in another tab: this one leads on too
            return redirect(get_next_redirect_url(request) or settings.LOGIN_REDIRECT_URL)
    elif submitted(post):
        return send_again(request, post, files, address, status=HTTPStatus.FORBIDDEN)
    context: dict[str, Any] = {"address": address}
    if is_in_the_admin(address) and admin.site.has_permission(request):
        context |= {**admin.site.each_context(request), "title": _("This form is out of date")}
        return render(request, "admin/portal/out_of_date.html", context, status=HTTPStatus.FORBIDDEN)
    return render(request, "403_csrf.html", context, status=HTTPStatus.FORBIDDEN)


def is_in_the_admin(address: str) -> bool:
    return address.startswith(reverse("admin:index"))


def is_our_own(request: HttpRequest) -> bool:
    """Whether the browser says that the form stood on a page of the portal."""
    said = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    return bool(said.netloc) and said.netloc in {request.get_host(), urlsplit(settings.BASE_URL).netloc}
