"""Background work about quizzes."""

from celery import shared_task
from django.utils import timezone

from .models import Regrade
from .pictures import sweep_pictures as sweep
from .services import regrade_next_batch
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


@shared_task
def continue_regrades() -> None:
    """Look for regrades that run, whoever left them, and go on with each."""
    for regrade_id in Regrade.objects.running().values_list("pk", flat=True):
        continue_regrade.delay(regrade_id)


@shared_task
def continue_regrade(regrade_id: int) -> None:
    """Grade one batch of attempts again, and the next ones in a task of their own."""
    if regrade_next_batch(regrade_id=regrade_id, now=timezone.now()):
        continue_regrade.delay(regrade_id)


@shared_task
def sweep_pictures() -> None:
    """Remove the files that no picture of a question names."""
    sweep(now=timezone.now())
