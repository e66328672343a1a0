"""How long texts may be: in forms, calls and the database alike, a line break being one character."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.test import RequestFactory

from accounts.models import AccountEmail
from inbox.api import MessageItem
from inbox.services import NoticeDraft, post_notices
from kit.api.items import BadRow, Item
from kit.pages.checked_forms import CheckedForm, CheckedTexts
from kit.pages.text_areas import AdminTextArea, TextArea
from kit.texts.ids import id_in
from kit.texts.limits import (
    APPEAL,
    APPEAL_DRAFT,
    BODY,
    DECISION,
    DESCRIPTION,
    EXPLANATION,
    FACTS,
    REASON,
)
from kit.texts.validators import validate_text
from tests.apps import APPS
from tests.factories import NOW, PolicyFactory, SellerFactory, UserFactory, WorkshopFactory, issue
from tests.violations.appealing import appeal_against
from violations.admin.forms import ReasonForm
from violations.appeal_forms import AppealForm
from violations.items import ViolationItem
from workshops.models import Workshop

# Nobody types them: the portal writes them itself.
WRITTEN_BY_THE_PORTAL = {
    "accounts.AccountEmail.body",
    "accounts.AccountEmail.calendar",
    "accounts.AccountEmail.last_error",
    "inbox.Digest.last_error",
    "inbox.EmailDelivery.last_error",
    "policies.PolicyAnnouncement.last_error",
    "quizzes.Regrade.last_error",
    "reports.ReportChunk.last_error",
    "audit.AuditEntry.note_names",
    "violations.MassReversal.last_error",
    "sellers.MemberUpload.last_error",
    "sellers.MemberUploadLine.reason",
    "violations.Rehearsal.last_error",
    "violations.RulesChange.last_error",
    "violations.Upload.last_error",
    "violations.UploadProblem.reason",
    # Copied from a question, which is bounded, when it is drawn.
    "quizzes.AttemptQuestion.text",
    "quizzes.AttemptQuestion.scene",
    "quizzes.AttemptQuestion.explanation",
}


def long_texts() -> Iterator[tuple[type[models.Model], models.TextField[str, str]]]:
    for model in apps.get_models():
        if model._meta.app_label in APPS:
            for field in model._meta.get_fields():
                if isinstance(field, models.TextField):
                    yield model, field


def test_every_text_that_somebody_writes_has_a_length_that_the_database_holds() -> None:
    for model, field in long_texts():
        if f"{model._meta.label}.{field.name}" in WRITTEN_BY_THE_PORTAL:
            continue
        checks = [str(c.condition) for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
        limit = f"Length(F({field.name})), {field.max_length})"
        assert field.max_length, field
        assert any(limit in check for check in checks), (limit, checks)


def form_classes() -> Iterator[type[forms.BaseForm]]:
    """Every form of ours, and those of the admin's pages."""
    for form in all_subclasses(forms.BaseForm):
        is_base = issubclass(form, forms.ModelForm) and "admin" in form.__module__  # of what the admin makes below
        if form.__module__.split(".")[0] in {*APPS, "healthportal"} and not is_base:
            yield form
    request = RequestFactory().get("/")
    request.user = UserFactory(is_staff=True, is_superuser=True)
    for model, page in admin.site._registry.items():
        if model._meta.app_label in APPS and page.has_add_permission(request) and page.fields is None:
            yield page.get_form(request)
            yield from (formset.form for formset, _ in page.get_formsets_with_inlines(request))


def all_subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for found in kind.__subclasses__():
        yield found
        yield from all_subclasses(found)


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:The default scheme")  # of forms that no page shows
def test_every_text_of_several_lines_is_typed_where_it_is_counted_once_and_bounded() -> None:
    areas = [
        (form, name, field)
        for form in form_classes()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.Textarea)
    ]
    assert len(areas) > 15
    for form, name, field in areas:
        assert isinstance(field.widget, TextArea | AdminTextArea), (form, name)
        assert getattr(field, "max_length", None), (form, name)


KEPT_NOWHERE = {
    "ReauthenticationCodeForm",
    "SignInCodeForm",
    "CodeForm",
    "ChoosePasswordForm",
    "PasskeyForm",
    "LedgerForm",
}
"""Forms of codes, passwords, keys and moments: what is typed there is compared or read, and never kept."""


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:The default scheme")  # of forms that no page shows
def test_every_form_of_ours_checks_its_texts() -> None:
    unchecked = {
        form.__qualname__
        for form in form_classes()
        if not issubclass(form, CheckedTexts) and form.__module__.split(".")[0] in APPS
        for field in form.base_fields.values()
        if type(field) is forms.CharField and validate_text not in field.validators
    }
    assert unchecked <= KEPT_NOWHERE


class TypedForm(CheckedForm):
    line = forms.CharField(required=False)
    area = forms.CharField(required=False, widget=TextArea)
    needed = forms.CharField()
    secret = forms.CharField(required=False, widget=forms.PasswordInput)


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        ({"line": "a\x07b", "area": "a\x85b\x1b"}, ["line", "area"]),
        ({"line": "a\nb", "area": "a\nb"}, ["line"]),
        ({"line": "\u2068שלום\u2069", "area": ""}, []),
        ({"line": "\u200b", "area": "\u200b\n"}, ["line", "area"]),
        ({"needed": "\u200b\u2060"}, ["needed"]),
        ({"secret": "a\x07b"}, []),
    ],
)
def test_form_refuses_text_that_cannot_be_kept(typed: dict[str, str], refused: list[str]) -> None:
    assert list(TypedForm({"needed": "It", **typed}).errors) == refused


def test_field_that_a_form_was_given_later_is_checked_too() -> None:
    form = TypedForm({"needed": "It", "later": "a\x07b"})
    form.fields["later"] = forms.CharField()
    assert list(form.errors) == ["later"]


@pytest.mark.parametrize(
    ("form", "field", "most"), [(ReasonForm, "reason", REASON), (AppealForm, "text", APPEAL_DRAFT)]
)
def test_form_counts_a_line_break_as_one(form: type[forms.Form], field: str, most: int) -> None:
    fits = "line\n" * (most // 5 - 1) + "lines"
    filled = form({field: fits.replace("\n", "\r\n")})
    assert filled.is_valid()
    assert filled.cleaned_data[field] == fits
    assert not form({field: f"{fits}!"}).is_valid()


@pytest.mark.parametrize(
    ("item", "name", "most"),
    [
        (ViolationItem, "facts", FACTS),
        (ViolationItem, "decision", DECISION),
        (ViolationItem, "explanation", EXPLANATION),
        (MessageItem, "body", BODY),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_files_and_calls_count_a_line_break_as_one(item: type[Item], name: str, most: int, line_break: str) -> None:
    fits = ("line" + line_break) * (most // 5 - 1) + "lines"
    for text, problems in ((fits, []), (f"{fits}!", [name])):
        with pytest.raises(BadRow) as caught:
            item.read({name: text})
        told = [problem.field for problem in caught.value.problems if "at most" in problem.reason]
        assert told == problems


@pytest.mark.django_db
def test_database_refuses_texts_that_are_too_long() -> None:
    seller = SellerFactory()
    violation = issue(
        seller, PolicyFactory(), facts="f" * FACTS, decision="d" * DECISION, explanation="e" * EXPLANATION
    )
    appeal_against(violation, text="a" * APPEAL)
    workshop = WorkshopFactory()
    with pytest.raises(IntegrityError, match="workshop_description_fits"), transaction.atomic():
        Workshop.objects.filter(pk=workshop.pk).update(description="x" * (DESCRIPTION + 1))
    draft = NoticeDraft("n-1", seller.external_id, "Hello", "b" * (BODY + 1))
    with pytest.raises(IntegrityError, match="message_body_fits"), transaction.atomic():
        post_notices(market=seller.market, drafts=[draft], now=NOW)


@pytest.mark.django_db
def test_draft_that_is_too_long_keeps_no_other_from_being_issued() -> None:
    with pytest.raises(Exception, match="at most 5,000 fit"):
        issue(SellerFactory(), PolicyFactory(), facts="f" * (FACTS + 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("17", 17),
        (17, 17),
        ("0", 0),
        ("", 0),
        (None, 0),
        ("-1", 0),
        ("1.5", 0),
        ("１７", 0),
        ("1 ", 0),
        ("a", 0),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, 0),
        ("000000001" + "9" * 20, 0),
        ("9" * 5_000, 0),
    ],
)
def test_id_of_an_address_is_a_number_that_the_database_has_room_for(text: object, found: int) -> None:
    assert id_in(text) == found


def test_every_language_that_somebody_types_is_a_tag() -> None:
    typed = [model for model in apps.get_models() if hasattr(model, "language") and model is not AccountEmail]
    fields = [model._meta.get_field("language") for model in typed]
    assert len(fields) >= 5
    for field in fields:
        for text in ["e", "en-", "english", "en_US", "a\ufffdb", "th\u200b", "th\n"]:
            with pytest.raises(ValidationError):
                field.clean(text, None)
        for text in ["en", "th", "pt-BR", "zh-Hant"]:
            assert field.clean(text, None) == text
