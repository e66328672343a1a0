from django.urls import path

from . import views

app_name = "violations"

urlpatterns = [
    path("policies/", views.page, name="policy_list"),
    path("policies/<slug:code>/", views.page, name="policy_detail"),
    path("policies/<slug:code>/article/", views.page, name="article"),
    path("s/<int:seller_id>/violations/", views.page, name="list"),
    path("s/<int:seller_id>/violations/<int:violation_id>/", views.page, name="detail"),
    path("s/<int:seller_id>/ledger/", views.page, name="ledger"),
]
