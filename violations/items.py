"""A violation as files and calls send it (docs/imports.md): what each field holds, for readers and for the service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated

from kit.api.items import Item, Problem
from kit.api.values import Address, BadValue, Boolean, Choice, Id, Moment, Text, length_of
from policies.models import Policy
from sellers.models import Content, Seller

from .models import Violation
from .wording.faults import content_incomplete, not_a_position

POSITIONS = range(2**31)
SECONDS = re.compile(r"([0-9]{1,10})(\.0+)?")
CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])")
CONTENT_NEEDS = ("content_kind", "content_id", "content_title")


class Position(Text):
    """Seconds into the content, from seconds or hours, minutes and seconds."""

    openapi = {"type": ["integer", "string"], "minimum": 0, "description": "Seconds, or hours like 01:02:05."}

    def read(self, value: object) -> int:
        text = str(value) if isinstance(value, float) else super().read(value)
        if match := CLOCK.fullmatch(text):
            hours, minutes, seconds = map(int, match.groups())
            return hours * 3600 + minutes * 60 + seconds
        match = SECONDS.fullmatch(text)
        if match and int(match[1]) in POSITIONS:
            return int(match[1])
        raise BadValue(not_a_position(text))


class ViolationItem(Item):
    """Moments become UTC, so that the same one sent twice is the same."""

    external_id: Annotated[str, Id(length_of(Violation, "external_id"))]
    seller: Annotated[str, Id(length_of(Seller, "external_id"))]
    policy: Annotated[str, Id(length_of(Policy, "code"))]
    issued_at: Annotated[datetime, Moment()]
    facts: Annotated[str, Text(length_of(Violation, "facts"), multiline=True)]
    detection: Annotated[str, Choice(choices=Violation.Detection.values)]
    automated: Annotated[bool, Boolean()]
    detector: Annotated[str, Id(length_of(Violation, "detector"))] = ""
    detector_version: Annotated[str, Id(length_of(Violation, "detector_version"))] = ""
    content_kind: Annotated[str, Choice(choices=Content.Kind.values)] = ""
    content_id: Annotated[str, Id(length_of(Content, "external_id"))] = ""
    content_title: Annotated[str, Text(length_of(Content, "title"))] = ""
    content_url: Annotated[str, Address(length_of(Content, "url"))] = ""
    content_published_at: Annotated[datetime | None, Moment()] = None
    position: Annotated[int | None, Position()] = None
    decision: Annotated[str, Text(length_of(Violation, "decision"), multiline=True, may_be_blank=True)] = ""
    policy_section: Annotated[str, Text(length_of(Violation, "policy_section"), may_be_blank=True)] = ""
    explanation: Annotated[str, Text(length_of(Violation, "explanation"), multiline=True, may_be_blank=True)] = ""

    @classmethod
    def problems_between(cls, given: Mapping[str, object]) -> Iterator[Problem]:
        """Content is described, if anything is said of it."""
        if any(name.startswith("content_") for name in given):
            yield from (Problem(name, content_incomplete()) for name in CONTENT_NEEDS if name not in given)
