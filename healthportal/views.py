"""The start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "healthportal/home.html")


def dashboard(request: HttpRequest, seller_id: int) -> HttpResponse:
    return HttpResponse()
