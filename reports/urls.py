from django.urls import path

from . import views

app_name = "reports"

urlpatterns = [
    path("", views.report_list, name="list"),
    path("all.csv", views.all_csv, name="all_csv"),
    path("all.json", views.all_json, name="all_json"),
    path("<str:week>.pdf", views.report_pdf, name="pdf"),
    path("<str:week>.csv", views.report_csv, name="csv"),
    path("<str:week>.json", views.report_json, name="json"),
    path("<str:week>/", views.report_detail, name="detail"),
]
