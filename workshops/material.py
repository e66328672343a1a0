"""Who is shown a workshop's material, and handing its files out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import FileResponse

from kit.documents.stored_files import download_stored
from sellers.models import Seller

from .models import MaterialFile, Signup, Workshop


def is_shown(workshop: Workshop, sellers: Sequence[Seller], *, as_of: datetime) -> bool:
    """Whether somebody who acts for these sellers is shown the material: once it has ended, if it is for them."""
    if not workshop.is_on or workshop.ends_at > as_of:
        return False
    if workshop.material_for == Workshop.Audience.EVERYBODY:
        return True
    return bool(sellers) and Signup.objects.came().filter(workshop=workshop, seller__in=sellers).exists()


def download(file: MaterialFile) -> FileResponse:
    """The file as a download that no browser opens in the portal's name. 404 if it is gone."""
    return download_stored(file.stored_name, name=file.name, content_type=file.content_type)
