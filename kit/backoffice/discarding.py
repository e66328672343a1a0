"""The page on which a file is discarded that somebody uploaded and nobody confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from .action_pages import ActionPage, bound_data, not_possible_page


def discard_file_page(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    upload: Any,
    *,
    is_open: bool,
    done: str,
    discard: Callable[[], Model],
) -> HttpResponse:
    """Ask before ``discard`` is called; say why not if the file is not ``is_open`` any more."""
    if not is_open:
        why = _("Only a file that was not confirmed can be discarded.")
        return not_possible_page(model_admin, request, title=_("Nothing to discard"), why=why, record=upload)
    page = ActionPage(
        model_admin=model_admin,
        record=upload,
        title=_("Discard %(name)s?") % {"name": upload.name},
        button=_("Discard it"),
        done=done,
        run=lambda data: discard(),
    )
    return page.respond(request, forms.Form(bound_data(request)))
