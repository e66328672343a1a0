from django.urls import path

from . import views

urlpatterns = [
    path("reach/", views.ask_reach, name="ask_reach"),
    path("reach/<str:token>/", views.confirm_reach, name="confirm_reach"),
    path("sessions/", views.sessions, name="sessions"),  # before django-allauth's own at the same address
    path("sessions/others/sign-out/", views.sign_out_others, name="sign_out_others"),
    path("sessions/<int:session_id>/sign-out/", views.sign_out_session, name="sign_out_session"),
]
