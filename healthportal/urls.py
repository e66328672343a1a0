from django.apps import apps
from django.contrib import admin
from django.urls import include, path, re_path

from accounts.mail_events import mail_events
from inbox.email_views import leave_digest, unsubscribe

from . import search_engines, styleguide, views
from .account import account
from .api import api, no_such_call
from .dates import views as dates
from .exports import views as exports
from .health import livez, readyz
from .monitoring.exposing import metrics
from .retention import views as retention
from .support.views import stop_viewing

urlpatterns = [
    path("", views.home, name="home"),
    path("account/", account, name="account"),
    path("account/erasure/", retention.erasure, name="erasure"),
    path("viewing/stop/", stop_viewing, name="stop_viewing"),
    path("sellers/", views.sellers, name="sellers"),
    path("policies/", include("policies.urls")),
    path("", include("violations.urls")),
    path("", include("workshops.urls")),
    path("", include("sellers.urls")),
    path("s/<int:seller_id>/", views.dashboard, name="dashboard"),
    path("s/<int:seller_id>/dates/", dates.dates, name="dates"),
    path("s/<int:seller_id>/dates/calendar/", dates.change_calendar, name="change_calendar"),
    path("s/<int:seller_id>/kept/", retention.kept, name="kept"),
    path("s/<int:seller_id>/download/", exports.download, name="download"),
    path("s/<int:seller_id>/download/<int:export_id>.zip", exports.download_file, name="download_file"),
    path("calendar/<str:token>.ics", dates.calendar, name="calendar"),
    path("s/<int:seller_id>/inbox/", include("inbox.urls")),
    path("s/<int:seller_id>/quizzes/", include("quizzes.urls")),
    path("s/<int:seller_id>/reports/", include("reports.urls")),
    path("unsubscribe/week/<str:token>/", leave_digest, name="leave_digest"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("robots.txt", search_engines.robots, name="robots"),
    path("sitemap.xml", search_engines.sitemap, name="sitemap"),
    path("sitemap-<slug:section>.xml", search_engines.sitemap_of, name="sitemap_of"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("mail/events/<str:secret>/", mail_events, name="mail_events"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    re_path("^api/", no_such_call),
    path("livez", livez),
    path("metrics", metrics),
    path("readyz", readyz),
    path("healthz", readyz),
]

if apps.is_installed("anymail"):
    urlpatterns += [path("mail/", include("anymail.urls"))]

handler400 = "healthportal.errors.bad_request"
handler403 = "healthportal.errors.not_allowed"
handler404 = "healthportal.errors.not_found"
handler429 = "healthportal.errors.too_many"  # django-allauth asks for it
handler500 = "healthportal.errors.broken"
