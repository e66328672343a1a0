"""The addresses of the portal and one more: an empty page for a signed-in person with one query, the floor of pages."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from healthportal.urls import urlpatterns as portal
from sellers.models import Seller
from workshops.models import Workshop


def empty(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    return HttpResponse(f"<!doctype html><title>{Seller.objects.get(pk=request.GET['seller']).name}</title>")


def row(request: HttpRequest, workshop: int) -> HttpResponse:
    """Changes the row of a workshop, as a counter of places would."""
    assert request.user.is_authenticated
    Workshop.objects.filter(pk=workshop).update(revision=F("revision") + 1)
    return redirect("/")


urlpatterns = [path("empty/", empty, name="empty"), path("row/<int:workshop>/", row, name="row"), *portal]
