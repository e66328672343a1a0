"""The marketplace's system confirms that it holds an enforcement action. The portal announces; that system acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.events.answers import AnswerTaken
from kit.api.values import BadValue, Moment
from kit.outcomes import Refused

from ..models import EnforcementAction


@transaction.atomic
def acknowledge_action(
    *, action: EnforcementAction, source: str, now: datetime, in_effect_since: datetime | None = None
) -> EnforcementAction:
    """Note that a system of the marketplace's holds an action, since when it says, or now.

    Never before the action starts. The first confirmation stays: a second changes nothing. Raises ``Refused`` for a
    moment to come. Also for an action that was lifted or is over: there is nothing to hold any more.
    """
    action = EnforcementAction.objects.select_for_update(no_key=True).get(pk=action.pk)
    if action.acknowledged_at is not None:
        return action
    if action.lifted_at is not None or (action.ends_at is not None and action.ends_at <= now):
        raise Refused(_("This action was lifted or is over: there is nothing to hold any more."))
    if in_effect_since is not None and in_effect_since > max(now, action.starts_at):
        raise Refused(_("It is in the future. Confirm an action once it is held."), field="in_effect_since")
    action.in_effect_since = max(in_effect_since or now, action.starts_at)
    action.acknowledged_at, action.acknowledged_by = max(now, action.noticed_at), source[:80]
    action.save(update_fields=["in_effect_since", "acknowledged_at", "acknowledged_by"])
    return action


def acknowledge_by_answer(taken: AnswerTaken) -> None:
    """What the answer to a webhook about an action confirms: it has ``in_effect_since``. Anything else is no answer."""
    since = _moment_in(taken.answer)
    action = EnforcementAction.objects.filter(pk=taken.event.data["action"]).first()
    if since is None or action is None:
        return
    try:
        acknowledge_action(action=action, source=taken.source, in_effect_since=since, now=taken.at)
    except Refused:
        return  # it was lifted meanwhile, which the system is told as well


def _moment_in(answer: Mapping[str, object]) -> datetime | None:
    try:
        return Moment().read(answer["in_effect_since"])
    except (KeyError, BadValue):
        return None
