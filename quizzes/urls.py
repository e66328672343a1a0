from django.urls import path

from . import attempt_views, milestone_views, picture_views, practice_views, remark_views, views

app_name = "quizzes"

urlpatterns = [
    path("", views.quiz_list, name="list"),
    path("attempt/<int:attempt_id>/", attempt_views.attempt, name="attempt"),
    path("attempt/<int:attempt_id>/review/", attempt_views.review, name="review"),
    path("attempt/<int:attempt_id>/<int:position>/", attempt_views.question, name="question"),
    path("attempt/<int:attempt_id>/<int:position>/remark/", remark_views.remark, name="remark"),
    path("action/<int:action_id>/", milestone_views.milestone, name="milestone"),
    path("picture/<int:picture_id>/", picture_views.picture, name="picture"),
    path("practice/", practice_views.practice_list, name="practice_list"),
    path("practice/<slug:policy>/", practice_views.practice, name="practice"),
    path("<slug:policy>/", views.detail, name="detail"),
]
