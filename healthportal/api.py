"""The API with which the marketplace's own systems feed the portal and ask it (docs/api.md)."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from inbox.api import router as messages
from inbox.events.api import router as events
from inbox.events.schema import webhooks_for_openapi
from kit.api.batches import CallRefused
from kit.api.throttle import TokenRate
from quizzes.api import router as quizzes
from quizzes.bank_api import router as banks
from sellers.api import router as sellers
from sellers.services import ClockAhead
from sellers.token_auth import TokenAuth
from violations.action_api import router as actions
from violations.api import router as violations

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="Account health",
    version="1",
    description="For the marketplace's own systems. A token, made by staff, is for one market.",
    urls_namespace="api",
    auth=TokenAuth(),
    throttle=TokenRate(),
    openapi_extra={"webhooks": webhooks_for_openapi()},
)
for router in (violations, quizzes, banks, sellers, messages, events, actions):
    api.add_router("", router)


def _refusal(request: HttpRequest, status: int, detail: str, **headers: str) -> HttpResponse:
    response = api.create_response(request, {"detail": detail}, status=status)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


@api.exception_handler(CallRefused)
def refused(request: HttpRequest, error: CallRefused) -> HttpResponse:
    return _refusal(request, error.status, str(error))


@api.exception_handler(ValidationError)
def misasked(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What is wrong with the address, in the same form as every other refusal."""
    return _refusal(request, 422, " ".join(f"{fault['loc'][-1]}: {fault['msg']}." for fault in error.errors))


@api.exception_handler(AuthenticationError)
def not_authenticated(request: HttpRequest, error: HttpError) -> HttpResponse:
    detail = _("Send a token that is in use: Authorization: Bearer hp_…")
    return _refusal(request, 401, detail, WWW_Authenticate='Bearer realm="api"')


@api.exception_handler(Throttled)
def too_many(request: HttpRequest, error: Throttled) -> HttpResponse:
    wait = str(error.wait or 60)
    detail = _("Too many calls; try again in %(wait)s seconds.") % {"wait": wait}
    return _refusal(request, 429, detail, Retry_After=wait)


@api.exception_handler(ClockAhead)
def clock_ahead(request: HttpRequest, error: ClockAhead) -> HttpResponse:
    logger.error("%s", error)
    return _refusal(request, 503, str(error), Retry_After="60")


@csrf_exempt
def no_such_call(request: HttpRequest) -> HttpResponse:
    """For every address below the API's that leads nowhere: programs get JSON, also of a mistyped address."""
    return _refusal(request, 404, _("There is no such call."))
