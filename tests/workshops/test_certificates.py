"""Certificates: for who was there, as PDF and Open Badge, which anybody can verify."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from kit.outcomes import Refused
from tests.factories import MemberFactory
from tests.threads import together
from tests.workshops.places import member_seller
from tests.workshops.test_feedback import been
from workshops.holdings import HOLDINGS
from workshops.models import Certificate, Signup
from workshops.services import NoCertificate, correct_attendance, issue_certificate

pytestmark = pytest.mark.django_db


def issue(signup: Signup) -> Certificate:
    return issue_certificate(signup=signup, user=signup.user, now=timezone.now())


def take_back(signup: Signup) -> None:
    correct_attendance(signup=signup, was_there=False, reason="A slip.", now=timezone.now(), corrected_by=None)


def place(signup: Signup, file: str) -> str:
    return f"{signup.get_absolute_url()}{file}"


def signed_in(client: Client, signup: Signup) -> Client:
    client.force_login(signup.user)
    return client


# --- Issuing


def test_certificate_says_who_was_where_and_stays_the_same() -> None:
    signup = been(title="LIVE basics")
    Signup.objects.filter(pk=signup.pk).update(attendee="Ada Lovelace")
    certificate = issue(signup)
    assert (certificate.name, certificate.title) == ("Ada Lovelace", "LIVE basics")
    assert certificate.place == "Town Hall, 1 Main Street, Austin"
    assert re.fullmatch("[A-Z2-9]{16}", certificate.code)
    assert issue(signup) == certificate


@pytest.mark.parametrize(("attendee", "person", "name"), [("Ada", "Bo", "Ada"), ("", "Bo", "Bo"), ("", "", "Shop")])
def test_certificate_is_of_who_came_as_far_as_it_was_said(attendee: str, person: str, name: str) -> None:
    signup = been()
    Signup.objects.filter(pk=signup.pk).update(attendee=attendee)
    type(signup.user).objects.update(name=person)
    type(signup.seller).objects.update(name="Shop")
    assert issue(signup).name == name


def test_nobody_gets_one_who_was_not_there_or_before_the_end() -> None:
    signup = been()
    with pytest.raises(NoCertificate, match="has ended"):
        issue_certificate(signup=signup, user=signup.user, now=signup.workshop.ends_at - timedelta(seconds=1))
    take_back(signup)
    with pytest.raises(NoCertificate, match="checked in"):
        issue(signup)


def test_viewer_has_none_issued() -> None:
    signup = been()
    viewer = MemberFactory(seller=signup.seller, role="viewer").user
    with pytest.raises(Refused):
        issue_certificate(signup=signup, user=viewer, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_asked_for_at_once_it_is_one() -> None:
    signup = been()
    assert len(set(together(4, lambda _: issue(signup).code))) == Certificate.objects.count() == 1


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE workshops_certificate SET name = 'Somebody else'", "certificate_stays_as_issued"),
        ("INSERT INTO workshops_certificate (signup_id, code, name, title, place, issued_at) SELECT id, "
         "'ABCDEFGHJKMNPQRS', 'A', 'B', 'C', now() FROM workshops_signup WHERE checked_in_at IS NULL",
         "certificate_is_of_who_was_there"),
        ("INSERT INTO workshops_certificate (signup_id, code, name, title, place, issued_at) SELECT id, 'short', 'A', "
         "'B', 'C', now() FROM workshops_signup WHERE checked_in_at IS NOT NULL", "certificate_code_is_one"),
    ],
)  # fmt: skip
def test_database_refuses(sql: str, constraint: str) -> None:
    issue(been())
    take_back(been())
    been()
    with pytest.raises(DatabaseError) as refused, connection.cursor() as cursor:
        cursor.execute(sql)
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg2 is the cause


# --- Pages and files


def test_page_of_the_place_issues_it_and_has_the_files(client: Client) -> None:
    signup = been()
    page = signed_in(client, signup).get(signup.get_absolute_url()).text
    assert "Get the certificate" in page
    page = client.post(place(signup, "certificate/"), follow=True).text
    assert "Certificate (PDF)" in page
    assert Certificate.objects.get().spelled_code in page
    assert "Open Badge" not in page


def test_page_says_why_there_is_none(client: Client) -> None:
    signup = been()
    take_back(signup)
    page = signed_in(client, signup).post(place(signup, "certificate/"), follow=True).text
    assert "Certificates are for those who were checked in." in page


def test_certificate_is_a_pdf_with_what_it_certifies(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.BASE_URL = "https://account-health.marketplace.example.com"
    signup = been(title="LIVE basics")
    certificate = issue(signup)
    answer = signed_in(client, signup).get(place(signup, "certificate.pdf"))
    assert answer.headers["Content-Type"] == "application/pdf"
    (tmp_path / "c.pdf").write_bytes(answer.content)
    words = "".join(page.extract_text() for page in PdfReader(tmp_path / "c.pdf").pages)
    for said in (
        certificate.name,
        "LIVE basics",
        "Town Hall",
        certificate.spelled_code,
        f"\n{settings.BASE_URL}/certificates/{certificate.code}/\n",
    ):
        assert said in words


@pytest.mark.parametrize("file", ["certificate.pdf", "badge.jwt", "certificate/"])
def test_certificates_of_somebody_else_are_not_there(client: Client, badges: None, file: str) -> None:
    signup, other = been(), member_seller()
    issue(signup)
    client.force_login(other.users.get())
    ask = client.post if file.endswith("/") else client.get
    assert ask(place(signup, file)).status_code == 404
    assert ask(place(signup, file).replace(f"/s/{signup.seller_id}/", f"/s/{other.pk}/")).status_code == 404


def test_anybody_verifies_a_certificate_by_its_code(client: Client) -> None:
    signup = been(title="LIVE basics")
    certificate = issue(signup)
    typed = certificate.spelled_code.lower().replace(" ", "-")
    page = client.get("/certificates/", {"code": typed}, follow=True)
    assert page.redirect_chain[-1][0] == f"/certificates/{certificate.code}/"
    for said in ("Valid", certificate.name, "LIVE basics", '<meta name="robots" content="noindex">'):
        assert said in page.text
    for kept in (signup.user.email, signup.check_in_code, signup.spelled_code, f"/s/{signup.seller_id}/"):
        assert kept not in page.text


def test_certificate_of_a_check_in_that_was_taken_back_holds_no_longer(client: Client) -> None:
    signup = been()
    certificate = issue(signup)
    take_back(signup)
    page = client.get(certificate.get_absolute_url()).text
    assert "Holds no longer" in page
    assert "Valid" not in page
    assert signed_in(client, signup).get(place(signup, "certificate.pdf")).status_code == 404


@pytest.mark.parametrize("code", ["", "ABCDEFGHJKMNPQRS", "<script>", "x" * 41])
def test_unknown_codes_are_said_to_be_so(client: Client, code: str) -> None:
    assert client.get("/certificates/", {"code": code}).status_code == 200
    assert client.get("/certificates/ABCDEFGHJKMNPQRS/").status_code == 404


def test_certificate_is_in_the_download_of_its_seller() -> None:
    signup = been(title="LIVE basics")
    certificate, holding = issue(signup), HOLDINGS["certificates"]
    (kept,) = holding.rows(signup.seller, timezone.now())
    record = holding.record(kept, zone=signup.seller.market.zone)
    assert list(record) == list(holding.fields)
    assert (record["workshop"], record["code"], record["holds"]) == ("LIVE basics", certificate.code, True)


# --- Badges


@pytest.fixture
def badges(settings: Any) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    settings.BADGES, settings.BADGE_KEY, settings.BADGE_ISSUER = True, pem.decode(), "Example Market"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class OtherSite:
    """Verifies a badge as section 8.2 of Open Badges 3.0 says, with what the issuer serves and no code of ours."""

    def fetch(self, address: str) -> Any:
        return json.loads(Client().get(urlsplit(address).path).content)

    def verify(self, token: str) -> dict[str, Any]:
        head, payload, signature = token.split(".")
        header, claims = json.loads(decoded(head)), json.loads(decoded(payload))
        assert set(header) == {"alg", "kid", "typ"}
        assert (header["alg"], header["typ"]) == ("RS256", "JWT")
        jwk = self.fetch(header["kid"])
        assert "d" not in jwk
        numbers = rsa.RSAPublicNumbers(*(int.from_bytes(decoded(jwk[name])) for name in ("e", "n")))
        signed = f"{head}.{payload}".encode()
        numbers.public_key().verify(decoded(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        assert claims["iss"] == claims["issuer"]["id"] == self.fetch(claims["iss"])["id"]
        assert claims["jti"] == claims["id"]
        assert claims["sub"] == claims["credentialSubject"]["id"]
        assert claims["nbf"] <= timezone.now().timestamp()
        revoked = self.fetch(claims["credentialStatus"]["id"])["revokedCredentials"]
        assert claims["id"] not in [one["id"] for one in revoked], "withdrawn"
        return claims


def badge_of(client: Client, signup: Signup) -> str:
    answer = signed_in(client, signup).get(place(signup, "badge.jwt"))
    assert answer.headers["Content-Type"] == "application/vc+jwt"
    return answer.content.decode()


def test_badge_is_verified_by_another_site(client: Client, badges: None) -> None:
    signup = been(title="LIVE basics")
    certificate = issue(signup)
    claims = OtherSite().verify(badge_of(client, signup))
    assert claims["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert claims["issuer"]["name"] == "Example Market"
    achievement = claims["credentialSubject"]["achievement"]
    assert (achievement["type"], achievement["name"]) == (["Achievement"], "LIVE basics")
    name, email = claims["credentialSubject"]["identifier"]
    assert name["identityHash"] == certificate.name
    known = f"{signup.user.email}{email['salt']}".encode()
    assert email["identityHash"] == f"sha256${hashlib.sha256(known).hexdigest()}"
    assert signup.user.email not in json.dumps(claims)
    assert Client().get(urlsplit(claims["id"]).path).status_code == 200
    assert Client().get(urlsplit(achievement["id"]).path, follow=True).status_code == 200


def test_badge_that_was_changed_is_refused_by_another_site(client: Client, badges: None) -> None:
    signup = been()
    issue(signup)
    head, payload, signature = badge_of(client, signup).split(".")
    changed = json.loads(decoded(payload)) | {"name": "Doctor"}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    with pytest.raises(InvalidSignature):
        OtherSite().verify(f"{head}.{forged}.{signature}")


def test_badge_of_a_check_in_that_was_taken_back_is_withdrawn(client: Client, badges: None) -> None:
    signup = been()
    issue(signup)
    token = badge_of(client, signup)
    take_back(signup)
    with pytest.raises(AssertionError, match="withdrawn"):
        OtherSite().verify(token)
    assert client.get(place(signup, "badge.jwt")).status_code == 404


def test_badges_that_an_older_key_signed_are_still_verified(client: Client, badges: None, settings: Any) -> None:
    signup = been()
    issue(signup)
    token = badge_of(client, signup)
    (before,) = client.get("/badges/keys.json").json()["keys"]
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    settings.BADGE_KEY, settings.BADGE_KEYS_BEFORE = pem.decode(), [before]
    assert len(client.get("/badges/keys.json").json()["keys"]) == 2
    OtherSite().verify(token)
    OtherSite().verify(badge_of(client, signup))


def test_other_sites_scripts_may_read_the_keys(client: Client, badges: None) -> None:
    answer = client.get("/badges/keys.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/badges/keys/unknown.json").status_code == 404


@pytest.mark.parametrize("name", ["issuer", "keys", "keys/x", "revoked"])
def test_portal_without_badges_serves_none(client: Client, name: str) -> None:
    assert client.get(f"/badges/{name}.json").status_code == 404


def test_portal_without_badges_hands_out_none(client: Client) -> None:
    signup = been()
    issue(signup)
    assert signed_in(client, signup).get(place(signup, "badge.jwt")).status_code == 404
