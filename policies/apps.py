from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now

        from . import links

        LINKS.update(links.LINKS)
