"""What was written with its marks apart is found by who writes them together, and the other way round, everywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kit.documents.stored_files import plain_file_name
from kit.pages.checked_forms import CheckedForm
from policies.models import Policy
from sellers.models import Content, Member, Seller
from sellers.services import ContentDraft
from tests.api import Caller, results
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, SellerFactory, WorkshopFactory, issue
from tests.forms import fill_in
from tests.pages import ago
from violations.models import Macro, Violation
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

TOGETHER = "Café Ngữ"
APART = unicodedata.normalize("NFD", TOGETHER)
FORMS = [TOGETHER, APART]


@pytest.fixture
def member() -> Member:
    made: Member = MemberFactory(seller__created_at=ago(days=100), seller__name=TOGETHER)
    return made


# --- What comes in is composed


def test_forms_compose_texts_and_leave_passwords() -> None:
    class Typed(CheckedForm):
        line = forms.CharField(max_length=len(TOGETHER))
        area = forms.CharField(widget=forms.Textarea, strip=False)
        password = forms.CharField(widget=forms.PasswordInput)

    form = Typed({"line": f" {APART} ", "area": f" {APART}\n", "password": APART})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"line": TOGETHER, "area": f" {TOGETHER}\n", "password": APART}


def test_calls_compose_names_and_titles() -> None:
    caller = Caller(MarketFactory())
    for text, result in [(APART, "created"), (TOGETHER, "already_there")]:
        item = {"external_id": "s-1", "name": text, "city": text}
        assert [one[1] for one in results(caller.send("PUT", "sellers", [item]))] == [result]
        content = {"external_id": "c-1", "seller": "s-1", "kind": "live", "title": text}
        assert [one[1] for one in results(caller.send("PUT", "content", [content]))] == [result]
    assert (Seller.objects.get().name, Seller.objects.get().city) == (TOGETHER, TOGETHER)
    assert Content.objects.get().title == TOGETHER


def test_violation_sent_again_with_its_marks_apart_is_already_there() -> None:
    caller, policy, issued_at = Caller(MarketFactory()), PolicyFactory(), ago(days=1).isoformat()
    SellerFactory(market=caller.token.market, external_id="s-1")
    for text, result in [(APART, "created"), (TOGETHER, "already_there")]:
        item = {"external_id": "v-1", "seller": "s-1", "policy": policy.code, "issued_at": issued_at, "facts": text}
        item |= {"detection": "staff", "automated": False}
        assert [one[1:] for one in results(caller.send("POST", "violations", [item]))] == [(result, [])]
    assert Violation.objects.get().facts == TOGETHER


@pytest.mark.parametrize(
    ("page", "fields", "named"),
    [
        ("policies_policy", {"code": "c", "name": APART, "topic": APART}, lambda: Policy.objects.get().name),
        ("violations_macro", {"name": APART, "text": APART, "kind": "deny"}, lambda: Macro.objects.get().name),
    ],
)
def test_admin_composes_names(
    admin_client: Client, page: str, fields: dict[str, str], named: Callable[[], str]
) -> None:
    answer = fill_in(admin_client, reverse(f"admin:{page}_add"), **fields)
    assert answer.status_code == 302, answer.context["adminform"].form.errors  # type: ignore[attr-defined]  # of a test
    assert named() == TOGETHER


def test_names_of_files_are_composed() -> None:
    """As browsers of one maker send them apart."""
    assert plain_file_name(f"{APART}.csv") == f"{TOGETHER}.csv"
    assert SimpleUploadedFile(f"{APART}.csv", b"").name != f"{TOGETHER}.csv"


# --- What is looked for is composed


@pytest.mark.parametrize("asked", FORMS)
@pytest.mark.parametrize("model", ["sellers_seller", "sellers_content", "workshops_workshop", "policies_policy"])
def test_staff_find_records_by_name(admin_client: Client, member: Member, model: str, asked: str) -> None:
    Content.objects.create(seller=member.seller, kind="live", external_id="c-1", title=TOGETHER)
    WorkshopFactory(title=TOGETHER)
    PolicyFactory(name=TOGETHER)
    found = admin_client.get(reverse(f"admin:{model}_changelist"), {"q": asked}).context["cl"].result_list
    assert len(found) == 1


@pytest.mark.parametrize("asked", FORMS)
def test_staff_find_everything_at_once(admin_client: Client, member: Member, asked: str) -> None:
    Workshop.objects.filter(pk=WorkshopFactory().pk).update(title=TOGETHER)
    page = admin_client.get(reverse("admin:search"), {"q": asked})
    assert [hits.title for hits in page.context["found"]] == ["Sellers", "Workshops"]


@pytest.mark.parametrize("asked", FORMS)
def test_choosers_find_an_id_and_a_name(admin_client: Client, asked: str) -> None:
    seller = SellerFactory(external_id=TOGETHER.replace(" ", "-"), name="Shop")
    SellerFactory(name=TOGETHER)
    chooser = {"app_label": "violations", "model_name": "violation", "field_name": "seller"}
    for term, first in [(asked.replace(" ", "-"), seller.pk), (asked, Seller.objects.get(name=TOGETHER).pk)]:
        found = admin_client.get(reverse("admin:autocomplete"), chooser | {"term": term}).json()["results"]
        assert [one["id"] for one in found][:1] == [str(first)], term


@pytest.mark.parametrize("asked", FORMS)
def test_members_find_what_is_theirs(client: Client, member: Member, asked: str) -> None:
    content = ContentDraft(kind="live", external_id="c-1", title=TOGETHER)
    policy = PolicyFactory(name=TOGETHER)
    violation = issue(member.seller, policy, now=ago(days=1), external_id="r-é", content=content)
    client.force_login(member.user)
    seller = [member.seller.pk]
    listed = client.get(reverse("violations:list", args=seller), {"q": asked}).context["page"]
    assert [one.pk for one in listed] == [violation.pk]
    assert len(client.get(reverse("inbox:list", args=seller), {"q": asked}).context["page"]) == 1
    MemberFactory(user=member.user)
    assert [one.seller for one in client.get(reverse("sellers"), {"q": asked}).context["lines"]] == [member.seller]


@pytest.mark.parametrize("asked", FORMS)
def test_host_finds_who_walks_in(admin_client: Client, member: Member, asked: str) -> None:
    now = timezone.now()
    workshop = WorkshopFactory(
        market=member.seller.market, starts_at=now + timedelta(minutes=5), ends_at=now + timedelta(hours=1)
    )
    page = admin_client.get(reverse("workshops:walk_in", args=[workshop.pk]), {"q": asked})
    assert list(page.context["found"]) == [member.seller]
