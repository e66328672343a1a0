"""What people read of workshops: what is refused, and what staff are told."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.far_ahead import too_far_ahead

from . import rules
from .models import City, Signup, Workshop

# --- What is refused


def capacity_too_low(given: int) -> str:
    said = ngettext(
        "%(count)s place is given already. Choose %(least)s or more, or cancel places first.",
        "%(count)s places are given already. Choose %(least)s or more, or cancel places first.",
        given,
    )
    return said % {"count": given, "least": max(given, 1)}


def capacity_too_low_for_form(given: int) -> str:
    """The same for staff, who see the sign-ups below."""
    said = ngettext(
        "%(count)s place is given already. Choose %(count)s or more, or cancel places first: open a sign-up below.",
        "%(count)s places are given already. Choose %(count)s or more, or cancel places first: open a sign-up below.",
        given,
    )
    return said % {"count": given}


def time_problem(problem: rules.TimeProblem) -> str:
    if problem is rules.TimeProblem.ENDS_BEFORE_START:
        return _("It ends after it starts.")
    if problem is rules.TimeProblem.TOO_LONG:
        said = _("That is more than %(days)s days after its start. Check the date and the year.")
        return said % {"days": rules.MAX_DURATION.days}
    return too_far_ahead()


def place_problem(problem: rules.PlaceProblem) -> str:
    return {
        rules.PlaceProblem.NO_CITY: _("Say in which city it takes place, or choose “Online”."),
        rules.PlaceProblem.NO_VENUE: _("Say in which venue it takes place, or choose “Online”."),
        rules.PlaceProblem.ROOM_ONLINE: _(
            "Take the city, the venue and the address out, or choose “In person and online”."
        ),
        rules.PlaceProblem.LINK_IN_PERSON: _("Take the link out, or choose “In person and online”."),
    }[problem]


def skipped_time(wall_clock: datetime) -> str:
    said = _("%(time)s does not exist on that day: clocks go forward then.")
    return said % {"time": f"{wall_clock:%H:%M}"}


# --- What everybody reads


def listing_title(city: City | None, *, past: bool) -> str:
    if city is None:
        return _("Past workshops") if past else _("Workshops")
    said = _("Past workshops in %(city)s") if past else _("Workshops in %(city)s")
    return said % {"city": city.name}


# --- What staff are told


def change_is_sent(count: int) -> str:
    """What the tick is for that confirms telling everybody."""
    said = ngettext(
        "%(count)s sign-up: a change of title, time or place is sent at once, in the inbox and by email. Tick this to "
        "send it; nothing is sent for other changes.",
        "%(count)s sign-ups: a change of title, time or place is sent at once, in the inbox and by email. Tick this to "
        "send it; nothing is sent for other changes.",
        count,
    )
    return said % {"count": f"{count:,}"}


def tick_to_send(count: int) -> str:
    said = ngettext(
        "This change is sent to %(count)s sign-up. Tick to send it, and save.",
        "This change is sent to %(count)s sign-ups. Tick to send it, and save.",
        count,
    )
    return said % {"count": f"{count:,}"}


def looks_like_city(city: City, other: City) -> str:
    said = _("There is “%(other)s” in %(country)s already. If “%(city)s” is the same city, delete one of the two.")
    return said % {"other": other, "country": city.country_name, "city": city}


def city_is_there(other: City) -> str:
    return _("“%(city)s” is there already. Change that one, or type another name.") % {"city": other.label}


def address_of_another_city(other: City) -> str:
    said = _(
        "“%(city)s” has the page “%(slug)s” already. If this is the same city, take that one. If it is another, type "
        "another end of its address, such as %(example)s."
    )
    return said % {"city": other.label, "slug": other.slug, "example": f"{other.slug}-2"}


def zone_of_another_country(city: City) -> str:
    said = _("Clocks in %(country)s do not keep %(zone)s. Check the country and the time zone.")
    return said % {"country": city.country_name, "zone": city.time_zone}


def odd_time(odd: rules.OddTime) -> str:
    return {
        rules.OddTime.AT_NIGHT: _("It begins or ends between midnight and six on the clocks there: check the times."),
        rules.OddTime.LONG_DAY: _("It lasts longer than twelve hours: check its end."),
        rules.OddTime.NEW_YEAR: _("It takes place on the first or the last day of a year: check the date."),
    }[odd]


def clocks_of_another_city(workshop: Workshop, city: City) -> str:
    said = _("Its time zone is %(zone)s, and clocks in %(city)s keep %(other)s: check which one is meant.")
    return said % {"zone": workshop.time_zone, "city": city, "other": city.time_zone}


def same_venue(other: Workshop) -> str:
    said = _("At the same venue and time there is “%(other)s”, %(when)s.")
    return said % {"other": other.title, "when": other.when}


def drafts_are_made(count: int) -> str:
    said = ngettext("The draft is made.", "%(count)s drafts are made; this is the first of them.", count)
    return said % {"count": count}


def before_telling(placed: int, waiting: int) -> str:
    said = ngettext(
        "%(placed)s place is taken, and %(waiting)s wait. Each seller gets it once, in the inbox and by email.",
        "%(placed)s places are taken, and %(waiting)s wait. Each seller gets it once, in the inbox and by email.",
        placed,
    )
    return said % {"placed": f"{placed:,}", "waiting": f"{waiting:,}"}


def before_publishing(workshop: Workshop) -> str:
    said = ngettext(
        "%(when)s (%(zone)s), %(count)s places. From then on it can be cancelled, but not deleted.",
        "%(when)s (%(zone)s), %(count)s places. From then on it can be cancelled, but not deleted.",
        workshop.capacity,
    )
    return said % {"when": workshop.when, "zone": workshop.time_zone, "count": workshop.capacity}


def before_cancelling(told: int) -> str:
    said = ngettext(
        "%(count)s sign-up is cancelled and told at once, in the inbox and by email. This cannot be undone.",
        "%(count)s sign-ups are cancelled and told at once, in the inbox and by email. This cannot be undone.",
        told,
    )
    return said % {"count": told}


def cancelling_signup(signup: Signup) -> str:
    """What the step is called."""
    waits = signup.state == Signup.State.WAITING
    said = _("Cancel the waiting place of “%(seller)s”") if waits else _("Cancel the place of “%(seller)s”")
    return said % {"seller": signup.seller}


def before_cancelling_signup(signup: Signup, *, somebody_waits: bool, now: datetime) -> str:
    facts = {"workshop": signup.workshop, "when": signup.workshop.when}
    told = _("The seller is told in the inbox and by email, and can sign up again.")
    if signup.state == Signup.State.WAITING:
        becomes = ""
    elif not somebody_waits:
        becomes = _("The place becomes free at once.")
    elif signup.workshop.cut_off > now:
        becomes = _("The place goes at once to the first who waits.")
    else:
        becomes = _("It is past the cut-off, so the place stays empty.")
    return " ".join(part for part in (_("%(workshop)s, %(when)s.") % facts, becomes, told) if part)


def signed_up_for_seller(signup: Signup) -> str:
    if signup.state == Signup.State.WAITING:
        said = _("All places are taken, so %(seller)s waits in line, and was told.")
    else:
        said = _("%(seller)s has a place, and was told.")
    return said % {"seller": signup.seller}


def before_giving_place(signup: Signup) -> str:
    said = ngettext(
        "%(workshop)s, %(when)s. All %(count)s places are taken, so the workshop gets one more. Whoever stands before "
        "on the waiting list goes on waiting.",
        "%(workshop)s, %(when)s. All %(count)s places are taken, so the workshop gets one more. Whoever stands before "
        "on the waiting list goes on waiting.",
        signup.workshop.capacity,
    )
    return said % {"workshop": signup.workshop, "when": signup.workshop.when, "count": signup.workshop.capacity}


def before_correcting(signup: Signup) -> str:
    said = _("%(workshop)s, %(when)s. The seller is told in the inbox and by email.")
    return said % {"workshop": signup.workshop, "when": signup.workshop.when}
