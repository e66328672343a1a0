"""Sign-ups as a seller's download has them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.documents.records import Record, exact
from sellers.holdings import Holding
from sellers.models import Seller

from .models import Certificate, Signup, SignupAnswer

SIGNUP_FIELDS = [
    "signup", "workshop", "city", "venue", "starts_at", "ends_at", "state", "person", "attendee", "signed_up_at",
    "placed_at", "confirm_by", "confirmed_at", "cancelled_at", "cancel_reason", "checked_in_at", "check_in_code",
]  # fmt: skip


def signups_of(seller: Seller, now: datetime) -> QuerySet[Signup]:
    return Signup.objects.filter(seller=seller).select_related("workshop__city", "user").order_by("signed_up_at", "id")


def signup_record(signup: Signup, *, zone: ZoneInfo) -> Record:
    """A place or a waiting place, in the seller's local time like everything else."""
    return {
        "signup": signup.pk,
        "workshop": signup.workshop.title,
        "city": signup.workshop.city.name if signup.workshop.city else "",
        "venue": signup.workshop.venue,
        "starts_at": exact(signup.workshop.starts_at, zone=zone),
        "ends_at": exact(signup.workshop.ends_at, zone=zone),
        "state": signup.state,
        "person": signup.user.email,
        "attendee": signup.attendee,
        "signed_up_at": exact(signup.signed_up_at, zone=zone),
        "placed_at": exact(signup.placed_at, zone=zone),
        "confirm_by": exact(signup.confirm_by, zone=zone),
        "confirmed_at": exact(signup.confirmed_at, zone=zone),
        "cancelled_at": exact(signup.cancelled_at, zone=zone),
        "cancel_reason": signup.cancel_reason,
        "checked_in_at": exact(signup.checked_in_at, zone=zone),
        "check_in_code": signup.check_in_code,
    }


ANSWER_FIELDS = ["signup", "workshop", "question", "answer"]


def answers_of(seller: Seller, now: datetime) -> QuerySet[SignupAnswer]:
    answers = SignupAnswer.objects.filter(signup__seller=seller)
    return answers.select_related("signup__workshop", "question").order_by("signup_id", "question__position", "pk")


def answer_record(answer: SignupAnswer, *, zone: ZoneInfo) -> Record:
    return {
        "signup": answer.signup_id,
        "workshop": answer.signup.workshop.title,
        "question": answer.question.text,
        "answer": "; ".join(answer.values),
    }


CERTIFICATE_FIELDS = ["signup", "workshop", "name", "place", "code", "issued_at", "holds"]


def certificates_of(seller: Seller, now: datetime) -> QuerySet[Certificate]:
    certificates = Certificate.objects.filter(signup__seller=seller, issued_at__lte=now)
    return certificates.select_related("signup").order_by("pk")


def certificate_record(certificate: Certificate, *, zone: ZoneInfo) -> Record:
    return {
        "signup": certificate.signup_id,
        "workshop": certificate.title,
        "name": certificate.name,
        "place": certificate.place,
        "code": certificate.code,
        "issued_at": exact(certificate.issued_at, zone=zone),
        "holds": not certificate.withdrawn,
    }


HOLDINGS = {
    "signups": Holding(SIGNUP_FIELDS, signups_of, signup_record),
    "signup_answers": Holding(ANSWER_FIELDS, answers_of, answer_record),
    "certificates": Holding(CERTIFICATE_FIELDS, certificates_of, certificate_record),
}
