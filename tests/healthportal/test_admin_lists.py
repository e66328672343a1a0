"""Every list of the admin: what of an address cannot be read is said, never an error and never everything."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import get_fields_from_path
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from kit.backoffice import lists
from kit.backoffice.lists import RecordList
from quizzes.services import start_attempt
from sellers.models import Market, Seller
from tests.factories import (
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    WorkshopFactory,
    issue,
)
from tests.pages import ago
from tests.workshops.places import take
from violations.models import Violation

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
HUGE = "9" * 30
HUGE = "9" * 30
HOSTILE = ["\0", HUGE, "(", "2026-13-45"]
EVERYWHERE = ["q", "p", "o", "all", "_facets", "_popup", "_changelist_filters", "after", "before", "nothing__exact"]
EVERYWHERE += ["id__exact", "id__in", "id__range", "pk"]
SUFFIXES = [
    "",
    "__exact",
    "__in",
    "__isnull",
    "__gte",
    "__range",
    "__year",
    "__day",
    "__week_day",
    "__regex",
    "__nothing",
]


@pytest.fixture
def records(db: None) -> None:
    """Something in most lists, so that the database looks at the values."""
    member = MemberFactory(seller__created_at=ago(days=100))
    quiz = QuizFactory(policy=PolicyFactory(points=12))
    issue(member.seller, quiz.policy, now=ago(days=1))
    start_attempt(quiz=quiz, seller=member.seller, user=member.user, now=ago(days=0))
    workshop = WorkshopFactory(market=member.seller.market, starts_at=ago(days=-9), ends_at=ago(days=-10))
    take(workshop, member.seller, now=ago(days=0))


def address(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def parameters(model: Any) -> list[str]:
    """All that a list's filters take, what its fields could be asked for, and what every list takes."""
    model_admin = admin.site._registry[model]
    names = set(EVERYWHERE)
    for entry in [*model_admin.list_filter, *filter(None, [model_admin.date_hierarchy])]:
        field = entry[0] if isinstance(entry, tuple) else entry
        if isinstance(field, str):
            get_fields_from_path(model, field)
            names |= {field + suffix for suffix in SUFFIXES} | {f"{field}__id{suffix}" for suffix in SUFFIXES}
        else:
            names |= set(getattr(field, "parameters", [])) | {getattr(field, "parameter_name", None) or "from", "to"}
    return sorted(names)


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_whatever_an_address_asks_for_is_answered(admin_user: User, rf: RequestFactory, model: Any) -> None:
    """The list that the page is made of is asked for itself: pages would take minutes."""
    model_admin = admin.site._registry[model]
    for name, value in product(parameters(model), HOSTILE):
        request = rf.get(address(model), {name: value})
        request.user = admin_user
        with transaction.atomic():
            changelist = model_admin.get_changelist_instance(request)
            rows = list(changelist.result_list)
        assert not (rows and changelist.unreadable), (name, value)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
@pytest.mark.parametrize("query", ["q=%00", "p=99999999", "nothing=1"])
def test_page_of_what_cannot_be_read_says_so(admin_client: Client, model: Any, query: str) -> None:
    response = admin_client.get(f"{address(model)}?{query}")
    assert (response.status_code, "cannot be read" in response.text) == (400, True)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_is_one_of_the_portals_own(model: Any, rf: Any) -> None:
    assert issubclass(admin.site._registry[model].get_changelist(rf.get("/")), RecordList)


@pytest.mark.django_db
def test_what_cannot_be_read_is_named_with_what_was_written_and_can_be_left_out(admin_client: Client) -> None:
    url = reverse("admin:audit_auditentry_changelist")
    response = admin_client.get(url, {"from": "28.11.2026", "kind": "sellers.seller", "p": "x"})
    assert response.status_code == 400
    assert "period (UTC) (from): “28.11.2026”, page: “x”" in response.text
    assert 'value="28.11.2026"' in response.text  # what was typed is still in its field
    assert '<a href="?kind=sellers.seller">leave it out</a>' in response.text
    assert admin_client.get(url, {"kind": "sellers.seller"}).status_code == 200


@pytest.mark.django_db
def test_export_of_what_cannot_be_read_is_refused(admin_client: Client) -> None:
    response = admin_client.get(reverse("admin:audit_auditentry_export", args=["csv"]), {"from": "28.11.2026"})
    assert (response.status_code, response.content) == (400, b"The filter is not understood: from")


@pytest.mark.django_db
def test_choice_that_there_is_not_is_said(admin_client: Client) -> None:
    MarketFactory()
    for model, query in [
        ("violation", "standing=perhaps"),
        ("violation", "detection__exact=luck"),
        ("appeal", "state=x"),
    ]:
        response = admin_client.get(reverse(f"admin:violations_{model}_changelist") + f"?{query}")
        assert (response.status_code, "cannot be read" in response.text) == (400, True), query


@pytest.mark.django_db
def test_hashes_and_texts_are_not_guessed_by_their_parts(admin_client: Client) -> None:
    assert User.objects.count()
    for query in ("secret_hash__startswith=a", "name__regex=(a%2B)%2B", "name__icontains=a"):
        assert admin_client.get(reverse("admin:sellers_apitoken_changelist") + f"?{query}").status_code == 400


# --- However much there is


@pytest.mark.django_db
def test_list_counts_no_further_than_it_shows_and_goes_on_by_the_last_id(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_COUNTED_RECORDS", 2)
    monkeypatch.setattr(admin.site._registry[Violation], "list_per_page", 2)
    seller, policy = SellerFactory(), PolicyFactory()
    first, *_, last = [issue(seller, policy, now=ago(days=1)) for _ in range(4)]
    page = admin_client.get(address(Violation))
    assert "More than 2 violations" in page.text
    assert next(row.pk for row in page.context["cl"].result_list) == last.pk
    rest = admin_client.get(address(Violation) + page.context["cl"].further)
    assert [row.pk for row in rest.context["cl"].result_list][-1] == first.pk
    assert rest.context["cl"].further == ""
    assert admin_client.get(address(Violation), {"p": 2}).status_code == 400


@pytest.mark.django_db
def test_no_list_counts_its_filters_choices(admin_client: Client) -> None:
    assert {model_admin.show_facets for model_admin in admin.site._registry.values()} == {admin.ShowFacets.NEVER}
    assert "Show counts" not in admin_client.get(address(Violation), {"_facets": "True"}).text


@pytest.mark.django_db
def test_market_with_sellers_is_not_deleted_and_its_sellers_are_not_read(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    market = MarketFactory()
    SellerFactory.create_batch(30, market=market)
    with django_assert_max_num_queries(20), CaptureQueriesContext(connection) as queries:
        page = admin_client.get(reverse("admin:sellers_market_delete", args=[market.pk]))
    assert "Sellers that are there" in page.text
    assert not any('"sellers_seller"."name"' in query["sql"] for query in queries)
    admin_client.post(reverse("admin:sellers_market_delete", args=[market.pk]), {"post": "yes"})
    assert Market.objects.filter(pk=market.pk).exists()


@pytest.mark.django_db
def test_search_finds_ids_exactly_and_sellers_by_words_of_their_names(admin_client: Client) -> None:
    seller = SellerFactory(name="Alder & Thimble Shoes", external_id="us-0004")
    violation = issue(seller, PolicyFactory(), now=ago(days=1), external_id="V-1")
    issue(SellerFactory(name="Lumen"), PolicyFactory(), now=ago(days=1), external_id="V-10")
    for term in ("V-1", "us-0004", "thimble alder", " ALDER "):
        found = admin_client.get(address(Violation), {"q": term}).context["cl"].result_list
        assert [row.pk for row in found] == [violation.pk], term
    assert list(admin_client.get(address(Violation), {"q": "v-1"}).context["cl"].result_list) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("th", ["Alder & Thimble Shoes"]),
        ("al sh", ["Alder & Thimble Shoes"]),
        ("es", []),
        ("hoes", ["Alder & Thimble Shoes"]),
        ("圳优", ["深圳优选"]),
        ("%", []),
    ],
)
def test_short_word_is_how_a_word_begins(admin_client: Client, term: str, names: list[str]) -> None:
    for name in ("Alder & Thimble Shoes", "Lumen", "深圳优选"):
        SellerFactory(name=name)
    found = admin_client.get(address(Seller), {"q": term}).context["cl"].result_list
    assert [seller.name for seller in found] == names


@pytest.mark.django_db
def test_violations_of_a_policy_are_all_found(admin_client: Client) -> None:
    """Between whichever others they lie, and of whichever version they are."""
    seller, others = SellerFactory(created_at=ago(days=100)), PolicyFactory.create_batch(2)
    policy, never = PolicyFactory(), PolicyFactory()
    ids = []
    for _ in range(2):
        ids += [issue(seller, policy, now=ago(days=1)).pk]
        for other in others:
            issue(seller, other, now=ago(days=1))
    for chosen, expected in [(policy, ids), (never, [])]:
        query = {"policy_version__policy__id__exact": chosen.pk}
        found = admin_client.get(address(Violation), query).context["cl"].result_list
        assert sorted(row.pk for row in found) == expected


@pytest.mark.usefixtures("records")
def test_what_is_selected_is_an_id_or_nothing(admin_client: Client, admin_user: User, rf: RequestFactory) -> None:
    """And an action that is named beside it, which no list has, is none."""
    request = rf.get("/")
    request.user = admin_user
    for model in MODELS:
        first = model._base_manager.values_list("pk", flat=True).first()
        for name, (action, *_words) in admin.site._registry[model].get_actions(request).items():
            sent = {"action": [name, "zz"], "index": "0"}
            nobody = {**sent, ACTION_CHECKBOX_NAME: ["\0", HUGE, "zz", "-1", "\u0663", "1.5", ""]}
            assert admin_client.post(address(model), nobody).status_code == 302, (model, name)
            if first is not None and hasattr(action, "__wrapped__"):  # it asks first
                assert (
                    admin_client.post(address(model), {**sent, ACTION_CHECKBOX_NAME: [first, "zz"]}).status_code == 200
                )
