"""Requests that cannot be read, from visitors and members: a clear answer, never a 500."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import reverse

from healthportal.request import PortalHandler, PortalRequest
from tests.factories import MemberFactory, PolicyFactory, WorkshopFactory, issue

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
ODD = [
    f"{FORM}; charset=latin-1",
    f"{FORM}; charset=utf-16",
    f"{FORM}; charset=zip",
    f"{FORM}; charset=nonsense",
    f'{FORM}; charset="',
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x; charset=zip",
    "multipart/form-data; boundary=\u00e9",
]


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/unsubscribe/x/", "/no-such-page", "/"]
)
def test_a_form_that_says_odd_things_of_itself_is_no_500(kind: str, path: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get("/accounts/login/")
    answer = client.generic("POST", path, b"login=a%00\xff&password=b", content_type=kind)
    assert answer.status_code in {400, 403, 404, 405}, answer.status_code
    assert b"portal.css" in answer.content or answer.status_code == 405


@pytest.mark.parametrize("kind", ODD)
def test_nor_is_it_for_somebody_signed_in(kind: str) -> None:
    member = MemberFactory()
    violation = issue(member.seller, PolicyFactory())
    client = Client(raise_request_exception=False)
    client.force_login(member.user)
    for path in [
        reverse("violations:appeal_file", args=[member.seller.pk, violation.pk]),
        reverse("inbox:emails", args=[member.seller.pk]),
        reverse("account_logout"),
    ]:
        answer = client.generic("POST", path, b"text=a", content_type=kind)
        assert answer.status_code in {200, 302, 400, 422}, (path, answer.status_code)


def handed_in(method: str, path: str, kind: str, body: bytes = b"") -> PortalRequest:
    """What the web server hands in, which reaches no page if Django cannot even begin to read it."""
    return PortalRequest(RequestFactory().generic(method, path, body).environ | {"CONTENT_TYPE": kind})


CHARSETS = ["zip", "hex", "rot13", "undefined", "idna", "punycode", "utf-16", "utf-7", "unicode_escape", "\u00e9"]
FORMS = [
    (FORM, b"login=a"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\na\r\n--x--\r\n'),
]


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_charset_says_nothing_of_an_address_and_only_utf_8_is_a_form(charset: str) -> None:
    for query, read in [("q=\u00fc", "\u00fc"), ("q=%FF", "\ufffd"), ("q=%ED%A0%80", "\ufffd" * 3)]:
        asked = handed_in("GET", f"/policies/?{query}", f"text/plain; charset={charset}")
        assert asked.GET["q"] == read
        assert PortalHandler().get_response(asked).status_code == 200
    for kind, body in FORMS:
        for path in ["/accounts/login/", "/accounts/login/?next=%2F"]:
            sent = handed_in("POST", path, f"{kind}; charset={charset}", body)
            with pytest.raises(BadRequest):
                _ = sent.POST
            assert PortalHandler().get_response(sent).status_code in {400, 403}
    call = handed_in("POST", "/api/v1/messages?a=1", f"application/json; charset={charset}", b"[]")
    assert PortalHandler().get_response(call).status_code == 401


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8"])
@pytest.mark.parametrize(("kind", "body"), FORMS)
def test_a_form_in_utf_8_is_read(charset: str, kind: str, body: bytes) -> None:
    assert handed_in("POST", "/", f"{kind}; charset={charset}", body).POST["login"] == "a"


@pytest.mark.parametrize(("kind", "body"), FORMS)
@pytest.mark.parametrize("missing", [1, 3])
def test_a_form_that_was_cut_off_is_refused_as_a_whole(kind: str, body: bytes, missing: int) -> None:
    def arrived(part: bytes) -> PortalRequest:
        sent = handed_in("POST", "/accounts/login/", kind, body).environ | {"wsgi.input": BytesIO(part)}
        request = PortalRequest(sent)
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # as of somebody whose token is good
        return request

    cut_off = arrived(body[:-missing])
    with pytest.raises(BadRequest):
        _ = cut_off.POST
    assert not cut_off.POST  # nor is it read later
    assert PortalHandler().get_response(arrived(body[:-missing])).status_code == 400
    assert arrived(body).POST["login"] == "a"


def test_more_fields_than_a_form_has_are_refused(client: Client) -> None:
    client.raise_request_exception = False
    body = "&".join(f"f{number}=1" for number in range(2_000))
    for path in ["/accounts/login/", "/no-such-page"]:
        answer = client.generic("POST", path, body, content_type=FORM)
        assert answer.status_code in {400, 404}


NUL = "\x00"


KEYS = ["page", "policy", "kind", "state", "city", "market", "from", "until", "as_of", "next", "past", "unread"]
KEYS += ["q", "step", "violation", "code", "topic", "month", "country", "language", "mode", "after", "places_left"]


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that pages look for in their addresses, noted as they do."""
    names: set[str] = set()

    def noting(look: Callable[..., Any]) -> Callable[..., Any]:
        def note(query: QueryDict, name: str, *rest: Any) -> Any:
            names.add(name)
            return look(query, name, *rest)

        return note

    for way in ("__getitem__", "__contains__", "get", "getlist"):
        monkeypatch.setattr(QueryDict, way, noting(getattr(QueryDict, way)), raising=False)
    return names


def ask_with(client: Client, page: str, value: str, asked_for: set[str]) -> set[str]:
    """Ask for a page with a value for what it does not know, for all of `KEYS`, and alone for each name it looks for.

    Gives those names.
    """
    tried, left, sent = {"nothing"}, [["nothing"], KEYS], quote(value, safe="%")
    while left:
        names = left.pop()
        asked_for.clear()
        answer = client.get(f"{page}?{'&'.join(f'{name}={sent}' for name in names)}")
        assert answer.status_code < 500, (page, names)
        found = asked_for - {*names} - tried  # what is sent is also read to be written into links
        left += [[name] for name in sorted(found)]
        tried |= found
    return tried


@pytest.mark.parametrize(
    "value", [NUL, f"a{NUL}b", "9" * 30, f"000000001{'9' * 5_000}", "-1", "1e9", "\u202e", "%ff%fe"]
)
def test_absurd_values_in_addresses_are_no_500(value: str, asked_for: set[str]) -> None:
    member = MemberFactory()
    issue(member.seller, PolicyFactory())
    city = WorkshopFactory().city
    client = Client(raise_request_exception=False)
    names = [
        "violations:list",
        "violations:ledger",
        "violations:appeal_list",
        "inbox:list",
        "reports:list",
        "quizzes:list",
    ]
    pages = [reverse(name, args=[member.seller.pk]) for name in names]
    pages += [reverse(f"workshops:{name}") for name in ["list", "past", "feed"]]
    pages += [reverse(f"workshops:{name}", args=[city.slug]) for name in ["city", "city_past", "city_feed"]]
    pages += [reverse("policies:list"), reverse("account_login"), reverse("sellers")]
    looked_for: set[str] = set()
    for signed_in in [False, True]:
        if signed_in:
            client.force_login(member.user)
        for page in pages:
            looked_for |= ask_with(client, page, value, asked_for)
    assert looked_for >= {"page", "policy", "kind", "state", "as_of", "next", "topic", "month", "country", "q", "weeks"}


@pytest.mark.parametrize("value", [NUL, f"a{NUL}@example.com", "x" * 5_000, "a@b"])
def test_absurd_values_in_account_forms_are_no_500(client: Client, value: str) -> None:
    client.raise_request_exception = False
    for path, sent in [
        ("account_login", {"login": value, "password": value}),
        ("account_reset_password", {"email": value}),
        ("account_login", {"login": "a@example.com", "password": "b", "next": value}),
    ]:
        assert client.post(reverse(path), sent).status_code < 500
    for path in [f"/accounts/password/reset/key/{quote(value)}/", f"/accounts/confirm-email/{quote(value)}/"]:
        assert client.get(path).status_code < 500
    assert client.get(f"/unsubscribe/{quote(value)}/").status_code == 404
