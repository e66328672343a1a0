from django.urls import path, register_converter

from . import public_views, views
from .addresses import WorkshopName

register_converter(WorkshopName, "workshop")

app_name = "workshops"

urlpatterns = [
    path("workshops/", public_views.workshop_list, name="list"),
    path("workshops/past/", public_views.workshop_list, {"past": True}, name="past"),
    path("workshops/in/<slug:slug>/", public_views.workshop_list, name="city"),
    path("workshops/workshops.ics", public_views.feed, name="feed"),
    path("workshops/in/<slug:slug>/workshops.ics", public_views.feed, name="city_feed"),
    path("workshops/in/<slug:slug>/past/", public_views.workshop_list, {"past": True}, name="city_past"),
    path("workshops/<workshop:workshop_id>/", public_views.workshop_detail, name="detail"),
    path("workshops/<int:workshop_id>/preview.png", public_views.workshop_preview, name="preview"),
    path("workshops/<int:workshop_id>/workshop.ics", public_views.workshop_calendar, name="calendar"),
    path("workshops/<int:workshop_id>/check-in/", views.check_in, name="check_in"),
    path("workshops/<int:workshop_id>/check-in/<int:signup_id>/undo/", views.undo_check_in, name="undo_check_in"),
    path("s/<int:seller_id>/workshops/", views.seller_list, name="seller_list"),
    path("s/<int:seller_id>/workshops/<int:workshop_id>/sign-up/", views.sign_up, name="sign_up"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/", views.signup_detail, name="signup"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/code.svg", views.signup_qr, name="signup_qr"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/confirm/", views.confirm_signup, name="confirm_signup"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/cancel/", views.cancel_signup, name="cancel_signup"),
]
