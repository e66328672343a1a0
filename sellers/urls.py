from django.urls import path

from . import views

app_name = "sellers"

urlpatterns = [
    path("s/<int:seller_id>/members/", views.members, name="members"),
    path("s/<int:seller_id>/members/<int:member_id>/", views.member, name="member"),
    path("s/<int:seller_id>/members/<int:member_id>/remove/", views.remove, name="remove_member"),
    path(
        "s/<int:seller_id>/members/invitations/<int:invitation_id>/", views.change_invitation, name="change_invitation"
    ),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("invitations/<str:token>/password/", views.choose_password, name="invitation_password"),
]
