"""Background work about violations and policies. Each task may run twice, or die half-way."""

from celery import shared_task
from django.utils import timezone

from . import services
from .attachments import sweep_orphans
from .imports.upload_work import work_on_next
from .models import MassReversal


@shared_task
def change_rules() -> None:
    """Tell sellers of changes of their market's rules, and let those take effect whose time has come."""
    services.apply_due_rules(now=timezone.now())
    while services.announce_rules_batch(now=timezone.now()) is not None:
        pass


@shared_task
def record_starts() -> None:
    """Let the marketplace's systems know of the actions whose time has come."""
    services.record_starts(now=timezone.now())


@shared_task
def watch_detectors() -> None:
    """Raise an alarm where the share of a detector's violations that are overturned has jumped."""
    services.watch_detectors(now=timezone.now())


@shared_task
def sweep_attachments() -> None:
    """Forget the drafts of appeals that were never filed, and remove the files that no row names."""
    services.sweep_drafts(now=timezone.now())
    sweep_orphans(now=timezone.now())


@shared_task
def answer_rehearsals() -> None:
    """Answer the rehearsal that has waited longest, and see to the next one afterwards."""
    if services.answer_next_rehearsal(clock=timezone.now):
        answer_rehearsals.delay()


@shared_task
def work_on_uploads() -> None:
    """Check or import the upload that has waited longest, and see to the next one afterwards."""
    if work_on_next(clock=timezone.now):
        work_on_uploads.delay()


@shared_task
def continue_reversals() -> None:
    """Look for mass reversals that run, whoever left them, and go on with each."""
    for reversal_id in MassReversal.objects.running().values_list("pk", flat=True):
        continue_reversal.delay(reversal_id)


@shared_task
def continue_reversal(reversal_id: int) -> None:
    """Void one batch, then the next. A second worker finds the first one at it and leaves."""
    if services.void_next_batch(reversal_id=reversal_id, now=timezone.now()):
        continue_reversal.delay(reversal_id)
