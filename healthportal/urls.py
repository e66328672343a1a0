from django.contrib import admin
from django.urls import include, path

from . import styleguide, views

urlpatterns = [
    path("", views.home, name="home"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
