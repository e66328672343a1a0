from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now
        from kit.pages.cached_pages import PAGE_ROWS
        from sellers.holdings import HOLDINGS

        from . import holdings, links, page_rows

        LINKS.update(links.LINKS)
        HOLDINGS.update(holdings.HOLDINGS)
        PAGE_ROWS.extend(page_rows.PAGE_ROWS)
