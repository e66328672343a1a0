"""What pages show of one more violation: the form with its policies and days, and the consequence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kit.dates import local_date, local_midnight
from policies.models import PolicyVersion
from policies.selectors import in_force_among

from . import selectors
from .forms import WhatIfForm
from .presentation.what_if import ShownWhatIf, show_what_if
from .wording.what_if import choice


@dataclass(frozen=True)
class WhatIfPage:
    """The policy and the day that were asked for, and what a violation would lead to then."""

    form: WhatIfForm
    shown: ShownWhatIf


def what_if_page(
    explanation: selectors.Explanation, versions: Iterable[PolicyVersion], *, query: Mapping[str, str]
) -> WhatIfPage | None:
    """The answer to ``?policy=…&day=…``, ``None`` where no policy is in force (no query).

    ``explanation`` and ``versions`` are of now. Without a policy that is in force it is the one that most points come
    from, or a mild one; without a day it is now.
    """
    seller, now = explanation.seller, explanation.now
    in_force = in_force_among(versions, as_of=now)
    if not in_force:
        return None
    origins = selectors.points_by_origin(explanation.counting)
    form = _form(in_force, _likeliest(in_force, origins), query, today=local_date(now, zone=seller.market.zone))
    if form.asked_day != form.today:
        at = local_midnight(form.asked_day, zone=seller.market.zone)
        explanation = selectors.explain_again(explanation.facts, seller=seller, as_of=at, now=now)
    then = in_force_among(versions, as_of=explanation.as_of)
    version = next(one for one in then if one.policy.code == form.asked_policy)
    return WhatIfPage(form, show_what_if(selectors.what_if(explanation, version=version)))


def _form(versions: Sequence[PolicyVersion], likeliest: str, query: Mapping[str, str], *, today: date) -> WhatIfForm:
    choices = {version.policy.code: choice(version) for version in versions}
    asked = query.get("policy", "")
    data = {"policy": asked if asked in choices else likeliest, "day": query.get("day") or today.isoformat()}
    form = WhatIfForm(data, policies=choices, today=today)
    form.is_valid()
    return form


def _likeliest(versions: Sequence[PolicyVersion], origins: selectors.Origins) -> str:
    """The code of the policy that most points come from, else of the first of those with fewest points."""
    codes = {version.policy.code for version in versions}
    mildest = min(versions, key=lambda version: version.points)
    return next((one.key for one in origins.by_policy if one.key in codes), mildest.policy.code)
