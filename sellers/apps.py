from django.apps import AppConfig


class SellersConfig(AppConfig):
    name = "sellers"

    def ready(self) -> None:
        from accounts.looks import LOOKS
        from kit.pages.cached_pages import PAGE_ROWS  # models are loaded only now

        from . import account_emails, page_rows

        LOOKS.append(account_emails.brand_look)
        PAGE_ROWS.extend(page_rows.PAGE_ROWS)
