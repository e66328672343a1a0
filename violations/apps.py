from django.apps import AppConfig


class ViolationsConfig(AppConfig):
    name = "violations"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now

        from . import links

        LINKS.update(links.LINKS)
