"""The statement of reasons, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..models import Violation


def section_words(violation: Violation) -> str:
    """The section of the policy that a violation breaks; where none was named, the policy as a whole."""
    return violation.policy_section or whole_policy(violation.policy_name, violation.policy_version.number)


def whole_policy(name: str, version: int) -> str:
    return _("%(policy)s, version %(number)s") % {"policy": name, "number": version}
