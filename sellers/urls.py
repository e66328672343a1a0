from django.urls import path

from . import brand_views, views

app_name = "sellers"

urlpatterns = [
    path("brand/<str:accent>-<str:dark>-<str:digest>.css", brand_views.style, name="brand_style"),
    path("brand/<str:digest>.png", brand_views.logo, name="brand_logo"),
    path("s/<int:seller_id>/members/", views.members, name="members"),
    path("s/<int:seller_id>/members/<int:member_id>/", views.member, name="member"),
    path("s/<int:seller_id>/members/<int:member_id>/remove/", views.remove, name="remove_member"),
    path(
        "s/<int:seller_id>/members/invitations/<int:invitation_id>/", views.change_invitation, name="change_invitation"
    ),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("invitations/<str:token>/password/", views.choose_password, name="invitation_password"),
]
