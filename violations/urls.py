from django.urls import path

from . import answer_views, appeal_views, draft_views, file_views, ledger_views, views

app_name = "violations"

urlpatterns = [
    path("s/<int:seller_id>/violations/", views.violation_list, name="list"),
    path("s/<int:seller_id>/violations.csv", file_views.violations_csv, name="list_csv"),
    path("s/<int:seller_id>/violations/<int:violation_id>/", views.violation_detail, name="detail"),
    path("s/<int:seller_id>/violations/<int:violation_id>/statement.pdf", views.statement, name="statement"),
    path("s/<int:seller_id>/violations/<int:violation_id>/appeal/", draft_views.appeal_file, name="appeal_file"),
    path(
        "s/<int:seller_id>/violations/<int:violation_id>/appeal/draft/", draft_views.appeal_draft, name="appeal_draft"
    ),
    path(
        "s/<int:seller_id>/violations/<int:violation_id>/appeal/check/", draft_views.appeal_check, name="appeal_check"
    ),
    path(
        "s/<int:seller_id>/violations/<int:violation_id>/appeal/attachments/<int:attachment_id>/",
        draft_views.draft_attachment,
        name="draft_attachment",
    ),
    path("s/<int:seller_id>/appeals/", appeal_views.appeal_list, name="appeal_list"),
    path("s/<int:seller_id>/appeals/<int:appeal_id>/", appeal_views.appeal_detail, name="appeal_detail"),
    path("s/<int:seller_id>/appeals/<int:appeal_id>/withdraw/", appeal_views.withdraw, name="appeal_withdraw"),
    path(
        "s/<int:seller_id>/appeals/<int:appeal_id>/attachments/<int:attachment_id>/",
        appeal_views.attachment,
        name="appeal_attachment",
    ),
    path("s/<int:seller_id>/appeals/requests/<int:request_id>/", answer_views.appeal_answer, name="appeal_answer"),
    path("s/<int:seller_id>/appeals/requests/<int:request_id>/draft/", answer_views.answer_draft, name="answer_draft"),
    path("s/<int:seller_id>/ledger/", ledger_views.ledger, name="ledger"),
    path("s/<int:seller_id>/ledger.csv", file_views.ledger_csv, name="ledger_csv"),
    path("s/<int:seller_id>/ledger/what-if/", ledger_views.what_if, name="what_if"),
    path("s/<int:seller_id>/enforcement/", ledger_views.enforcement, name="enforcement"),
]
