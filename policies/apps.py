from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now
        from kit.pages.cached_pages import PAGE_ROWS

        from . import links, page_rows

        LINKS.update(links.LINKS)
        PAGE_ROWS.extend(page_rows.PAGE_ROWS)
