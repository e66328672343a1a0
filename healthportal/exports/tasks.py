"""Background work about exports. Each task may run twice, or die half-way."""

from celery import shared_task
from django.utils import timezone

from .services import delete_expired
from .sweeping import sweep_orphans
from .work import work_on_next


@shared_task
def make_exports() -> None:
    """Make the export that has waited longest, and see to the next one afterwards."""
    if work_on_next(clock=timezone.now):
        make_exports.delay()


@shared_task
def delete_exports() -> None:
    """Delete the files whose time is over, and those that no row names."""
    delete_expired(now=timezone.now())
    sweep_orphans(now=timezone.now())
