from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    name = "quizzes"

    def ready(self) -> None:
        from inbox.rendering import LINKS  # models are loaded only now
        from kit.pages.cached_pages import PAGE_ROWS
        from sellers.holdings import HOLDINGS
        from violations.presentation.list_states import LIST_STATES, ListState

        from . import holdings, links, page_rows
        from .next_steps import quiz_deadlines

        LINKS.update(links.LINKS)
        HOLDINGS.update(holdings.HOLDINGS)
        LIST_STATES["quiz"] = ListState(_("Quiz open"), quiz_deadlines)
        PAGE_ROWS.extend(page_rows.PAGE_ROWS)
