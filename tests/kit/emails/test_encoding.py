"""Emails as bytes: what ``email.message`` reads of them is what it would have written."""

from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.message import BadHeaderError

from kit.emails.encoding import EncodedEmail, as_bytes, envelope_address

LONG = "word " * 300


def parsed(email: EmailMessage) -> Parsed:
    message = message_from_bytes(as_bytes(email), policy=policy.default)
    assert isinstance(message, Parsed)
    return message


def written(part: Parsed) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def an_email(**changed: object) -> EmailMultiAlternatives:
    fields = {"subject": "A policy changes", "body": "It changes.\n", "from_email": "portal@example.com"}
    fields |= {"to": ["ann@example.com"], "headers": {"Message-ID": "<delivery-1@example.com>"}}
    return EmailMultiAlternatives(**(fields | changed))  # type: ignore[arg-type]  # its parameters by name


@pytest.mark.parametrize(
    "body", ["It changes.\n", "Ünïcode · 日本語 🙂\n", LONG, ".\n..\n.dots\n", "Trailing \nspaces\t\n"]
)
def test_text_and_html_arrive_as_they_were(body: str) -> None:
    email = an_email(body=body)
    email.attach_alternative(f"<p>{body}</p>", "text/html")
    message = parsed(email)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert written(text).rstrip("\n") == body.rstrip("\n")
    assert written(html).rstrip("\n") == f"<p>{body}</p>"


def test_calendar_keeps_its_method() -> None:
    email = an_email()
    email.attach_alternative("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST; charset=utf-8")
    _, calendar = parsed(email).iter_parts()
    assert (calendar.get_content_type(), calendar["Content-Type"].params["method"]) == ("text/calendar", "REQUEST")


@pytest.mark.parametrize(
    ("sender", "name"), [("portal@example.com", ""), ("Account health <portal@example.com>", "Account health"),
    ("Kontostand für Händler <portal@example.com>", "Kontostand für Händler")],
)  # fmt: skip
def test_headers_are_those_of_the_email(sender: str, name: str) -> None:
    message = parsed(an_email(subject="Größe · \u2068متجر\u2069 " + LONG, from_email=sender))
    assert message["Subject"].split() == ("Größe · \u2068متجر\u2069 " + LONG).split()
    (address,) = message["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "portal@example.com")
    assert message["To"] == "ann@example.com"
    assert message["Message-ID"] == "<delivery-1@example.com>"
    assert message["Date"].datetime is not None
    assert written(message) == "It changes.\n"


@pytest.mark.parametrize("changed", [{"subject": "A\nBcc: eve@example.com"}, {"headers": {"X-Own": "a\r\nb"}}])
def test_header_of_more_than_a_line_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(BadHeaderError):
        as_bytes(an_email(**changed))


@pytest.mark.parametrize("sender", ["Eve\n <eve@example.com>", "Eve\r <eve@example.com>"])
def test_address_of_more_than_a_line_is_refused(sender: str) -> None:
    with pytest.raises(BadHeaderError):
        as_bytes(an_email(from_email=sender))


def test_every_line_ends_alike_and_is_short_enough() -> None:
    email = an_email(body=LONG + "\r\nmixed\nends")
    email.attach_alternative("<p>" + "x" * 5_000 + "</p>", "text/html")
    lines = as_bytes(email).split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 998


def test_email_with_an_attachment_is_written_by_the_library() -> None:
    email = an_email()
    email.attach("a.txt", "Text.", "text/plain")
    assert [part.get_filename() for part in parsed(email).iter_attachments()] == ["a.txt"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann <ann@example.com>", "ann@example.com"),
        ("ann@händler.example", "ann@xn--hndler-bua.example"),
    ],
)
def test_envelope_has_the_bare_address(address: str, expected: str) -> None:
    assert envelope_address(address) == expected
    assert EncodedEmail(an_email(to=[address])).to == expected
