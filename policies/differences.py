"""What changed between two wordings, section by section and word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from audit.text_diff import Piece, compare

from .models import Article, ArticleSection, ArticleVersion, ArticleVersionSection, PolicyVersion
from .wording import article_labels, field_labels


@dataclass(frozen=True)
class Part:
    """A section of a text, under its heading: ``changed``, ``new``, ``gone`` or ``same``, which has no pieces."""

    heading: str
    state: str
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class FieldDifference:
    """A field in which two versions differ, with its parts in reading order."""

    label: str
    parts: Sequence[Part]

    @property
    def unchanged(self) -> list[str]:
        """The headings of the sections that say the same."""
        return [part.heading for part in self.parts if part.state == "same" and part.heading]


def differences(old: PolicyVersion, new: PolicyVersion) -> list[FieldDifference]:
    """The fields in which two versions differ; of the wording section by section."""
    labels = field_labels()
    texts = [
        (labels["requirement"], old.requirement, new.requirement),
        (labels["breach"], old.breach, new.breach),
        (labels["severity"], old.get_severity_display(), new.get_severity_display()),
        (labels["points"], str(old.points), str(new.points)),
    ]
    found = [
        FieldDifference(label, [Part("", "changed", compare(before, after))])
        for label, before, after in texts
        if before != after
    ]
    if _plain(old.wording) != _plain(new.wording):
        found.append(FieldDifference(labels["wording"], _parts(_plain(old.wording), _plain(new.wording))))
    return found


def article_differences(article: Article, version: ArticleVersion) -> list[FieldDifference]:
    """In what a text differs from the article that sellers read, section by section (2 queries)."""
    labels = article_labels()
    old, new = list(article.sections.all()), list(version.sections.all())
    texts = [
        (labels["title"], article.title, version.title),
        (labels["summary"], article.summary, version.summary),
        (labels["order"], _contents(old), _contents(new)),
    ]
    found = [
        FieldDifference(label, [Part("", "changed", compare(before, after))])
        for label, before, after in texts
        if before != after
    ]
    parts = _parts_of_article(old, new)
    if any(part.state != "same" for part in parts):
        found.append(FieldDifference(labels["sections"], parts))
    return found


def _contents(sections: Sequence[ArticleSection | ArticleVersionSection]) -> str:
    return "\n".join(f"{section.title} (#{section.slug})" for section in sections)


def _parts_of_article(old: Sequence[ArticleSection], new: Sequence[ArticleVersionSection]) -> list[Part]:
    """The sections of both texts: the new one's in their order, then what is gone."""
    before = {section.pk: section for section in old}
    parts = []
    for section in new:
        replaced = before.pop(section.replaces_id, None) if section.replaces_id else None
        if replaced is None:
            parts.append(Part(section.title, "new", [Piece("new", _plain(section.body))]))
        else:
            parts.append(_changed((replaced.title, _plain(replaced.body)), (section.title, _plain(section.body))))
    return parts + [Part(section.title, "gone", [Piece("gone", section.body)]) for section in before.values()]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


HEADING = re.compile(r"^#{1,6}[ \t]+(.*?)[ \t#]*$", re.MULTILINE)


def _sections(text: str) -> list[tuple[str, str]]:
    """A text in Markdown as pairs of heading and what stands below it; what stands before the first has none."""
    intro, *rest = HEADING.split(text)
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    return [(heading.strip(), body.strip()) for heading, body in [("", intro), *pairs] if heading or body.strip()]


@lru_cache(maxsize=128)
def _parts(old: str, new: str) -> tuple[Part, ...]:
    """The sections of both texts in reading order. One whose number alone changed is the same section."""
    before, after = _sections(old), _sections(new)
    matcher = SequenceMatcher(None, [_title(h) for h, _ in before], [_title(h) for h, _ in after], autojunk=False)
    parts: list[Part] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal" or i2 - i1 == j2 - j1:  # as many as before: renamed, one for one
            parts += [_changed(a, b) for a, b in zip(before[i1:i2], after[j1:j2], strict=True)]
        else:
            parts += [Part(heading, "gone", [Piece("gone", body)]) for heading, body in before[i1:i2]]
            parts += [Part(heading, "new", [Piece("new", body)]) for heading, body in after[j1:j2]]
    return tuple(parts)


def _title(heading: str) -> str:
    return re.sub(r"^[\d.]+\s*", "", heading).casefold()


def _changed(old: tuple[str, str], new: tuple[str, str]) -> Part:
    (old_heading, old_body), (heading, body) = old, new
    if old_body == body and _title(old_heading) == _title(heading):
        return Part(heading, "same", [])
    renamed = f"{old_heading} → {heading}" if _title(old_heading) != _title(heading) else heading
    return Part(renamed, "changed", compare(old_body, body))
