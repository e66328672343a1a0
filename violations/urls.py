from django.urls import path

from . import views

app_name = "violations"

urlpatterns = [
    path("policies/", views.policy_list, name="policy_list"),
    path("policies/<slug:code>/", views.policy_detail, name="policy_detail"),
    path("policies/<slug:code>/article/", views.article, name="article"),
    path("policies/<slug:code>/versions/<int:number>/", views.version_detail, name="version_detail"),
    path("s/<int:seller_id>/violations/", views.violation_list, name="list"),
    path("s/<int:seller_id>/violations/<int:violation_id>/", views.violation_detail, name="detail"),
    path("s/<int:seller_id>/ledger/", views.ledger, name="ledger"),
]
