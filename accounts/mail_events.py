"""What mail servers report of emails, taken in at an address with a secret."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from kit.returned_mail import Kind, Returned, read_report

from .services import note_returned

MAX_BYTES = 1_000_000


class Event(BaseModel):
    """A line of the JSON that a mail server's own script sends."""

    email: str = Field(max_length=254)
    kind: Kind
    said: str = Field(default="", max_length=2_000)

    def as_returned(self) -> Returned:
        return Returned(self.email.strip().lower(), self.kind, self.said)


EVENTS = TypeAdapter(list[Event])


@csrf_exempt  # the secret in the address is the proof
@require_POST
def mail_events(request: HttpRequest, secret: str) -> HttpResponse:
    """Take in bounces and complaints: a list of events as JSON, or one report as it came by email."""
    if not settings.EMAIL_EVENTS_SECRET or not constant_time_compare(secret, settings.EMAIL_EVENTS_SECRET):
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        return JsonResponse({"error": "More than a megabyte."}, status=413)
    try:
        returned = _read(request)
    except ValidationError as error:
        return JsonResponse({"error": json.loads(error.json(include_url=False, include_input=False))}, status=422)
    return JsonResponse({"noted": note_returned(returned=returned, now=timezone.now())})


def _read(request: HttpRequest) -> list[Returned]:
    if request.content_type == "message/rfc822":
        return read_report(request.body)
    return [event.as_returned() for event in EVENTS.validate_json(request.body)]
