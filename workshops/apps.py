from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    name = "workshops"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now

        from . import links

        LINKS.update(links.LINKS)
