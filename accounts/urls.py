from allauth.account.decorators import reauthentication_required
from allauth.account.views import password_set
from django.contrib.auth.decorators import login_required
from django.urls import path

from . import views

# django-allauth asks nobody who has no password yet, such as who signs in with a passkey, who they are.
set_first_password = login_required(reauthentication_required(app="allauth.account")(password_set))

urlpatterns = [
    path("password/set/", set_first_password, name="account_set_password"),  # before django-allauth's own
    path("reach/", views.ask_reach, name="ask_reach"),
    path("reach/<str:token>/", views.confirm_reach, name="confirm_reach"),
    path("sessions/", views.sessions, name="sessions"),  # before django-allauth's own at the same address
    path("sessions/others/sign-out/", views.sign_out_others, name="sign_out_others"),
    path("sessions/<int:session_id>/sign-out/", views.sign_out_session, name="sign_out_session"),
]
