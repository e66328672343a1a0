"""Filters: what stands about violations in words and in colours, on pages of this app and those above it."""

from __future__ import annotations

from django import template

from ..presentation.standing import level_tone, milestone_marks
from ..presentation.timeline import show_timeline
from ..wording.appeals import days_and_hours
from ..wording.decisions import decision_words
from ..wording.enforcement import capability_words
from ..wording.standing import standing_words
from ..wording.statements import section_words

register = template.Library()

register.filter(capability_words)
register.filter(days_and_hours)
register.filter(decision_words)
register.filter(level_tone)
register.filter(milestone_marks)
register.filter(section_words)
register.filter(standing_words)
register.filter("totals", show_timeline)
