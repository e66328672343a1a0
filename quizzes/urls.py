from django.urls import path

from . import views

app_name = "quizzes"

urlpatterns = [
    path("", views.quiz_list, name="list"),
    path("attempt/<int:attempt_id>/", views.attempt, name="attempt"),
    path("attempt/<int:attempt_id>/review/", views.review, name="review"),
    path("attempt/<int:attempt_id>/<int:position>/", views.question, name="question"),
    path("<slug:policy>/", views.detail, name="detail"),
]
