"""What a request says of its characters counts for a form alone. Only whole forms in UTF-8 are read.

Django reads the address too by the charset of the body. It fails before any page is asked if that charset is none for
texts: ``zip`` and ``undefined`` are names that Python knows. Django also takes what arrived of a form that was cut off
for all of it.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_bytes_from_wsgi
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

UTF_8 = ("utf-8", "utf8")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class PortalRequest(WSGIRequest):
    """A request whose address is UTF-8.

    It refuses (``BadRequest``) a form that says that it is anything else. The same goes for one of which fewer bytes
    came than were announced.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self._sent: Any = self._stream  # Django puts another in its place once it was read

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        charset = self.content_params.get("charset", UTF_8[0])
        self._encoding = None if charset.lower() in UTF_8 else charset

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]  # noqa: N802  # Django's, which is made when it is asked for
        return QueryDict(get_bytes_from_wsgi(self.environ, "QUERY_STRING", ""), encoding=UTF_8[0])

    def _load_post_and_files(self) -> None:
        super()._load_post_and_files()
        if self.method == "POST" and self.content_type in FORMS and self._sent._pos < self._sent.limit:
            self._mark_post_parse_error()  # type: ignore[attr-defined]  # the same
            raise BadRequest("The form was cut off on its way.")

    def parse_file_upload(self, *args: Any) -> Any:
        if self._encoding is not None:
            raise BadRequest("A form is read as UTF-8.")
        return super().parse_file_upload(*args)


class PortalHandler(WSGIHandler):
    request_class = PortalRequest
