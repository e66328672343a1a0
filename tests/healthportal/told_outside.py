"""A process of the portal that tells Sentry and OpenTelemetry, the real ones, of pages and tasks.

``python -m tests.healthportal.told_outside``, told where both are; test_told_outside.py reads what they got.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import django
import sentry_sdk
from opentelemetry import trace

django.setup()

from django.conf import settings  # noqa: E402  # Django is set up first
from django.db import transaction  # noqa: E402  # Django is set up first
from django.http import HttpRequest  # noqa: E402  # Django is set up first
from django.http.response import HttpResponseBase  # noqa: E402  # Django is set up first
from django.test import Client  # noqa: E402  # Django is set up first

from accounts.models import User  # noqa: E402  # Django is set up first
from healthportal.celery import app  # noqa: E402  # Django is set up first
from tests.healthportal.secret_addresses import SECRET, addresses  # noqa: E402  # Django is set up first

PERSON = "zelda.quartermaine@person.example"
NAME = "Zelda\nQuartermaine"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def refuse() -> None:
    """As when two of one address are recorded: Postgres says which."""
    with transaction.atomic():
        User.objects.create(email=PERSON, name=NAME)


def fail(get_response: GetResponse) -> GetResponse:
    """A middleware that lets each page fail that is asked to."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    def process_view(request: HttpRequest, *args: object) -> None:
        if "fail" in request.GET:
            visitor = request.META["HTTP_USER_AGENT"]
            refuse()
            logging.getLogger(__name__).info("Not reached by %s", visitor)

    middleware.process_view = process_view  # type: ignore[attr-defined]  # Django looks for it there
    return middleware


@app.task(name="tests.failing_task")  # type: ignore[untyped-decorator]  # Celery's has no types
def failing_task(email: str) -> None:
    refuse()


def look(client: Client) -> None:
    headers = {
        "Host": "localhost",
        "Referer": f"https://portal.example/invitations/{SECRET}/?email={PERSON}",
        "User-Agent": f"{PERSON} {SECRET}",
        "Authorization": f"Bearer {SECRET}",
    }
    client.cookies["portal_session"] = SECRET
    for address in [*addresses(), f"/nowhere/{PERSON}/{SECRET}/"]:
        client.get(address, {"q": PERSON}, headers=headers)
        client.get(address, {"q": PERSON, "fail": "1"}, headers=headers)
        client.post(f"{address}?q={PERSON}&fail=1", {"email": PERSON, "name": NAME}, headers=headers)


def main() -> None:
    settings.MIDDLEWARE.append("tests.healthportal.told_outside.fail")
    app.conf.task_always_eager = True
    with transaction.atomic():
        User.objects.create(email=PERSON, name=NAME)
        look(Client(raise_request_exception=False))
        failing_task.delay(PERSON)
        logging.getLogger("tests.nobody").error("Not sent to %s", PERSON, extra={"person": PERSON, "name_of": NAME})
        transaction.set_rollback(True)
    sentry_sdk.flush()
    trace.get_tracer_provider().force_flush()  # type: ignore[attr-defined]  # the SDK's has it


if __name__ == "__main__":
    main()
