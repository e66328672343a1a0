"""Who works for some markets finds nothing of another: no list, page, chooser, search, file or form of the admin.

What there is to attack is read from the admin itself. A model that does not say its scope makes these tests fail, and
so does an address whose parts nobody here knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.models import ForeignKey, Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from audit.services import record as write_entry
from healthportal.exports.models import Export
from healthportal.roles import ROLES
from healthportal.workbench.selectors import needs_of, trends_of
from inbox.models import Message
from kit.backoffice.scopes import in_scope, path_of
from kit.outcomes import Refused
from kit.scopes import EVERYWHERE, NOWHERE
from quizzes.models import Attempt
from sellers.models import Invitation, Market, Member, Seller, StaffMarket
from sellers.services import limit_staff
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.forms import fill_in
from tests.violations.appealing import appeal_against
from violations.models import Appeal, AppealAttachment, AppealRequest, EnforcementAction, Violation
from violations.services import take_next
from workshops.models import DoorLink, Signup, Workshop

from . import test_trail_is_complete as trail
from . import test_trail_is_written_by_services as services
from .two_markets import NOBODY, Side, Sides, limited, make_sides

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sides(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    """Both sides, which all tests of this file read."""
    patch = pytest.MonkeyPatch()
    with django_db_blocker.unblock(), transaction.atomic():
        storage = {**settings.STORAGES["attachments"], "OPTIONS": {"location": tmp_path_factory.mktemp("attachments")}}
        patch.setattr(settings, "STORAGES", {**settings.STORAGES, "attachments": storage})
        made = make_sides()
        connection.check_constraints()  # once, and not after each test
        yield made
        patch.undo()
        transaction.set_rollback(True)


@pytest.fixture
def person(sides: Sides) -> User:
    """Somebody with every right who works for the own side alone."""
    return limited(sides)


@pytest.fixture
def staff(person: User) -> Client:
    return signed_in(person)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
SCOPED = [model for model in MODELS if path_of(model) not in (EVERYWHERE, NOWHERE)]
BY_PEOPLE = {"accounts.User", "audit.AuditEntry"}
"""Models of which some records are of no market, which are common."""


def name_of(model: Any) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


def found_in(text: str, side: Side) -> list[str]:
    """What a page says that only the pages of a side may say."""
    return side.said_in(text)


def body_of(response: Any) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return response.content.decode(errors="replace")


# --- Saying it


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_model_of_the_admin_says_its_scope(model: Any) -> None:
    path = path_of(model)
    if path not in (EVERYWHERE, NOWHERE):
        model._default_manager.filter(**{f"{path}__isnull": True}).exists()  # the path leads somewhere
    if path == EVERYWHERE:
        rows = [inline.model for inline in admin.site._registry[model].inlines]
        assert [row for row in rows if getattr(row, "scope_path", None) is None] == []


def test_model_that_does_not_say_its_scope_has_no_pages() -> None:
    class Silent:
        class _meta:  # noqa: N801  # as Django calls it
            label = "silent.Silent"

    with pytest.raises(ImproperlyConfigured, match=r"silent.Silent does not say"):
        path_of(Silent)  # type: ignore[arg-type]  # no model


def test_both_sides_have_records_of_each_model(sides: Sides) -> None:
    assert [model._meta.label for model in SCOPED if not sides.own.of(model) or not sides.other.of(model)] == []
    assert len(sides.other.marks) > 50


# --- Looking


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label)
def test_list_has_the_own_records_and_no_others(staff: Client, sides: Sides, person: User, model: Any) -> None:
    found = set(in_scope(model._default_manager.all(), sides.own.markets).values_list("pk", flat=True))
    own, other = ({record.pk for record in side.of(model)} for side in (sides.own, sides.other))
    if model._meta.label in BY_PEOPLE:
        assert (found & other) < other
    else:
        assert (own <= found, found & other) == (True, set())
    shown: Any = staff.get(reverse(f"{name_of(model)}_changelist"))
    assert shown.status_code == 200
    assert {record.pk for record in shown.context["cl"].queryset} <= found


FEW = 4
"""Choices of a filter whose pages are read. Of the rest, mostly markets and policies, the records of the list are."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_search_filter_or_order_of_a_list_leads_to_another_market(
    staff: Client, person: User, sides: Sides, model: Any, rf: RequestFactory
) -> None:
    address, model_admin = reverse(f"{name_of(model)}_changelist"), admin.site._registry[model]
    shown: Any = staff.get(address)
    queries, further = {f"?{urlencode({'q': mark})}" for mark in sorted(sides.other.marks)[::40]}, set()
    for spec in shown.context["cl"].filter_specs:
        choices = [one["query_string"] for one in spec.choices(shown.context["cl"]) if "query_string" in one]
        queries, further = queries | set(choices[:FEW]), further | set(choices[FEW:])
        queries |= {f"?{name}={sides.other.of(Market)[0].pk}" for name in spec.expected_parameters() if name}
    for query in ["", *queries]:
        text = staff.get(address + query).text
        typed = re.sub(r'value="[^"]*"|“[^”]*”|[?&;]q=[^"&]*', "", text)
        assert found_in(typed, sides.other) == [], query
    visible = set(in_scope(model._default_manager.all(), sides.own.markets).values_list("pk", flat=True))
    for query in further - queries:
        request = rf.get(address + query)
        request.user = person
        listed = model_admin.get_changelist_instance(request).queryset
        assert set(listed.values_list("pk", flat=True)) <= visible, query


def patterns(urls: Any, namespace: str = "") -> Iterator[URLPattern]:
    for one in urls:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        else:
            yield one


def own_pages(model: Any) -> list[URLPattern]:
    return [one for one in admin.site._registry[model].get_urls() if isinstance(one, URLPattern) and one.name]


def arguments(pattern: URLPattern, record: Any) -> dict[str, Any]:
    """The parts of an address about a record. A part that is not known here fails the test."""
    known: dict[str, Any] = {"object_id": record.pk, "id": record.pk, "chunk_id": 1, "picture_id": 1, "form": "csv"}
    known["week"] = "2026-W45"
    if isinstance(record, Appeal):
        file = AppealAttachment.objects.sent_with(record).first()
        known["attachment_id"] = file.pk if file else 1
    known["seller_id"] = getattr(record, "seller_of_page", record.pk)
    return {name: known[name] for name in pattern.pattern.converters}


def plain(response: Any, *ids: Any) -> tuple[int, str, str]:
    """An answer without what differs for two ids, what is made anew each time, and what pages before it left to say."""
    text, where = body_of(response), response.headers.get("Location", "")
    for one in sorted(map(str, ids), key=len, reverse=True):
        text, where = (re.sub(rf"(?<![\w]){re.escape(one)}(?![\w])", "ID", part) for part in (text, where))
    text = re.sub(
        r'nonce="[^"]*"|[A-Za-z0-9]{64}|\b\d\d:\d\d\b|<ul class="messagelist">.*?</ul>', "", text, flags=re.DOTALL
    )
    text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    return response.status_code, where, text if response.status_code in {403, 404} else ""


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label)
def test_page_of_another_market_answers_as_if_there_were_none(
    staff: Client, sides: Sides, model: Any, method: str
) -> None:
    nobody = model(pk=NOBODY)
    visible = set(in_scope(model._default_manager.all(), sides.own.markets).values_list("pk", flat=True))
    others = [record for record in sides.other.of(model) if record.pk not in visible]
    before = trail_length()
    for pattern in own_pages(model):
        if "object_id" not in pattern.pattern.converters and "id" not in pattern.pattern.converters:
            continue
        for record in others[:2]:
            with transaction.atomic():
                there = getattr(staff, method)(reverse(f"admin:{pattern.name}", kwargs=arguments(pattern, record)))
                none = getattr(staff, method)(
                    reverse(f"admin:{pattern.name}", kwargs=arguments(pattern, record) | key(pattern))
                )
            assert plain(there, record.pk, NOBODY) == plain(none, record.pk, NOBODY), pattern.name
            assert there.status_code in {302, 403, 404, 405}, pattern.name
            assert found_in(body_of(there), sides.other) == [], pattern.name
    assert nobody.pk == NOBODY
    assert trail_length() == before


def key(pattern: URLPattern) -> dict[str, int]:
    return {name: NOBODY for name in ("object_id", "id") if name in pattern.pattern.converters}


def trail_length() -> int:
    return AuditEntry.objects.count()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_page_of_an_own_record_is_there_and_names_nothing_of_another_market(
    staff: Client, sides: Sides, model: Any
) -> None:
    visible = in_scope(model._default_manager.all(), sides.own.markets)
    own = list(visible.filter(pk__in=[record.pk for record in sides.own.of(model)])[:2])
    own += [record for record in sides.other.of(model)[:2] if visible.filter(pk=record.pk).exists()]
    pages = [one for one in own_pages(model) if set(one.pattern.converters) <= {"object_id", "id"}]
    for record in own:
        assert staff.get(reverse(f"{name_of(model)}_change", args=[record.pk])).status_code in {200, 302}
        for pattern in pages:
            answer = staff.get(reverse(f"admin:{pattern.name}", kwargs=arguments(pattern, record)))
            assert found_in(body_of(answer), sides.other) == [], pattern.name


PARTS = {"app_label", "content_type_id", "url", "form", "seller_id"}
"""Parts of addresses that are about no record of one model, each attacked below."""


def test_each_address_of_the_admin_is_attacked() -> None:
    """By the pages of records above, without parts below, or by one of the tests of `PARTS`."""
    known = {"object_id", "id", "chunk_id", "picture_id", "attachment_id", "week", *PARTS}
    addresses = [*patterns(admin.site.get_urls())]
    found = {name for one in addresses for name in [*one.pattern.converters, *one.pattern.regex.groupindex]}
    assert found - known == set()


ELSEWHERE = ("_changelist", "logout", "app_list")
"""Lists are attacked above."""


def bare_pages() -> list[str]:
    """The addresses without parts, however they are named."""
    return sorted({one.name for one in patterns(admin.site.get_urls()) if one.name and not one.pattern.converters})


@pytest.mark.parametrize("name", [name for name in bare_pages() if not name.endswith(ELSEWHERE)])
def test_page_about_no_record_names_nothing_of_another_market(staff: Client, sides: Sides, name: str) -> None:
    cache.clear()
    market = sides.other.of(Market)[0]
    further = ["?format=csv", f"?market={market.pk}", f"?market={market.code}"]
    for query in ["", *([] if name.endswith("_add") else further)]:
        answer = staff.get(reverse(f"admin:{name}") + query)
        assert answer.status_code < 500
        typed = query.rpartition("=")[2]
        assert [mark for mark in found_in(body_of(answer), sides.other) if mark != typed] == [], query


def test_search_finds_nothing_of_another_market(staff: Client, sides: Sides) -> None:
    page = reverse("admin:search")
    for mark in sorted(sides.other.marks)[::8]:
        found: Any = staff.get(page, {"q": mark})
        assert [hits.title for hits in found.context["found"]] == [], mark
    own = sides.own.of(Seller)[0]
    assert own.name in staff.get(page, {"q": own.external_id}, follow=True).text


def choosers() -> list[ForeignKey[Any, Any]]:
    """Every relation whose records a chooser may offer."""
    fields = [field for model in apps.get_models() for field in model._meta.get_fields()]
    relations = [field for field in fields if isinstance(field, ForeignKey) or getattr(field, "many_to_many", False)]
    return [field for field in relations if field.concrete and field.related_model in admin.site._registry]


def test_no_chooser_offers_a_record_of_another_market(staff: Client, sides: Sides) -> None:
    asked = 0
    for field in choosers():
        about = {
            "app_label": field.model._meta.app_label, "model_name": field.model._meta.model_name,
            "field_name": field.name,
        }  # fmt: skip
        terms = ["", *sorted(sides.other.marks)[::40]] if field.related_model in SCOPED else [""]
        for term in terms:
            answer = staff.get(reverse("admin:autocomplete"), {**about, "term": term})
            if answer.status_code == 200:
                asked += 1
                assert found_in(answer.text, sides.other) == [], about
    assert asked > 100


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label)
def test_way_to_the_site_leads_to_no_record_of_another_market(staff: Client, sides: Sides, model: Any) -> None:
    kind = ContentType.objects.get_for_model(model)
    for record in sides.other.of(model)[:2]:
        if in_scope(model._default_manager.filter(pk=record.pk), sides.own.markets).exists():
            continue
        there = staff.get(reverse("admin:view_on_site", args=[kind.pk, record.pk]))
        assert there.status_code == 404


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_trail_is_exported_without_other_markets(staff: Client, sides: Sides, form: str) -> None:
    text = body_of(staff.get(reverse("admin:audit_auditentry_export", args=[form])))
    assert found_in(text, sides.other) == []
    assert found_in(text, sides.own)


def test_reports_are_previewed_of_own_sellers(staff: Client, sides: Sides) -> None:
    other = sides.other.of(Seller)[0]
    assert staff.get(reverse("admin:reports_reportrun_preview", args=[other.pk])).status_code == 404
    form = staff.get(
        reverse("admin:reports_reportrun_preview_form"), {"market": other.market_id, "external_id": other.external_id}
    )
    assert form.status_code == 200
    assert "market" in form.context["form"].errors
    own = sides.own.of(Seller)[0]
    chosen = {"market": own.market_id, "external_id": own.external_id}
    assert staff.get(reverse("admin:reports_reportrun_preview_form"), chosen).status_code == 302


# --- Roles


@pytest.mark.parametrize("role", ROLES)
def test_role_limited_to_markets_sees_nothing_of_others(sides: Sides, role: str) -> None:
    cache.clear()
    person = limited(sides, role=role)
    client = signed_in(person)
    pages = [reverse("admin:index"), reverse("admin:jobs")]
    pages += [reverse(f"{name_of(model)}_changelist") for model in MODELS]
    for page in pages:
        assert found_in(client.get(page).text, sides.other) == [], page
    for model in SCOPED:
        visible = in_scope(model._default_manager.all(), sides.own.markets)
        for record in sides.other.of(model)[:2]:
            if not visible.filter(pk=record.pk).exists():
                for page in ("change", "history", "delete"):
                    answer = client.get(reverse(f"{name_of(model)}_{page}", args=[record.pk]))
                    assert answer.status_code in {302, 403, 404}, (model, page)


def test_what_waits_is_of_own_markets(sides: Sides, person: User) -> None:
    """On the home page and in the emails that tell of it, which are made of the same."""
    everybody = UserFactory(is_staff=True, is_superuser=True)
    now = timezone.now() + timezone.timedelta(days=30)
    seen = {found.need.name: found.total for found in needs_of(person, now=now)}
    whole = {found.need.name: found.total for found in needs_of(everybody, now=now)}
    assert any(seen[name] < whole[name] for name in seen)
    for found in needs_of(person, now=now):
        for record in found.records:
            assert record not in sides.other.of(found.need.model) or path_of(found.need.model) == EVERYWHERE


def test_figures_of_the_week_are_of_own_markets(sides: Sides, person: User) -> None:
    cache.clear()
    everybody = UserFactory(is_staff=True, is_superuser=True)
    own, whole = ({one.name: one.now for one in trends_of(who, now=timezone.now())} for who in (person, everybody))
    assert own.keys() == whole.keys()
    assert own["violations"] < whole["violations"]


# --- Doing


def value_of(model: Any, record: Any) -> dict[str, Any]:
    found: dict[str, Any] = model._base_manager.filter(pk=record.pk).values().get()
    return found


FOR_ALL = {
    "violations_macro", "quizzes_question", "policies_policyversion", "quizzes_quiz", "workshops_workshopseries",
    "workshops_city", "auth_user", "accounts_user", "quizzes_regrade", "policies_policy", "policies_article",
    "accounts_unreachableaddress", "violations_appealreason",
}  # fmt: skip
"""What is common, or of people of no market."""


def is_common(name: str) -> bool:
    return any(name.startswith(one) for one in FOR_ALL)


@pytest.fixture
def elsewhere(attachments_root: Any, sides: Sides) -> Client:
    """Somebody with every right who works for the own side; what a test makes is of another market."""
    return signed_in(limited(sides))


@pytest.mark.parametrize("name", [name for name in {**trail.STEPS, **trail.STEPS_BESIDE} if not is_common(name)])
def test_step_with_an_id_of_another_market_changes_nothing(elsewhere: Client, sides: Sides, name: str) -> None:
    make, send = {**trail.STEPS, **trail.STEPS_BESIDE}[name][:2]
    record = make()
    before, written = value_of(type(record), record), trail_length()
    answer = elsewhere.post(reverse(f"admin:{name}", args=[record.pk]), send())
    assert answer.status_code == 404
    assert (value_of(type(record), record), trail_length()) == (before, written)


@pytest.mark.parametrize("name", [name for name in trail.ACTIONS if not is_common(name)])
def test_action_of_a_list_with_an_id_of_another_market_changes_nothing(
    elsewhere: Client, sides: Sides, name: str
) -> None:
    record = trail.ACTIONS[name][0]()
    if name == "account_emailaddress: make_verified":
        trail.MemberFactory(user=record.user)
    if name == "retention_erasurerequest: erase":
        trail.MemberFactory(user=record.user)
    model, _, action = name.partition(": ")
    before, written = value_of(type(record), record), trail_length()
    selected = record.run.pk if model == "reports_reportrun" else record.pk
    sent = {"action": action, "_selected_action": selected, "confirmed": "Yes, do it"}
    elsewhere.post(reverse(f"admin:{model}_changelist"), sent)
    assert (value_of(type(record), record), trail_length()) == (before, written)


@pytest.mark.parametrize("label", [label for label in trail.DELETIONS if not is_common(label.replace(".", "_"))])
@pytest.mark.parametrize("way", ["page", "list"])
def test_nothing_of_another_market_is_deleted(elsewhere: Client, sides: Sides, label: str, way: str) -> None:
    record = trail.DELETIONS[label]()
    if label in {"account.emailaddress", "mfa.authenticator"}:
        trail.MemberFactory(user=record.user)
    if path_of(type(record)) == EVERYWHERE:
        return
    if way == "page":
        elsewhere.post(trail.url(label, "delete", record.pk), {"post": "yes"})
    else:
        sent = {"action": "delete_selected", "_selected_action": record.pk, "post": "yes"}
        elsewhere.post(trail.url(label, "changelist"), sent)
    assert type(record)._default_manager.filter(pk=record.pk).exists()


ADDED = [
    "events.webhookendpoint", "sellers.apitoken", "sellers.brand", "sellers.memberupload", "sellers.seller",
    "violations.violation", "violations.upload", "violations.massreversal", "violations.appealreason",
    "quizzes.fairtrial", "workshops.workshop",
]  # fmt: skip
"""What is added to a market that a form names."""


def test_each_model_that_is_added_to_a_market_is_attacked() -> None:
    scoped = {model._meta.label_lower for model in SCOPED}
    named_by_the_address = {"violations.ruleschange", "violations.rehearsal"}
    no_market = {"sellers.market", "accounts.user", "account.emailaddress", "retention.erasurerequest"}
    assert set(trail.ADDITIONS) & scoped - named_by_the_address - no_market == set(ADDED)


@pytest.mark.parametrize("label", ADDED)
def test_form_takes_no_market_of_others(elsewhere: Client, sides: Sides, label: str) -> None:
    sent = trail.ADDITIONS[label]()
    model: Any = next(one for one in MODELS if one._meta.label_lower == label)
    before = model._default_manager.count()
    fill_in(elsewhere, trail.url(label, "add"), **sent)
    assert model._default_manager.count() == before


@pytest.mark.parametrize("label", ["violations.ruleschange", "violations.rehearsal"])
def test_address_names_no_market_of_others(elsewhere: Client, sides: Sides, label: str) -> None:
    other = sides.other.of(Market)[0]
    assert elsewhere.get(trail.url(label, "add"), {"market": other.pk}).status_code == 404


# --- In the portal

IDS: dict[str, type[Model]] = {
    "violation_id": Violation, "appeal_id": Appeal, "attachment_id": AppealAttachment, "request_id": AppealRequest,
    "action_id": EnforcementAction, "message_id": Message, "member_id": Member, "invitation_id": Invitation,
    "export_id": Export, "attempt_id": Attempt, "signup_id": Signup, "link_id": DoorLink,
    "workshop_id": Workshop, "seller_id": Seller,
}  # fmt: skip
"""What the parts of the portal's addresses are ids of."""
OTHER_PARTS: dict[str, Any] = {
    "position": 1,
    "week": "2026-W45",
    "policy": "no-such-policy",
    "picture_id": NOBODY,
    "file_id": NOBODY,
}


def portal_pages(
    urls: Any = None, namespace: str = "", above: frozenset[str] = frozenset()
) -> Iterator[tuple[str, set[str]]]:
    """Names and parts of the portal's addresses that have an id; those of API and admin are attacked elsewhere."""
    for one in get_resolver().url_patterns if urls is None else urls:
        parts = above | set(one.pattern.converters)
        if isinstance(one, URLResolver):
            if str(one.pattern) not in {"admin/", "api/v1/", "accounts/"}:
                yield from portal_pages(one.url_patterns, one.namespace or namespace, parts)
        elif one.name and parts & IDS.keys():
            yield f"{namespace}:{one.name}".removeprefix(":"), set(parts)


def test_parts_of_addresses_of_the_portal_are_known() -> None:
    found = {part for _, parts in portal_pages() for part in parts}
    assert found - IDS.keys() - OTHER_PARTS.keys() == {"token"}


def others_id(sides: Sides, part: str) -> int:
    """Of a record of the other side that is no more public than it has to be."""
    records = sides.other.of(IDS[part])
    assert records, part
    hidden = [record for record in records if getattr(record, "published_at", None) is None]
    return int((hidden or records)[0].pk)


@pytest.mark.parametrize(("role", "methods"), [("owner", ["post"]), ("viewer", ["get", "post"]), ("staff", ["get"])])
def test_id_of_somebody_else_answers_as_if_there_were_none(
    sides: Sides, person: User, role: str, methods: list[str]
) -> None:
    seller = sides.own.of(Seller)[0]
    user = person if role == "staff" else MemberFactory(seller=seller).user
    if role == "viewer":
        user = MemberFactory(seller=seller, role="viewer").user
    for name, parts in sorted(portal_pages()):
        fixed = {part: OTHER_PARTS[part] for part in parts & OTHER_PARTS.keys()}
        if "token" in parts:
            continue
        asked = parts & IDS.keys() - {"seller_id"} or {"seller_id"}
        for method in methods:
            there, answers = {part: others_id(sides, part) for part in asked}, []
            for ids in (there, dict.fromkeys(asked, NOBODY)):
                own = {"seller_id": seller.pk} if "seller_id" in parts else {}
                with transaction.atomic():
                    answer = getattr(signed_in(user), method)(reverse(name, kwargs={**fixed, **own, **ids}))
                answers.append(plain(answer, *there.values(), NOBODY))
            assert answers[0] == answers[1], (name, method)
            assert answers[0][0] in {302, 403, 404, 405}, (name, method)


@pytest.mark.parametrize("is_staff", [False, True])
def test_page_of_somebody_elses_seller_answers_as_if_there_were_none(
    sides: Sides, person: User, is_staff: bool
) -> None:
    client = signed_in(person if is_staff else sides.own.of(Member)[0].user)
    violation = sides.other.of(Violation)[0]
    for name, parts in sorted(portal_pages()):
        if "seller_id" not in parts:
            continue
        fixed = {part: OTHER_PARTS[part] for part in parts & OTHER_PARTS.keys()}
        ids = {part: others_id(sides, part) for part in parts & IDS.keys()}
        there, none = (
            plain(client.get(reverse(name, kwargs=fixed | ids | {"seller_id": pk})), violation.seller_id, NOBODY)
            for pk in (violation.seller_id, NOBODY)
        )
        assert there == none, name
        assert there[0] in {404, 405}, name


# --- Behind the pages


DECISIONS = {
    "issue_violation", "void_violation", "lift_action", "grant_appeal", "grant_partly", "deny_appeal", "review_again",
    "ask_seller", "withdraw_request", "hold_detector", "release_detector", "settle_alarm", "issue_held", "drop_held",
    "draft_reversal", "redraft_reversal", "start_reversal", "stop_reversal", "resume_reversal", "draft_rules",
    "approve_rules", "withdraw_rules", "receive_upload", "confirm_upload", "discard_upload", "answer_remark",
    "publish_version", "publish_quiz", "unpublish_quiz", "publish_question", "retire_question", "decide_regrade",
    "decide_pass_points", "propose_reversal", "propose_version", "take_back_proposal", "issue_held_batch",
    "drop_held_batch", "retire_appeal_reason", "propose_controls", "decide_controls",
}  # fmt: skip
"""What says why it is refused. Of the others the database refuses what nothing refused, with its entry in the trail."""

OF_NO_MARKET = {
    "send_for_review", "send_back", "replace_question", "propose_pass_points", "add_picture", "remove_picture",
    "import_questions", "propose_regrade", "draft_version", "restore_address", "limit_staff",
    "propose_superuser", "decide_superuser", "draft_article", "erase_person",
}  # fmt: skip
"""Drafts of what is common, and what is of people."""

AMONG_THEIR_OWN = {"take_next", "release_appeal", "end_viewing", "retry_given_up"}
"""What finds what it changes: among what the person has, or in the markets that the person works for."""

BY_MEMBERS = {
    "change_role", "invite_member", "resend_invitation", "withdraw_invitation", "accept_invitation", "remove_member",
}  # fmt: skip
"""What members do for their own seller, whatever market it is of."""


@pytest.mark.parametrize("name", sorted(set(services.CALLS) - OF_NO_MARKET - AMONG_THEIR_OWN - BY_MEMBERS))
def test_service_decides_nothing_in_another_market(attachments_root: Any, name: str) -> None:
    person = UserFactory(is_staff=True)
    StaffMarket.objects.create(user=person, market=MarketFactory())
    service, actor = services.by_somebody()[name]
    sent = {"now": timezone.now(), **services.CALLS[name][0]()}
    written = trail_length()
    refused: Any = Refused if name in DECISIONS else (Refused, DatabaseError)
    with pytest.raises(refused), transaction.atomic():
        service(**sent, **{actor: person})
    assert trail_length() == written


@pytest.mark.parametrize("name", sorted(AMONG_THEIR_OWN))
def test_service_finds_nothing_in_another_market(name: str) -> None:
    UserFactory(email="boss@example.com", is_staff=True)  # whose it is
    person = UserFactory(is_staff=True)
    StaffMarket.objects.create(user=person, market=MarketFactory())
    service, actor = services.by_somebody()[name]
    sent = {"now": timezone.now(), **services.CALLS[name][0]()}
    written = trail_length()
    with suppress(Refused):
        assert not service(**sent, **{actor: person})
    assert trail_length() == written


def test_what_members_of_staff_do_for_their_own_seller_is_of_any_market() -> None:
    member = MemberFactory(user__is_staff=True)
    StaffMarket.objects.create(user=member.user, market=MarketFactory())
    write_entry(by=member.user, action="note", about=member.seller, now=timezone.now())
    assert AuditEntry.objects.latest("pk").scope_id == member.seller.market_id
    elsewhere = SellerFactory()
    with pytest.raises(DatabaseError, match="does not work for market"), transaction.atomic():
        write_entry(by=member.user, action="note", about=elsewhere, now=timezone.now())


def test_market_that_somebody_works_for_is_not_deleted(admin_client: Client) -> None:
    named = StaffMarket.objects.create(user=UserFactory(is_staff=True), market=MarketFactory(milestones=False))
    page = reverse("admin:sellers_market_delete", args=[named.market_id])
    admin_client.post(page, {"post": "yes"})
    assert Market.objects.filter(pk=named.market_id).exists()


# --- Choosing their markets


def test_superuser_chooses_somebodys_markets_and_takes_them_back(admin_client: Client) -> None:
    person, market = UserFactory(is_staff=True), MarketFactory(code="TH", name="Thailand")
    page = reverse("admin:accounts_user_limit_markets", args=[person.pk])
    assert page in admin_client.get(reverse("admin:accounts_user_change", args=[person.pk])).text
    assert admin_client.post(page, {"markets": [market.pk]}).status_code == 302
    assert [named.market for named in person.staff_markets.all()] == [market]
    assert "Thailand" in admin_client.get(reverse("admin:accounts_user_change", args=[person.pk])).text
    admin_client.post(page, {"markets": [market.pk]})  # nothing changes
    admin_client.post(page, {})
    assert list(person.staff_markets.all()) == []
    notes = [entry.note for entry in AuditEntry.objects.filter(action="limit_markets").order_by("pk")]
    assert notes == ["Works for these markets: TH.", "Works for all markets."]


def test_nobody_else_chooses_markets() -> None:
    person = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.all())
    client, page = signed_in(person), reverse("admin:accounts_user_limit_markets", args=[person.pk])
    assert client.get(page).status_code == 403
    assert client.post(page, {"markets": [MarketFactory().pk]}).status_code == 403
    assert page not in client.get(reverse("admin:accounts_user_change", args=[person.pk])).text


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_staff": True, "is_superuser": True}])
def test_who_is_no_staff_or_a_superuser_has_no_markets(fields: dict[str, bool]) -> None:
    with pytest.raises(Refused):
        limit_staff(person=UserFactory(**fields), markets=[MarketFactory()], limited_by=None, now=timezone.now())


# --- Who is limited to nothing


def test_who_is_limited_to_nothing_sees_all(sides: Sides) -> None:
    person = limited(sides)
    StaffMarket.objects.filter(user=person).delete()
    seller = sides.other.of(Seller)[0]
    assert signed_in(person).get(reverse("admin:sellers_seller_change", args=[seller.pk])).status_code == 200


def test_superuser_works_for_all_markets_whatever_is_named(sides: Sides) -> None:
    person = UserFactory(is_staff=True, is_superuser=True)
    StaffMarket.objects.create(user=person, market=sides.own.of(Market)[0])
    seller = sides.other.of(Seller)[0]
    assert signed_in(person).get(reverse("admin:sellers_seller_change", args=[seller.pk])).status_code == 200


def test_appeal_of_another_market_is_neither_next_nor_assigned() -> None:
    own, person = MarketFactory(), UserFactory(is_staff=True)
    StaffMarket.objects.create(user=person, market=own)
    now = timezone.now()
    other = appeal_against(issue(SellerFactory(), PolicyFactory(), now=now), now=now)
    assert take_next(person=person, now=now) is None
    mine = appeal_against(issue(SellerFactory(market=own), PolicyFactory(), now=now), now=now)
    assert take_next(person=person, now=now) == mine
    assert other.pk != mine.pk
