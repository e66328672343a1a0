import django_stubs_ext
from django.apps import AppConfig

django_stubs_ext.monkeypatch()


class HealthportalConfig(AppConfig):
    name = "healthportal"
