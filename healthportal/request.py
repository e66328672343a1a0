"""What a request says of its characters counts for a form alone, and only UTF-8 is read.

Django reads the address too by the charset of the body, and fails before any page is asked if that is none for texts:
``zip`` and ``undefined`` are names that Python knows.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_bytes_from_wsgi
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

UTF_8 = ("utf-8", "utf8")


class PortalRequest(WSGIRequest):
    """A request whose address is UTF-8. A form that says that it is anything else is refused (``BadRequest``)."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        charset = self.content_params.get("charset", UTF_8[0])
        self._encoding = None if charset.lower() in UTF_8 else charset

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]  # noqa: N802  # Django's, which is made when it is asked for
        return QueryDict(get_bytes_from_wsgi(self.environ, "QUERY_STRING", ""), encoding=UTF_8[0])

    def parse_file_upload(self, *args: Any) -> Any:
        if self._encoding is not None:
            raise BadRequest("A form is read as UTF-8.")
        return super().parse_file_upload(*args)


class PortalHandler(WSGIHandler):
    request_class = PortalRequest
