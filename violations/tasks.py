"""Background work about violations and policies. Each task may run twice, or die half-way."""

from celery import shared_task
from django.utils import timezone

from . import services, uploads
from .attachments import sweep_orphans


@shared_task
def announce_policies() -> None:
    """Tell sellers of new policy versions, until everybody is told."""
    services.announce_changes(clock=timezone.now)


@shared_task
def sweep_attachments() -> None:
    """Remove the files of appeals that were never filed."""
    sweep_orphans(now=timezone.now())


@shared_task
def work_on_uploads() -> None:
    """Check or import the upload that has waited longest, and see to the next one afterwards."""
    if uploads.work_on_next(clock=timezone.now):
        work_on_uploads.delay()
