"""A seller's quizzes: what is open, one question a page, the result."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse()


quiz_list = attempt = review = question = detail = page
