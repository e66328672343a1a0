"""What one more violation would lead to, as pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..selectors import PossibleAction, WhatIf
from ..wording import what_if as wording


@dataclass(frozen=True)
class Fact:
    """A line of what would be: its name, and what stands beside it."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class ShownWhatIf:
    """The consequence in a sentence with its tone, and what it is made of."""

    tone: str
    sentence: str
    facts: Sequence[Fact]
    policy_name: str
    policy_url: str


def show_what_if(found: WhatIf) -> ShownWhatIf:
    policy = found.version.policy
    return ShownWhatIf(
        tone="bad" if found.actions else "warn" if found.is_approaching else "info",
        sentence=wording.consequence(found),
        facts=_facts(found),
        policy_name=policy.name,
        policy_url=policy.get_absolute_url(),
    )


def _facts(found: WhatIf) -> list[Fact]:
    facts = [
        Fact(_("Points"), wording.added(found), wording.counts_until(found)),
        Fact(_("Total"), wording.total(found), wording.next_milestone(found)),
        Fact(_("Standing"), wording.level(found)),
    ]
    return facts + [_action(found, action) for action in reversed(found.actions)]


def _action(found: WhatIf, action: PossibleAction) -> Fact:
    return Fact(wording.action_name(action), wording.action_period(found, action), wording.action_effect(action))
