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

from kit.api.batches import CallRefused, body_of
from kit.emails.returned import Kind, Returned, read_report

from .services import note_returned

MAX_BYTES = 1_000_000


class MailEvent(BaseModel):
    """A line of the JSON that a mail server's own script sends."""

    email: str = Field(max_length=254)
    kind: Kind
    said: str = Field(default="", max_length=2_000)

    def as_returned(self) -> Returned:
        return Returned(self.email.strip().lower(), self.kind, self.said)


EVENTS = TypeAdapter(list[MailEvent])


@csrf_exempt  # the secret in the address is the proof
@require_POST
def mail_events(request: HttpRequest, secret: str) -> HttpResponse:
    """Take in bounces and complaints: a list of events as JSON, or one report as it came by email."""
    if not settings.EMAIL_EVENTS_SECRET or not constant_time_compare(secret, settings.EMAIL_EVENTS_SECRET):
        raise Http404
    try:
        returned = _read(request.content_type, body_of(request, most=MAX_BYTES))
    except CallRefused as refused:
        return JsonResponse({"error": str(refused)}, status=refused.status)
    except ValidationError as error:
        return JsonResponse({"error": json.loads(error.json(include_url=False, include_input=False))}, status=422)
    return JsonResponse({"noted": note_returned(returned=returned, now=timezone.now())})


def _read(content_type: str | None, body: bytes) -> list[Returned]:
    if content_type == "message/rfc822":
        return read_report(body)
    return [event.as_returned() for event in EVENTS.validate_json(body)]
