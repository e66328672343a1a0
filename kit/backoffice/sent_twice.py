"""A form of the admin that is sent twice is carried out once: a second click, or Back and the button again.

Each time a page is shown, its forms carry another token against forged requests. So what comes with the same token
and says the same is the same form once more: whoever sent it is led to where the first one led. It waits for the first
while that is carried out. A form that was refused, or that is answered by a page, counts for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from ..outcomes import SENT_TWICE

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  # the name of a field
DOING = "doing"
LASTS = int(SENT_TWICE.total_seconds())
WAITS = 30
"""For how many seconds the second one waits for the first."""
STEP = 0.05


def once(request: HttpRequest, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer to a form, or to one that was sent before, the way to what it led to."""
    name = _name_of(request)
    if not name:
        return answer()
    if cache.add(name, DOING, LASTS):
        return _answer_first(name, answer)
    where = _where_the_first_led(name)
    if not where:
        return answer()
    messages.info(request, _("This form was sent twice, and was carried out once."))
    return HttpResponseRedirect(where)


def _answer_first(name: str, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    where = ""
    try:
        response = answer()
        where = response.url if isinstance(response, HttpResponseRedirect) else ""
        return response
    finally:
        if where:
            cache.set(name, where, LASTS)
        else:
            cache.delete(name)


def _where_the_first_led(name: str) -> str:
    until = time.monotonic() + WAITS
    while (where := cache.get(name, "")) == DOING and time.monotonic() < until:
        time.sleep(STEP)
    return "" if where == DOING else str(where)


def _name_of(request: HttpRequest) -> str:
    """What a form is known by in the cache: who sent it where, and all that it says. Empty if it carries no token."""
    if request.method != "POST" or not request.POST.get(TOKEN):
        return ""
    said = sha256(repr([request.user.pk, request.get_full_path(), *request.POST.lists()]).encode("utf-8", "replace"))
    try:
        for field, files in request.FILES.lists():
            for file in files:
                said.update(repr([field, file.name]).encode("utf-8", "replace"))
                for chunk in file.chunks():
                    said.update(chunk)
                file.seek(0)
    except OSError:  # there was no room for the file, which its form says
        return ""
    return f"sent-twice-{said.hexdigest()}"
