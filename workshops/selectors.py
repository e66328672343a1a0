"""Reads of workshops and sign-ups. Moments are UTC; a workshop's day is the one in its own time zone."""

from __future__ import annotations

from datetime import datetime

from django.db.models import (
    Case,
    Count,
    DateField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)

from sellers.models import Seller, User

from .models import Signup, SignupQuerySet, Workshop, WorkshopQuerySet


def listed_workshops() -> WorkshopQuerySet:
    """What the public may see: published ones, also those cancelled since, with counts and ``local_day``.

    ``places_given``, ``waiting`` and ``places_left`` come from the sign-ups; ``local_day`` is the calendar day on
    which a workshop starts in its own time zone, or in UTC if that is not known.
    """
    local_day = Func(F("starts_at"), F("time_zone"), function="local_day", output_field=DateField())
    return Workshop.objects.listed().with_counts().annotate(local_day=local_day)


def upcoming_workshops(*, at: datetime) -> WorkshopQuerySet:
    """Listed workshops that have not ended, the next first."""
    return listed_workshops().upcoming(at=at).order_by("starts_at", "id")


def past_workshops(*, at: datetime) -> WorkshopQuerySet:
    """Listed workshops that have ended, the latest first."""
    return listed_workshops().filter(ends_at__lte=at).order_by("-starts_at", "-id")


def open_workshops_for(*, seller: Seller, at: datetime) -> WorkshopQuerySet:
    """Workshops a seller can still sign up for and has not: in its city first, then in its market, then the rest."""
    nearness = Case(
        When(Q(city__iexact=seller.city) & ~Q(city=""), then=Value(0)),
        When(market_id=seller.market_id, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    own = Signup.objects.active().filter(seller=seller).values("workshop_id")
    workshops = listed_workshops().filter(starts_at__gt=at, cancelled_at=None).exclude(pk__in=own)
    return workshops.annotate(nearness=nearness).order_by("nearness", "starts_at", "id")


def with_position(signups: SignupQuerySet) -> SignupQuerySet:
    """Adds ``position``: 1 for the first who waits, None for those who do not wait."""
    not_later = Q(signed_up_at__lt=OuterRef("signed_up_at")) | Q(
        signed_up_at=OuterRef("signed_up_at"), id__lte=OuterRef("id")
    )
    ahead = Signup.objects.waiting().filter(not_later, workshop_id=OuterRef("workshop_id")).order_by()
    position = Subquery(ahead.values("workshop_id").annotate(n=Count("id")).values("n"), output_field=IntegerField())
    return signups.annotate(position=Case(When(state=Signup.State.WAITING, then=position)))


def signups_of(*, seller: Seller) -> SignupQuerySet:
    """A seller's sign-ups with their workshop and ``position`` in the queue."""
    return with_position(Signup.objects.filter(seller=seller).select_related("workshop"))


def current_signups(*, seller: Seller, at: datetime) -> SignupQuerySet:
    """Places and waiting places of a seller in workshops that have not ended, the next workshop first."""
    signups = signups_of(seller=seller).active().filter(workshop__ends_at__gt=at)
    return signups.order_by("workshop__starts_at", "id")


def earlier_signups(*, seller: Seller, at: datetime) -> SignupQuerySet:
    """What became of a seller's sign-ups: workshops that ended or were cancelled, the latest first.

    Sign-ups that the seller cancelled itself are left out.
    """
    ended = Q(workshop__ends_at__lte=at) & ~Q(state=Signup.State.CANCELLED)
    called_off = Q(workshop__cancelled_at__isnull=False, cancelled_at=F("workshop__cancelled_at"))
    return signups_of(seller=seller).filter(ended | called_off).order_by("-workshop__starts_at", "-id")


def get_signup(*, seller: Seller, signup_id: int) -> Signup:
    """One sign-up of this seller, with ``position``. Raises ``Signup.DoesNotExist`` for anybody else's."""
    return signups_of(seller=seller).get(pk=signup_id)


def signups_by_seller(*, workshop: Workshop, user: User) -> dict[int, Signup]:
    """The active sign-up in a workshop of each of a person's sellers, by seller id (the newest, if it has several)."""
    signups = with_position(Signup.objects.active().filter(workshop=workshop, seller__members__user=user))
    return {signup.seller_id: signup for signup in signups.order_by("ordinal")}


def in_order(signups: SignupQuerySet) -> SignupQuerySet:
    """Who has a place, then who waits, then who cancelled, each in the order of signing up; with ``position``."""
    rank = Case(
        When(state=Signup.State.PLACED, then=Value(0)),
        When(state=Signup.State.WAITING, then=Value(1)),
        default=Value(2),
    )
    return with_position(signups).order_by(rank, "signed_up_at", "id")


def attendees(*, workshop: Workshop) -> SignupQuerySet:
    """Everybody who signed up for a workshop, ``in_order``."""
    return in_order(Signup.objects.filter(workshop=workshop).select_related("seller__market", "user"))


def arrived(*, workshop: Workshop) -> SignupQuerySet:
    """Who was checked in, the latest first."""
    signups = Signup.objects.filter(workshop=workshop, checked_in_at__isnull=False).select_related("seller")
    return signups.order_by("-checked_in_at", "-id")
