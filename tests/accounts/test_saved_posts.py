"""What was typed outlives an ended session and a form that is out of date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from sellers.models import Member
from tests.factories import MemberFactory, PolicyFactory, UserFactory, issue
from tests.forms import fields_of
from violations.models import AppealDraft, Violation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

TEXT = "The certificate was on the table.\r\nSee 01:12:40."
ORIGIN = {"Origin": "http://testserver"}


def may_sign_in(user: User) -> None:
    user.set_password("purple-otter-lake")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


@pytest.fixture
def member() -> Member:
    found: Member = MemberFactory()
    may_sign_in(found.user)
    return found


@pytest.fixture
def violation(member: Member) -> Violation:
    return issue(member.seller, PolicyFactory(), now=timezone.now())


def page_of(violation: Violation) -> str:
    return reverse("violations:appeal_file", kwargs={"seller_id": violation.seller_id, "violation_id": violation.pk})


def sign_in(client: Client, user: User, address: str) -> Any:
    sent = {"login": user.email, "password": "purple-otter-lake", "next": address}
    return client.post(reverse("account_login"), sent, follow=True)


def test_appeal_sent_after_the_session_ended_comes_back_after_signing_in(member: Member, violation: Violation) -> None:
    client = Client()
    page = page_of(violation)
    refused = client.post(page, {"text": TEXT})
    assert refused.headers["Location"] == f"{reverse('account_login')}?next={page}"

    offered = sign_in(client, member.user, page)
    assert "What you typed is kept" in offered.text
    assert "The certificate was on the table.<br>See 01:12:40." in offered.text
    assert not AppealDraft.objects.exists()
    client.post(page, fields_of(offered.text))
    assert AppealDraft.objects.get().text.splitlines() == TEXT.splitlines()
    assert "What you typed is kept" not in client.get(page, follow=True).text


def test_files_are_asked_for_again(member: Member, violation: Violation) -> None:
    client = Client()
    client.post(page_of(violation), {"text": TEXT, "attachments": SimpleUploadedFile("proof.png", b"x")})
    offered = sign_in(client, member.user, page_of(violation))
    assert 'type="file" name="attachments"' in offered.text
    assert 'enctype="multipart/form-data"' in offered.text


def test_page_without_what_was_typed_forgets_it(member: Member, violation: Violation) -> None:
    client = Client()
    client.post(page_of(violation), {"text": TEXT})
    sign_in(client, member.user, page_of(violation))
    for query in ({"without_what_was_typed": "1"}, {}):
        assert "What you typed is kept" not in client.get(page_of(violation), query).text


def test_what_was_typed_is_forgotten_after_an_hour(member: Member, violation: Violation) -> None:
    client = Client()
    client.post(page_of(violation), {"text": TEXT})
    session = client.session
    session["saved_post"] |= {"at": (timezone.now() - timedelta(hours=2)).isoformat()}
    session.save()
    assert "What you typed is kept" not in sign_in(client, member.user, page_of(violation)).text


def test_nobody_else_is_shown_what_was_typed_for_a_seller_they_do_not_act_for(violation: Violation) -> None:
    other = UserFactory()
    may_sign_in(other)
    client = Client()
    client.post(page_of(violation), {"text": TEXT})
    response = sign_in(client, other, page_of(violation))
    assert response.status_code == 404
    assert "certificate" not in response.text


def test_text_that_is_too_long_is_not_kept(violation: Violation) -> None:
    client = Client()
    client.post(page_of(violation), {"text": "x" * 300_000})
    assert "saved_post" not in client.session


def test_passwords_are_not_kept() -> None:
    client = Client()
    page = reverse("admin:auth_user_password_change", args=[UserFactory().pk])
    client.post(page, {"password1": "hunter2-hunter2", "name": "Ana"})
    assert "hunter2" not in str(client.session["saved_post"])


def test_form_of_the_admin_comes_back_too(violation: Violation) -> None:
    boss = UserFactory(is_staff=True, is_superuser=True)
    client = Client()
    page = reverse("admin:violations_violation_void", args=[violation.pk])
    client.post(page, {"reason": "Wrong shop."})
    client.force_login(boss)
    offered = client.get(page)
    assert "Wrong shop." in offered.text
    assert "staff" in offered.text
    client.post(page, fields_of(offered.text))
    violation.refresh_from_db()
    assert violation.void_reason == "Wrong shop."


# --- A form that is out of date


@pytest.fixture
def strict(member: Member) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user)
    return client


def test_form_that_is_out_of_date_is_shown_with_what_was_typed_and_sent_again(
    strict: Client, violation: Violation
) -> None:
    refused = strict.post(page_of(violation), {"text": TEXT}, headers=ORIGIN)
    assert refused.status_code == 403
    assert "See 01:12:40." in refused.text
    sent = fields_of(refused.text)
    assert strict.post(page_of(violation), sent, headers=ORIGIN).status_code == 302
    assert AppealDraft.objects.get().text.splitlines() == TEXT.splitlines()


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_what_another_site_sent_is_shown_to_nobody(strict: Client, violation: Violation, headers: Any) -> None:
    refused = strict.post(page_of(violation), {"text": "Forged."}, headers=headers)
    assert refused.status_code == 403
    assert "Forged." not in refused.text
    assert "Open the page again" in refused.text


def test_second_sign_in_page_of_somebody_signed_in_leads_on(strict: Client, violation: Violation) -> None:
    page = page_of(violation)
    sent = {"login": "sam@example.com", "password": "x", "next": page}
    assert strict.post(reverse("account_login"), sent, headers=ORIGIN).headers["Location"] == page
    sent["next"] = "https://evil.example/"
    location = strict.post(reverse("account_login"), sent, headers=ORIGIN).headers["Location"]
    assert location in {"/", reverse(settings.LOGIN_REDIRECT_URL)}


def test_sign_in_with_an_old_token_repeats_no_password(violation: Violation) -> None:
    client = Client(enforce_csrf_checks=True)
    sent = {"login": "sam@example.com", "password": "hunter2-hunter2"}
    refused = client.post(reverse("account_login"), sent, headers=ORIGIN)
    assert refused.status_code == 403
    assert "hunter2" not in refused.text


def test_body_that_cannot_be_read_is_answered_in_words(strict: Client, violation: Violation) -> None:
    response = strict.post(
        page_of(violation), b"--x\r\n", content_type="multipart/form-data; boundary=\xff", headers=ORIGIN
    )
    assert response.status_code in {400, 403}
