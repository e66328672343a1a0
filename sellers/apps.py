from django.apps import AppConfig


class SellersConfig(AppConfig):
    name = "sellers"

    def ready(self) -> None:
        from kit.pages.kept import PAGE_ROWS  # models are loaded only now

        from . import page_rows

        PAGE_ROWS.extend(page_rows.PAGE_ROWS)
