from django.urls import path

from . import views

app_name = "policies"

urlpatterns = [
    path("", views.policy_list, name="list"),
    path("<slug:code>/", views.policy_detail, name="detail"),
    path("<slug:code>/article/", views.article, name="article"),
    path("<slug:code>/versions/<int:number>/", views.version_detail, name="version"),
]
