from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "inbox"

    def ready(self) -> None:
        from sellers.holdings import HOLDINGS  # models are loaded only now

        from . import holdings

        HOLDINGS.update(holdings.HOLDINGS)
