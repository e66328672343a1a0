"""Background work about quizzes."""

from celery import shared_task
from django.utils import timezone

from .services import remind_sellers as remind
from .services import run_trials as run


@shared_task
def remind_sellers() -> None:
    """Tell sellers whose windows close in a week or tomorrow. Running twice, or at once, tells nobody twice."""
    remind(clock=timezone.now)


@shared_task
def run_trials() -> None:
    """Take sellers into fair trials and invite one half. Running twice, or at once, tells nobody twice."""
    run(clock=timezone.now)
