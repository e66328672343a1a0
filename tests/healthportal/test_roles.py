from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts.models import User
from healthportal.roles import (
    AUDITOR,
    INCIDENT_LEAD,
    OPERATOR,
    POLICY_EDITOR,
    POLICY_LEAD,
    REVIEW_LEAD,
    REVIEWER,
    ROLES,
    WORKSHOP_HOST,
    codenames,
)
from tests.factories import (
    ArticleSectionFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    UserFactory,
    issue,
)
from tests.pages import staff_client
from tests.violations.appealing import appeal_against

pytestmark = pytest.mark.django_db

NOBODY = 999_999
"""An id that no record has: permissions are asked before the record is looked for."""

STEPS = ["void", "lift", "confirm", "discard", "publish", "cancel", "grant", "grant_partly", "deny"]
STEPS += ["start", "redraft", "stop", "resume", "redirect"]
"""Pages that ask once more before they do something."""

# What each role can do on the admin's pages: v(iew), a(dd), c(hange), d(elete). Issuing is adding a violation.
MATRIX: dict[str, dict[str, str]] = {
    "violations.violation": {REVIEW_LEAD: "v", REVIEWER: "va", INCIDENT_LEAD: "v", AUDITOR: "v"},
    "violations.upload": {REVIEWER: "va", AUDITOR: "v"},
    "violations.massreversal": {REVIEWER: "v", INCIDENT_LEAD: "va", AUDITOR: "v"},
    "violations.appeal": {REVIEW_LEAD: "v", REVIEWER: "v", INCIDENT_LEAD: "v", AUDITOR: "v"},
    "violations.pointsentry": {REVIEWER: "v", INCIDENT_LEAD: "v", AUDITOR: "v"},
    "violations.enforcementaction": {REVIEWER: "v", INCIDENT_LEAD: "v", AUDITOR: "v"},
    "policies.policy": {
        REVIEW_LEAD: "v",
        POLICY_EDITOR: "vac",
        POLICY_LEAD: "v",
        REVIEWER: "v",
        INCIDENT_LEAD: "v",
        AUDITOR: "v",
    },
    "policies.policyversion": {
        REVIEW_LEAD: "v",
        POLICY_EDITOR: "vacd",
        POLICY_LEAD: "vc",
        REVIEWER: "v",
        INCIDENT_LEAD: "v",
        AUDITOR: "v",
    },
    "violations.appealreason": {POLICY_EDITOR: "vac", REVIEW_LEAD: "vac", REVIEWER: "v", AUDITOR: "v"},
    "accounts.superuserproposal": {AUDITOR: "v"},
    "sellers.controlsproposal": {AUDITOR: "v"},
    "policies.article": {POLICY_EDITOR: "v", REVIEWER: "v", AUDITOR: "v"},
    "policies.articleversion": {POLICY_EDITOR: "vacd", AUDITOR: "v"},
    "violations.ruleschange": {OPERATOR: "v", AUDITOR: "v"},
    "violations.rehearsal": {POLICY_EDITOR: "va", POLICY_LEAD: "va", AUDITOR: "v"},
    "sellers.brand": {OPERATOR: "vacd", AUDITOR: "v"},
    "sellers.market": {
        POLICY_LEAD: "v",
        REVIEW_LEAD: "v",
        REVIEWER: "v",
        INCIDENT_LEAD: "v",
        WORKSHOP_HOST: "v",
        OPERATOR: "v",
        AUDITOR: "v",
    },
    "sellers.seller": {
        REVIEW_LEAD: "v",
        REVIEWER: "v",
        INCIDENT_LEAD: "v",
        WORKSHOP_HOST: "v",
        OPERATOR: "v",
        AUDITOR: "v",
    },
    "sellers.content": {REVIEWER: "v", INCIDENT_LEAD: "v", AUDITOR: "v"},
    "sellers.memberupload": {OPERATOR: "va", AUDITOR: "v"},
    "sellers.sellerviewing": {REVIEW_LEAD: "v", OPERATOR: "v", AUDITOR: "v"},
    "sellers.sellernote": {REVIEW_LEAD: "v", REVIEWER: "v", INCIDENT_LEAD: "v", OPERATOR: "v", AUDITOR: "v"},
    "accounts.user": {AUDITOR: "v"},
    "accounts.unreachableaddress": {OPERATOR: "v", AUDITOR: "v"},
    "retention.retention": {OPERATOR: "vc", AUDITOR: "v"},
    "retention.erasurerequest": {OPERATOR: "va", AUDITOR: "v"},
    "sellers.apitoken": {OPERATOR: "va", AUDITOR: "v"},
    "audit.auditentry": {AUDITOR: "v"},
    "inbox.message": {REVIEWER: "v", OPERATOR: "v", AUDITOR: "v"},
    "inbox.emaildelivery": {REVIEWER: "v", OPERATOR: "v", AUDITOR: "v"},
    "inbox.digest": {OPERATOR: "v", AUDITOR: "v"},
    "events.event": {OPERATOR: "v", AUDITOR: "v"},
    "events.webhookendpoint": {OPERATOR: "va", AUDITOR: "v"},
    "events.webhookdelivery": {OPERATOR: "v", AUDITOR: "v"},
    "exports.export": {OPERATOR: "v", AUDITOR: "v"},
    "reports.reportrun": {REVIEWER: "v", OPERATOR: "v", AUDITOR: "v"},
    "reports.reportchunk": {OPERATOR: "v", AUDITOR: "v"},
    "auth.group": {AUDITOR: "v"},
    "account.emailaddress": {},
    "mfa.authenticator": {},
}


def url(label: str, page: str) -> str:
    app, model = label.split(".")
    args = [] if page in {"changelist", "add"} else [NOBODY]
    return reverse(f"admin:{app}_{model}_{page}", args=args)


def abilities(client: Client, label: str) -> str:
    """What the pages of a model let somebody do, by their answers."""
    found = {
        "v": client.get(url(label, "changelist")),
        "a": client.get(url(label, "add")),
        "c": client.post(url(label, "change")),
        "d": client.post(url(label, "delete")),
    }
    return "".join(letter for letter, response in found.items() if response.status_code != 403)


@pytest.mark.parametrize("role", ROLES)
def test_role_can_do_on_each_page_what_the_matrix_says_and_nothing_else(role: str) -> None:
    client = staff_client(role)
    found = {label: abilities(client, label) for label in MATRIX}
    assert found == {label: roles.get(role, "") for label, roles in MATRIX.items()}


@pytest.mark.parametrize("role", ROLES)
def test_each_permission_of_a_role_exists(role: str) -> None:
    known = set(Permission.objects.values_list("content_type__app_label", "codename"))
    assert codenames(role) - known == set()
    group = Group.objects.get(name=role)
    assert set(group.permissions.values_list("content_type__app_label", "codename")) == codenames(role)


def test_migrating_again_restores_roles_and_keeps_people_in_them() -> None:
    group = Group.objects.get(name=REVIEWER)
    user = UserFactory()
    user.groups.add(group)
    group.permissions.clear()
    call_command("migrate", verbosity=0)
    assert Group.objects.count() == len(ROLES)
    assert User.objects.get(pk=user.pk).has_perm("violations.void_violation")


def pages_of_models() -> list[str]:
    """Every page of every model in the admin, about an existing record where there is one."""
    pages = []
    for model, model_admin in admin.site._registry.items():
        record = model._default_manager.order_by("pk").last()
        pk = NOBODY if record is None else record.pk
        named = [p for p in model_admin.get_urls() if isinstance(p, URLPattern) and p.name]
        pages += [reverse(f"admin:{p.name}", args=[pk for _ in p.pattern.converters]) for p in named]
    return pages


def everything() -> dict[str, list[Any]]:
    """All rows of all models in the admin."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in admin.site._registry}


def test_auditor_sees_every_list_and_record_of_the_portal() -> None:
    policy = PolicyFactory(points=12)
    appeal_against(issue(MemberFactory().seller, policy, now=timezone.now()), now=timezone.now())
    PolicyVersionFactory(policy=policy, number=2, published_at=None, effective_from=None)
    ArticleSectionFactory()
    client = staff_client(AUDITOR)
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label in {"account", "mfa"}:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist")).status_code == 200, model
        record = model._default_manager.order_by("pk").last()
        if record is not None:
            response = client.get(reverse(f"{name}_change", args=[record.pk]))
            assert response.status_code == 200, model
            assert b'type="submit"' not in response.content.partition(b'id="content"')[2], model_admin
            assert client.get(reverse(f"{name}_history", args=[record.pk])).status_code == 200, model


def test_auditor_posts_change_nothing() -> None:
    policy = PolicyFactory(points=12)
    appeal_against(issue(MemberFactory().seller, policy, now=timezone.now()), now=timezone.now())
    PolicyVersionFactory(policy=policy, number=2, published_at=None, effective_from=None)
    ArticleSectionFactory()
    client = staff_client(AUDITOR)
    before = everything()
    sent = {"reason": "Because.", "post": "yes", "action": "delete_selected", "_selected_action": "1", "name": "X"}
    answers = {page: client.post(page, sent).status_code for page in pages_of_models()}
    assert everything() == before
    writing = tuple(f"/{word}/" for word in ["add", "change", "delete", "password", "preview", *STEPS])
    assert {page: status for page, status in answers.items() if page.endswith(writing) and status != 403} == {}
