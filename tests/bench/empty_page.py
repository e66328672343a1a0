"""The addresses of the portal and one more: an empty page for a signed-in person with one query, the floor of pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from healthportal.urls import urlpatterns as portal
from sellers.models import Seller


def empty(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    return HttpResponse(f"<!doctype html><title>{Seller.objects.get(pk=request.GET['seller']).name}</title>")


urlpatterns = [path("empty/", empty, name="empty"), *portal]
