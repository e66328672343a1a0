from importlib import import_module

import django_stubs_ext
from django.apps import AppConfig
from django.apps import apps as installed
from django.conf import settings
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate

from kit.backoffice.names import translate_names

from .monitoring.extras import start
from .roles import update_roles

django_stubs_ext.monkeypatch()


class HealthportalConfig(AppConfig):
    name = "healthportal"
    default = True

    def ready(self) -> None:
        # First, to be told what fails after it; not in the settings, which have to be read before.
        start(sentry_dsn=settings.SENTRY_DSN, telemetry=settings.TELEMETRY, environment=settings.ENVIRONMENT)
        # One app's signal is enough; Django sends one for each app that has models.
        post_migrate.connect(update_roles, sender=installed.get_app_config("sellers"), dispatch_uid="portal-roles")
        _register_message_links()
        translate_names()
        import_module("healthportal.database_role")  # its check
        import_module("healthportal.stored_zones")  # its check


def _register_message_links() -> None:
    from inbox.rendering import LINKS  # models are loaded only now

    from .support import links

    LINKS.update(links.LINKS)


class StaffConfig(admin_apps.AdminConfig):
    default = False
    default_site = "healthportal.admin_site.StaffSite"
