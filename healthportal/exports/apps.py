from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "healthportal.exports"
    label = "exports"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now

        from . import links

        LINKS.update(links.LINKS)
