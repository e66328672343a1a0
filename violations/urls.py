from django.urls import path

from . import appeal_views, ledger_views, views

app_name = "violations"

urlpatterns = [
    path("s/<int:seller_id>/violations/", views.violation_list, name="list"),
    path("s/<int:seller_id>/violations/<int:violation_id>/", views.violation_detail, name="detail"),
    path("s/<int:seller_id>/violations/<int:violation_id>/statement.pdf", views.statement, name="statement"),
    path("s/<int:seller_id>/violations/<int:violation_id>/appeal/", appeal_views.appeal_file, name="appeal_file"),
    path("s/<int:seller_id>/appeals/", appeal_views.appeal_list, name="appeal_list"),
    path("s/<int:seller_id>/appeals/<int:appeal_id>/", appeal_views.appeal_detail, name="appeal_detail"),
    path("s/<int:seller_id>/appeals/<int:appeal_id>/withdraw/", appeal_views.withdraw, name="appeal_withdraw"),
    path(
        "s/<int:seller_id>/appeals/<int:appeal_id>/attachments/<int:attachment_id>/",
        appeal_views.attachment,
        name="appeal_attachment",
    ),
    path("s/<int:seller_id>/ledger/", ledger_views.ledger, name="ledger"),
    path("s/<int:seller_id>/ledger/what-if/", ledger_views.what_if, name="what_if"),
    path("s/<int:seller_id>/enforcement/", ledger_views.enforcement, name="enforcement"),
]
