"""Files on their way in: large ones are written to the temporary folder, which may be full."""

from __future__ import annotations

import errno
import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


class LostFile(UploadedFile[Any]):
    """A file for which there was no room: reading it fails as writing it did, where the form can say so."""

    def seek(self, *args: Any) -> int:
        raise OSError(errno.ENOSPC, "There was no room for the file", self.name)


def validate_arrived(file: object) -> None:
    """Refuse a file for which there was no room: whoever reads it would fail as writing it did."""
    if isinstance(file, LostFile):
        raise ValidationError(_("The file could not be kept: there is no room for it at the moment. Try again later."))


class PatientUploadHandler(TemporaryFileUploadHandler):
    """Goes on reading when a file cannot be written, so that the rest of the form arrives."""

    lost = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.lost = False
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._lose(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.lost:
            return
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._lose(error)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        if not self.lost:
            try:
                return super().file_complete(file_size)
            except OSError as error:
                self._lose(error)
        return LostFile(name=self.file_name, content_type=self.content_type, size=file_size)

    def _lose(self, error: OSError) -> None:
        logger.error("A file could not be taken in: %s", error)
        self.lost = True
        if getattr(self, "file", None) is not None:
            self.file.close()  # which removes it
