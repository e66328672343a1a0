from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    name = "quizzes"

    def ready(self) -> None:
        from violations.presentation.list_states import LIST_STATES, ListState  # models are loaded only now

        from .next_steps import with_a_quiz

        LIST_STATES["quiz"] = ListState(_("Quiz open"), with_a_quiz)
