"""What looks odd about a workshop, in words: nothing is refused, for odd things are meant at times."""

from __future__ import annotations

from .. import rules, selectors, wording
from ..models import Workshop


def warnings_about(workshop: Workshop) -> list[str]:
    """Sentences on odd dates, clocks of another city, and other workshops at the same venue and time."""
    found = [wording.odd_time(odd) for odd in rules.odd_times(workshop.starts_at, workshop.ends_at, zone=workshop.zone)]
    if workshop.city is not None and workshop.time_zone != workshop.city.time_zone:
        found.append(wording.clocks_of_another_city(workshop, workshop.city))
    return found + [wording.same_venue(other) for other in selectors.at_the_same_venue(workshop)]
