from django.urls import path

from . import email_views, views

app_name = "inbox"

urlpatterns = [
    path("", views.message_list, name="list"),
    path("emails/", email_views.emails, name="emails"),
    path("read/", views.read_all, name="read_all"),
    path("<int:message_id>/", views.message_detail, name="detail"),
]
