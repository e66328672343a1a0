from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now
        from sellers.holdings import HOLDINGS

        from . import holdings, links

        LINKS.update(links.LINKS)
        HOLDINGS.update(holdings.HOLDINGS)
