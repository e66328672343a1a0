from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now

        from . import links

        LINKS.update(links.LINKS)
