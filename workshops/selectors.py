"""Reads of workshops and sign-ups. Moments are UTC; a workshop's day is the one in its own time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import User
from inbox.models import Message
from kit.database.prepared_reads import PreparedRead, id_parameter, ids_parameter, moment_parameter, read_prepared
from sellers.models import Seller
from violations.models import ActionKind, EnforcementAction, Violation

from . import rules
from .missed_rules import MissedWorkshops
from .missed_selectors import missed_by
from .models import (
    City,
    MaterialFile,
    Seat,
    Signup,
    SignupAnswer,
    SignupQuerySet,
    SignupQuestion,
    Workshop,
    WorkshopQuerySet,
)

TEXTS = ("description", "agenda", "what_to_bring", "accessibility")
"""What a list does not show, so it is not read either."""


def with_counts(workshops: WorkshopQuerySet) -> WorkshopQuerySet:
    """Adds ``places_given``, ``waiting`` and ``places_left``."""
    return workshops.annotate(
        places_given=_number_of_signups(Signup.State.PLACED),
        waiting=_number_of_signups(Signup.State.WAITING),
        places_left=_number_of(Seat.objects.free()),
    )


def _number_of_signups(state: str) -> Coalesce:
    """Counted for the workshops that are shown alone."""
    return _number_of(Signup.objects.filter(state=state))


def _number_of(records: QuerySet[Any]) -> Coalesce:
    own = records.filter(workshop=OuterRef("pk")).order_by()
    return Coalesce(Subquery(own.values("workshop").annotate(number=Count("pk")).values("number")), 0)


def listed_workshops() -> WorkshopQuerySet:
    """What the public may see: published ones, also those cancelled since, with counts and ``local_day``.

    ``places_given``, ``waiting`` and ``places_left`` come from the sign-ups. ``local_day`` is the calendar day on which
    a workshop starts in its own time zone. Where that is not known it is a day in UTC.
    """
    local_day = Func(F("starts_at"), F("time_zone"), function="local_day", output_field=DateField())
    return with_counts(Workshop.objects.listed()).annotate(local_day=local_day).select_related("city")


def upcoming_workshops(*, as_of: datetime) -> WorkshopQuerySet:
    """Listed workshops that have not ended, the next first."""
    return listed_workshops().upcoming(as_of=as_of).order_by("starts_at", "id")


def past_workshops(*, as_of: datetime) -> WorkshopQuerySet:
    """Listed workshops that have ended, the latest first, with ``has_files``: whether their material has some."""
    files = Exists(MaterialFile.objects.filter(workshop=OuterRef("pk")))
    return listed_workshops().filter(ends_at__lte=as_of).annotate(has_files=files).order_by("-starts_at", "-id")


OUTLOOK_WORKSHOPS = 10
"""How many past workshops tell how many places are given back."""


def why_not_open(workshop: Workshop, *, now: datetime) -> rules.SignupProblem | None:
    """Why nobody can sign up for a workshop, ``None`` if it is open."""
    return rules.why_not_open(
        published=workshop.published_at is not None,
        cancelled=workshop.cancelled_at is not None,
        starts_at=workshop.starts_at,
        ends_at=workshop.ends_at,
        now=now,
    )


def why_not_sellers(
    workshop: Workshop, sellers: Sequence[Seller], *, now: datetime
) -> dict[int, rules.SignupProblem | None]:
    """Why each of some sellers cannot come to a workshop that is open, ``None`` for who can (1 query)."""
    deactivated = set(_deactivated.read(sellers=[seller.pk for seller in sellers], now=now) if sellers else ())
    return {
        seller.pk: rules.why_not_seller(
            signed_up_to_sell=seller.signed_up_to_sell,
            of_market=workshop.open_to_all_markets or workshop.market_id == seller.market_id,
            deactivated=seller.pk in deactivated,
        )
        for seller in sellers
    }


def why_no_places(seller: Seller, *, now: datetime) -> rules.SignupProblem | None:
    """Why a seller can come to no workshop at all, ``None`` if it can (1 query)."""
    deactivated = bool(_deactivated.read(sellers=[seller.pk], now=now))
    return rules.why_not_seller(signed_up_to_sell=seller.signed_up_to_sell, of_market=True, deactivated=deactivated)


_deactivated = PreparedRead(
    lambda: (
        EnforcementAction.objects.in_force(as_of=moment_parameter("now"))
        .filter(kind=ActionKind.DEACTIVATION, seller__in=ids_parameter("sellers"))
        .order_by()
        .values_list("seller_id", flat=True)
    )
)


def needs_topic(workshop: Workshop, seller: Seller, *, as_of: datetime) -> bool:
    """Whether a seller has a violation with points of a policy that the workshop is about (1 query)."""
    return bool(_of_topic.read(seller=seller.pk, workshop=workshop.pk, as_of=as_of))


_of_topic = PreparedRead(
    lambda: (
        Violation.objects.standing()
        .filter(seller=id_parameter("seller"), policy_version__policy__workshops=id_parameter("workshop"))
        .with_points(as_of=moment_parameter("as_of"))
        .some_left()
        .order_by()
        .values_list("pk", flat=True)[:1]
    )
)


def turn_of(workshop: Workshop, seller: Seller, *, as_of: datetime) -> Signup.Turn:
    """When a seller that signs up at a moment gets a place that becomes free (2 queries)."""
    if missed_by([seller], as_of=as_of)[seller.pk]:
        return Signup.Turn.LAST
    needs_it = workshop.topics_first and needs_topic(workshop, seller, as_of=as_of)
    return Signup.Turn.FIRST if needs_it else Signup.Turn.USUAL


def number_again(signup: Signup, *, as_of: datetime) -> int:
    """Which number in line a seller would be that gave this place back and signed up again at once.

    0: nobody waits, so it would get a place. A place that is passed on goes to the first who waits, before that.
    """
    workshop = signup.workshop
    turns = list(workshop.signups.waiting().exclude(pk=signup.pk).values_list("turn", flat=True))
    if signup.state == Signup.State.PLACED and rules.passes_on(
        workshop.starts_at, hours=workshop.pass_on_hours, now=as_of
    ):
        if not turns:
            return 0
        turns = turns[1:]
    own = turn_of(workshop, signup.seller, as_of=as_of)
    return sum(turn <= own for turn in turns) + 1


def outlook(workshop: Workshop, *, as_of: datetime) -> rules.Outlook:
    """What became of the places of the last workshops of the market that took place (1 query)."""
    past = Workshop.objects.listed().filter(market=workshop.market_id, cancelled_at=None, ends_at__lte=as_of)
    last = past.order_by("-starts_at").values("pk")[:OUTLOOK_WORKSHOPS]
    given = Signup.objects.filter(workshop__in=last, placed_at__isnull=False)
    found = given.aggregate(
        workshops=Count("workshop", distinct=True),
        places=Count("pk"),
        given_back=Count("pk", filter=Q(cancelled_at__lt=F("workshop__starts_at"))),
    )
    return rules.Outlook(**found)


def overlapping_workshop(workshop: Workshop, *, sellers: Sequence[Seller]) -> SignupQuerySet:
    """Places and waiting places of some sellers at workshops that take place at the same time."""
    others = Signup.objects.active().filter(seller__in=sellers).exclude(workshop=workshop)
    others = others.filter(workshop__starts_at__lt=workshop.ends_at, workshop__ends_at__gt=workshop.starts_at)
    return others.select_related("workshop__city").order_by("workshop__starts_at", "id")


def open_workshops_for(*, seller: Seller, as_of: datetime, also_own: bool = True) -> WorkshopQuerySet:
    """Workshops in which a seller can still take a place: in its city first, then in its market, then the rest.

    It can have as many places in one as the workshop allows, waiting places too, or without ``also_own`` none yet.
    Those of other markets are left out unless they are open to all. Of thousands a page shows a few: what it says of
    places is counted for these alone, by ``with_places_of``.
    """
    own = Signup.objects.active().filter(seller=seller).order_by().values("workshop")
    if also_own:
        own = own.annotate(number=Count("pk")).filter(number__gte=F("workshop__places_per_seller"))
    here = Q(market=seller.market_id) | Q(open_to_all_markets=True)
    workshops = Workshop.objects.listed().filter(here, starts_at__gt=as_of, cancelled_at=None)
    return _nearest_first(workshops.exclude(pk__in=own.values("workshop")), seller)


def with_places_of(seller: Seller, workshops: WorkshopQuerySet) -> WorkshopQuerySet:
    """Some of ``open_workshops_for`` a seller, cut off as a page is, with counts and how many ``own_places`` it has."""
    own = Signup.objects.active().filter(seller=seller)
    shown = with_counts(Workshop.objects.filter(pk__in=workshops.values("pk"))).annotate(own_places=_number_of(own))
    return _nearest_first(shown, seller)


def _nearest_first(workshops: WorkshopQuerySet, seller: Seller) -> WorkshopQuerySet:
    """Adds ``nearness``, and leaves out what no list shows."""
    nearness = Case(
        When(city__name__iexact=seller.city, then=Value(0)),
        When(market_id=seller.market_id, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    listed = workshops.select_related("city").defer(*TEXTS).annotate(nearness=nearness)
    return listed.order_by("nearness", "starts_at", "id")


def with_position(signups: SignupQuerySet) -> SignupQuerySet:
    """Adds ``position``: 1 for the first who waits, None for those who do not wait."""
    not_later = Q(turn__lt=OuterRef("turn")) | Q(turn=OuterRef("turn"), id__lte=OuterRef("id"))
    ahead = Signup.objects.waiting().filter(not_later, workshop_id=OuterRef("workshop_id")).order_by()
    position = Subquery(ahead.values("workshop_id").annotate(n=Count("id")).values("n"), output_field=IntegerField())
    return signups.annotate(position=Case(When(state=Signup.State.WAITING, then=position)))


def signups_of(*, seller: Seller) -> SignupQuerySet:
    """A seller's sign-ups with their workshop and ``position`` in the queue."""
    return with_position(Signup.objects.filter(seller=seller).select_related("workshop__city"))


def current_signups(*, seller: Seller, as_of: datetime) -> SignupQuerySet:
    """Places and waiting places of a seller in workshops that have not ended, the next workshop first."""
    signups = signups_of(seller=seller).active().filter(workshop__ends_at__gt=as_of)
    return signups.order_by("workshop__starts_at", "id")


def earlier_signups(*, seller: Seller, as_of: datetime) -> SignupQuerySet:
    """What became of a seller's sign-ups: workshops that ended or were cancelled, the latest first.

    Sign-ups that the seller cancelled itself are left out.
    """
    ended = Q(workshop__ends_at__lte=as_of) & ~Q(state=Signup.State.CANCELLED)
    called_off = Q(workshop__cancelled_at__isnull=False, cancelled_at=F("workshop__cancelled_at"))
    return signups_of(seller=seller).filter(ended | called_off).order_by("-workshop__starts_at", "-id")


def get_signup(*, seller: Seller, signup_id: int) -> Signup:
    """One sign-up of this seller, with ``position``. Raises ``Signup.DoesNotExist`` for anybody else's."""
    return signups_of(seller=seller).get(pk=signup_id)


@dataclass(frozen=True)
class SellersPlaces:
    """What a seller has in a workshop: its active sign-ups, the first place first.

    ``room`` is how many more it may have, ``why_not`` why it cannot come, and ``missed`` why it waits behind others.
    """

    seller: Seller
    signups: Sequence[Signup]
    room: int
    why_not: rules.SignupProblem | None
    missed: MissedWorkshops | None

    @property
    def may_wait(self) -> bool:
        """Whether it waits for a place, or could."""
        waits = any(signup.state == Signup.State.WAITING for signup in self.signups)
        return self.why_not is None and (waits or self.room > 0)


def places_by_seller(*, workshop: Workshop, sellers: Sequence[Seller], as_of: datetime) -> list[SellersPlaces]:
    """What each of some sellers has in a workshop, in their order (3 queries)."""
    found: dict[int, list[Signup]] = {seller.pk: [] for seller in sellers}
    signups = Signup.objects.active().filter(workshop=workshop, seller__in=sellers)
    for signup in with_position(signups).order_by("ordinal", "id"):
        found[signup.seller_id].append(signup)
    why_not, missed = why_not_sellers(workshop, sellers, now=as_of), missed_by(sellers, as_of=as_of)
    return [
        SellersPlaces(
            seller=seller,
            signups=found[seller.pk],
            room=max(workshop.places_per_seller - len(found[seller.pk]), 0),
            why_not=why_not[seller.pk],
            missed=missed[seller.pk],
        )
        for seller in sellers
    ]


def signups_beside(signup: Signup) -> list[Signup]:
    """The other active sign-ups of the same seller for the same workshop with ``position``, the first place first."""
    own = Signup.objects.active().filter(workshop=signup.workshop_id, seller=signup.seller_id)
    return list(with_position(own.exclude(pk=signup.pk)).order_by("ordinal"))


def overlapping(*, signup: Signup) -> SignupQuerySet:
    """The seller's other places and waiting places at workshops that take place at the same time."""
    return overlapping_workshop(signup.workshop, sellers=[signup.seller])


def cities_like(city: City) -> list[City]:
    """Other cities of the same country that may be this one, spelled another way."""
    others = City.objects.filter(country=city.country).exclude(pk=city.pk)
    return [other for other in others if rules.are_alike(city.name, other.name)]


def at_the_same_venue(workshop: Workshop) -> list[Workshop]:
    """Other workshops, drafts too, that take place at the same venue and time, however the venue is written."""
    if workshop.city_id is None:
        return []
    others = Workshop.objects.filter(city=workshop.city_id, cancelled_at=None).exclude(pk=workshop.pk)
    others = others.filter(starts_at__lt=workshop.ends_at, ends_at__gt=workshop.starts_at).select_related("city")
    return [other for other in others if rules.are_alike(other.venue, workshop.venue)]


def hosts_of(workshop: Workshop) -> QuerySet[User]:
    """Who hosts a workshop, by name, as its page names them; who has no name is left out."""
    return workshop.hosts.exclude(name="").order_by("name", "id")


def workshop_of_message(message: Message) -> Workshop | None:
    """The workshop that a message is about, or one of its sign-ups is for."""
    about = {"signups" if message.about_kind == "signup" else "pk": message.about_id}
    return Workshop.objects.filter(**about).select_related("city", "market__brand").first()


def workshop_with_questions(workshop_id: int) -> tuple[Workshop | None, list[SignupQuestion]]:
    """A listed workshop, ``None`` if there is none, with what its host asks: for everybody who clicks (1 query)."""
    found, questions = read_prepared(_listed, _questions, workshop=workshop_id)
    return next(iter(found), None), questions


_listed = PreparedRead(
    lambda: Workshop.objects.listed().select_related("market", "city").filter(pk=id_parameter("workshop"))
)
_questions = PreparedRead(lambda: SignupQuestion.objects.filter(workshop=id_parameter("workshop")))


def in_order(signups: SignupQuerySet) -> SignupQuerySet:
    """Who has a place, then who waits, whose place was given to another, and who cancelled; with ``position``.

    Each in the order of signing up.
    """
    rank = Case(
        When(state=Signup.State.PLACED, then=Value(0)),
        When(state=Signup.State.WAITING, then=Value(1)),
        When(state=Signup.State.GIVEN_ON, then=Value(2)),
        default=Value(3),
    )
    return with_position(signups).order_by(rank, "turn", "id")


def attendees(*, workshop: Workshop) -> SignupQuerySet:
    """Everybody who signed up for a workshop, ``in_order``."""
    return in_order(
        Signup.objects.filter(workshop=workshop).select_related(
            "seller__market", "user", "checked_in_by", "checked_in_with"
        )
    )


def open_questions(signup: Signup) -> QuerySet[SignupQuestion]:
    """What the host asks everybody and was not answered of a sign-up, such as one that staff made."""
    answers = SignupAnswer.objects.filter(signup=signup, question=OuterRef("pk"))
    return SignupQuestion.objects.filter(~Exists(answers), workshop=signup.workshop_id, required=True)


def questions_with_answers(workshop: Workshop, *, as_of: datetime) -> QuerySet[SignupQuestion]:
    """What the host of a workshop asks, without what is sensitive once its answers are to be deleted."""
    are_kept = as_of < workshop.ends_at + timedelta(days=rules.SENSITIVE_DAYS)
    return workshop.questions.all() if are_kept else workshop.questions.filter(sensitive=False)
