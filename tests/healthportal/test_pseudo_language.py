"""What a reader still sees in English of a portal that speaks another language.

Every text is translated as «the text», so whatever is read outside of «…» and is not from the database bypasses
gettext, or is glued to what does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from inbox.digests import compose_digest
from inbox.models import Digest, EmailDelivery, Message, Unsubscription
from inbox.services import unsubscribe
from kit.countries import country_names
from sellers.models import Member
from tests.api import Caller
from tests.factories import LONG_AGO, MarketFactory
from tests.translation import pseudo, stage, visible
from tests.translation.tour import Seen, emails, in_email, pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

ALIKE = re.compile(
    r"""
    \b(?:UTC|PDF|CSV|JSON|API|LIVEs?|Account\ health)\b  # names
    | \b(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[\w/ -]+  # time zones
    | \bevt_\d+\b(?:\ [a-z_]+\.[a-z_]+)?  # ids of events, and their kinds
    | \b(?:True|False|None)\b  # what Django's admin calls its icons
    | \bmd5\b | \S+\*{6,}  # how a password is kept
    | ^\ *Search\ *$  # a picture of Django's admin
    | \btest\b  # the source of violations that tests issue
    | \b(?:Aiken|Moodle\ GIFT|Moodle\ XML|QTI\ 3)\b  # formats
    | Say\ only\ what\ you\ can\ prove(?:\ about\ a\ product)?  # compared word by word, as the next ones
    | The\ claim\ could\ not\ be\ proved | Όχι | Πρέπει
    | Whether\ the\ user\ will\ be\ able\ .*\ LDAP\. | If\ disabled,\ the\ current\ .*\ lost\.  # joined by Django
    | \{.*\}  # the facts of a message as they are stored
    """,
    re.VERBOSE,
)
"""What is the same in every language."""

COUNTRIES = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(country_names().values(), key=len, reverse=True)))})(?![\w/])"
)
"""Their names are English, as in the time zone database; the longest are looked for first, and not as time zones."""

CODE = re.compile(r"\b[A-Z0-9]{4} [A-Z0-9]{4}\b")
"""A check-in code, as it is spelled; a part of it may be something else in the database."""


ADDRESS = re.compile(r"\bhttps?://\S+|(?<!\S)/[\w-]+/\S+")
"""May hold what is from the database, and is left out before that."""


@pytest.fixture
def made() -> stage.Stage:
    return stage.build()


@pytest.fixture
def values(made: stage.Stage, tmp_path: Path, settings: Any) -> list[str]:
    """The portal speaks the language from now on; gives what somebody wrote before."""
    pseudo.write(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [(pseudo.LANGUAGE, "Pseudo")]
    settings.LANGUAGE_CODE = pseudo.LANGUAGE
    return visible.values_of_the_database()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def english(found: Iterable[Seen], values: list[str]) -> list[str]:
    """What is left of what was seen: a line for each text, with one place where it stands."""
    left: dict[tuple[str, str], str] = {}
    for area, place, text in found:
        known = COUNTRIES.sub(" ", CODE.sub(" ", ADDRESS.sub(" ", text)))
        rest = " ".join(ALIKE.sub(" ", visible.without(values, known)).split())
        if visible.LETTERS.search(rest):
            left.setdefault((area, rest), place)
    return [f"{area}: {text[:80]} ({place})" for (area, text), place in sorted(left.items())]


def test_pages_of_sellers_and_of_nobody(made: stage.Stage, values: list[str]) -> None:
    seen = [*pages(Client(), "/"), *pages(signed_in(made.member), f"/s/{made.seller.pk}/")]
    assert len({place for _area, place, _text in seen}) > 40
    assert english(seen, values) == []


def test_pages_of_staff(made: stage.Stage, values: list[str]) -> None:
    seen = list(pages(signed_in(made.staff), "/admin/"))
    assert len({place for _area, place, _text in seen}) > 80
    assert english(seen, values) == []


def test_emails_of_each_kind_of_message(values: list[str]) -> None:
    assert set(Message.objects.values_list("template", flat=True)) == set(Message.Template.values)
    first = {delivery.message.template: delivery for delivery in EmailDelivery.objects.select_related("message")}
    assert english(emails(first.values()), values) == []


def test_weekly_email_of_messages_of_every_kind(made: stage.Stage, values: list[str]) -> None:
    member = Member.objects.get(user=made.member)
    for kind in Unsubscription.KINDS:
        unsubscribe(member=member, kind=kind, in_digest=True)
    now = timezone.now()
    digest = Digest.objects.create(user=made.member, starts_at=LONG_AGO, ends_at=now, due_at=now)
    email = compose_digest(digest, now=now)
    assert made.seller.name in str(email.body)
    assert english(in_email(email, place="digest"), values) == []


def test_programs_are_answered_in_english(values: list[str]) -> None:
    answer = Caller(MarketFactory()).send("PUT", "sellers", [{"external_id": "S-1"}]).json()
    assert answer["items"][0]["problems"] == [{"field": "name", "reason": "It is empty, and needed."}]
    assert Client().get("/api/v1/nowhere").json() == {"detail": "There is no such call."}


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<p>«Read» it</p>", ["it"]),
        ("<p>«Read <b>two</b> articles»</p><p>Now</p>", ["Now"]),
        ('<a title="Open">«Read»</a><input type="submit" value="Send"><script>let word</script>', ["Open", "Send"]),
        ("<p>«Read</p>", ["« without »"]),
        ("<p>12 · +3 A</p>", []),
    ],
)
def test_what_stands_outside_is_found(page: str, texts: list[str]) -> None:
    assert sorted(visible.of_page(page)) == sorted(texts)
