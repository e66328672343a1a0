from django.urls import path

from . import views

app_name = "workshops"

urlpatterns = [
    path("workshops/", views.workshop_list, name="list"),
    path("workshops/<int:workshop_id>/", views.workshop_detail, name="detail"),
    path("workshops/<int:workshop_id>/workshop.ics", views.workshop_calendar, name="calendar"),
    path("workshops/<int:workshop_id>/check-in/", views.check_in, name="check_in"),
    path("workshops/<int:workshop_id>/check-in/<int:signup_id>/undo/", views.undo_check_in, name="undo_check_in"),
    path("s/<int:seller_id>/workshops/", views.seller_list, name="seller_list"),
    path("s/<int:seller_id>/workshops/<int:workshop_id>/sign-up/", views.sign_up, name="sign_up"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/", views.signup_detail, name="signup"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/code.svg", views.signup_qr, name="signup_qr"),
    path("s/<int:seller_id>/workshops/places/<int:signup_id>/cancel/", views.cancel_signup, name="cancel_signup"),
]
