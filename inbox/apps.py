from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "inbox"

    def ready(self) -> None:
        from kit.pages.cached_pages import PAGE_ROWS
        from sellers.holdings import HOLDINGS  # models are loaded only now

        from . import holdings, page_rows

        HOLDINGS.update(holdings.HOLDINGS)
        PAGE_ROWS.extend(page_rows.PAGE_ROWS)
