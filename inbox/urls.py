from django.urls import path

from . import views

app_name = "inbox"

urlpatterns = [
    path("", views.page, name="list"),
    path("<int:message_id>/", views.page, name="detail"),
]
