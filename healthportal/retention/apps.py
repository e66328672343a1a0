from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _lazy


class RetentionConfig(AppConfig):
    name = "healthportal.retention"
    label = "retention"
    verbose_name = _lazy("What is kept")
