from django.apps import AppConfig


class ViolationsConfig(AppConfig):
    name = "violations"

    def ready(self) -> None:
        from inbox.events.answers import WHEN_TAKEN  # models are loaded only now
        from inbox.events.models import Event
        from inbox.rendering import LINKS
        from kit.pages.cached_pages import PAGE_ROWS
        from sellers.holdings import HOLDINGS

        from . import holdings, links, page_rows
        from .services import acknowledge_by_answer

        WHEN_TAKEN[Event.Kind.ACTION_ANNOUNCED] = acknowledge_by_answer
        WHEN_TAKEN[Event.Kind.ACTION_STARTED] = acknowledge_by_answer
        LINKS.update(links.LINKS)
        HOLDINGS.update(holdings.HOLDINGS)
        PAGE_ROWS.extend(page_rows.PAGE_ROWS)
