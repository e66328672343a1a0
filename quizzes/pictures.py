"""The files of pictures: where they lie, and how one is shown."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.http import Http404, HttpResponse

from kit.documents.downloads import sandboxed
from kit.documents.pictures import Picture
from kit.documents.stored_files import private_storage, store_file
from kit.jobs.orphans import sweep
from kit.outcomes import Refused
from sellers.services import check_clock

from . import bank_wording
from .models import QuestionPicture

logger = logging.getLogger(__name__)
FOLDER = "pictures/"


@dataclass(frozen=True)
class ShownPicture:
    """A picture as a page shows it."""

    url: str
    alt: str
    width: int
    height: int


def shown(pictures: Iterable[Mapping[str, Any]], address: Callable[[int], str]) -> list[ShownPicture]:
    """Pictures as an attempt keeps them (``as_drawn``), each at the address that its id has on a page."""
    return [ShownPicture(address(one["id"]), one["alt"], one["width"], one["height"]) for one in pictures]


def keep(picture: Picture) -> str:
    """Write a picture under a random name, and give that. Raises ``Refused`` where there is no room."""
    try:
        return store_file(FOLDER + secrets.token_hex(24), ContentFile(picture.content))
    except OSError as error:
        logger.error("A picture could not be kept: %s", error)
        raise Refused(bank_wording.no_room(), field="file") from error


def content_of(picture: QuestionPicture) -> bytes | None:
    """What lies in the store; nothing if the file is gone."""
    try:
        with private_storage().open(picture.stored_name) as file:
            found: bytes = file.read()
    except FileNotFoundError:
        return None
    return found


def answer(picture: QuestionPicture) -> HttpResponse:
    """The picture for a page of the portal. It never changes, so the browser of who may see it may keep it."""
    content = content_of(picture)
    if content is None:
        raise Http404("The file is gone.")
    response = sandboxed(HttpResponse(content, content_type=picture.content_type))
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def sweep_pictures(*, now: datetime) -> int:
    """Remove the files that no picture names, and return how many there were; see ``kit.jobs.orphans``."""
    check_clock(now=now)
    return sweep(FOLDER, QuestionPicture.objects.all(), now=now)
