"""Background work of the workshops."""

from celery import shared_task
from django.utils import timezone

from . import services


@shared_task
def pass_on_unconfirmed_places() -> None:
    """Give places that nobody confirmed in time to the next in line. Running twice, or at once, passes each on once."""
    services.pass_on_unconfirmed_places(now=timezone.now())


@shared_task
def delete_sensitive_answers() -> None:
    """Delete answers to sensitive questions 30 days after the end of their workshop."""
    services.delete_sensitive_answers(now=timezone.now())


@shared_task
def sweep_material() -> None:
    """Remove files of material that no row names any more."""
    services.sweep_material(now=timezone.now())


@shared_task
def remind_attendees() -> None:
    """Tell sellers of workshops that begin in a week or a day, or have ended. Running twice tells nobody twice."""
    services.remind_attendees(clock=timezone.now)


@shared_task
def tell_of_own_places() -> None:
    """Tell sellers of the places that they took or gave back themselves, and their new and former members of theirs.

    Running twice tells nobody twice. Who joined comes first: what a seller is told next goes to all its members.
    """
    services.tell_of_member_changes(clock=timezone.now)
    services.tell_of_own_places(clock=timezone.now)
