from django.urls import path, register_converter

from . import certificate_views, door_views, feedback_views, host_views, public_views, views
from .addresses import WorkshopName

register_converter(WorkshopName, "workshop")

app_name = "workshops"

DOOR = "workshops/<int:workshop_id>/check-in/"

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
    path(f"{DOOR}", door_views.check_in, name="check_in"),
    path(f"{DOOR}roster/", door_views.roster, name="check_in_roster"),
    path(f"{DOOR}scans/", door_views.scans, name="check_in_scans"),
    path(f"{DOOR}<int:signup_id>/", door_views.check_in_place, name="check_in_place"),
    path(f"{DOOR}<int:signup_id>/undo/", door_views.undo, name="undo_check_in"),
    path(f"{DOOR}<int:signup_id>/let-in/", host_views.let_in, name="let_in"),
    path(f"{DOOR}<int:signup_id>/was-there/", host_views.note_late, name="note_late"),
    path(f"{DOOR}walk-in/", host_views.walk_in, name="walk_in"),
    path(f"{DOOR}list/", host_views.door_list, name="door_list"),
    path(f"{DOOR}links/", host_views.door_links, name="door_links"),
    path(f"{DOOR}links/<int:link_id>/revoke/", host_views.revoke_link, name="revoke_door_link"),
    path("door/<str:token>/", door_views.check_in, name="door"),
    path("door/<str:token>/roster/", door_views.roster, name="door_roster"),
    path("door/<str:token>/scans/", door_views.scans, name="door_scans"),
    path("door/<str:token>/<int:signup_id>/", door_views.check_in_place, name="door_place"),
    path("door/<str:token>/<int:signup_id>/undo/", door_views.undo, name="door_undo"),
    path("workshops/<int:workshop_id>/material/<int:file_id>/", public_views.material_file, name="material"),
    path("certificates/", certificate_views.find_certificate, name="find_certificate"),
    path("certificates/<str:secret>/", certificate_views.certificate, name="certificate"),
    path("badges/issuer.json", certificate_views.badge_issuer, name="badge_issuer"),
    path("badges/keys.json", certificate_views.badge_keys, name="badge_keys"),
    path("badges/keys/<str:thumbprint>.json", certificate_views.badge_key, name="badge_key"),
    path("badges/revoked.json", certificate_views.badge_revocations, name="badge_revocations"),
    path("s/<int:seller_id>/workshops/", views.seller_list, name="seller_list"),
    path("s/<int:seller_id>/workshops/<int:workshop_id>/sign-up/", views.sign_up, name="sign_up"),
    path("s/<int:seller_id>/workshops/<int:workshop_id>/feedback/", feedback_views.feedback, name="feedback"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/", views.signup_detail, name="signup"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/code.svg", views.signup_qr, name="signup_qr"),
    path(
        "s/<int:seller_id>/workshops/places/<int:signup_id>/workshop.ics", views.signup_calendar, name="signup_calendar"
    ),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/confirm/", views.confirm_signup, name="confirm_signup"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/change/", views.change_signup, name="change_signup"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/cancel/", views.cancel_signup, name="cancel_signup"),
    path(
        "s/<int:seller_id>/workshops/places/<int:signup_id>/certificate/",
        certificate_views.issue_certificate,
        name="issue_certificate",
    ),
    path(
        "s/<int:seller_id>/workshops/places/<int:signup_id>/certificate.pdf",
        certificate_views.certificate_file,
        name="certificate_file",
    ),
    path(
        "s/<int:seller_id>/workshops/places/<int:signup_id>/badge.jwt", certificate_views.badge_file, name="badge_file"
    ),
]
