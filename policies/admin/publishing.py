"""The last step before a version is published: one person proposes it, and another publishes it or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import person
from kit.backoffice.action_pages import ActionPage, bound_data
from kit.backoffice.second_person import SecondPersonForm, is_own
from kit.outcomes import Refused
from sellers.models import Market

from .. import wording
from ..models import ArticleVersion, PolicyVersion
from ..services import propose_version, publish_version, take_back_proposal
from .forms import PublishForm

AT_ONCE = "policies.publish_policyversion_immediately"


@dataclass(frozen=True)
class PublishStep:
    """What the page says, asks and does for the person who looks."""

    button: str
    done: Callable[[PolicyVersion], str]
    intro: str
    form: forms.Form
    run: Callable[[dict[str, Any]], PolicyVersion]


def publish_step(request: HttpRequest, version: PolicyVersion, *, initial: dict[str, Any]) -> PublishStep:
    """Publish it where there is no market yet, propose it, or publish what another proposed."""
    if version.proposed_by_id is not None:
        return _approving(request, version)
    is_alone = Market.objects.exists()
    form = PublishForm(
        bound_data(request), may_skip_notice=request.user.has_perm(AT_ONCE), initial=initial, is_alone=is_alone
    )

    def run(data: dict[str, Any]) -> PolicyVersion:
        data = {"alone_reason": "", **data}
        data.pop("when")
        if is_alone and not data["alone_reason"]:
            data.pop("alone_reason")
            return propose_version(version=version, **data, proposed_by=person(request), now=timezone.now())
        return _publish(request, version, **data)

    said = _("A published version is read-only. The one before it stays in force until this one takes effect.")
    return PublishStep(
        button=_("Propose it") if is_alone else _("Publish"),
        done=wording.now_published,
        intro=f"{said} {wording.needs_second_person()}" if is_alone else said,
        form=form,
        run=run,
    )


def _publish(request: HttpRequest, version: PolicyVersion, **said: Any) -> PolicyVersion:
    now = timezone.now()
    said["effective_from"] = said["effective_from"] or now
    return publish_version(version=version, **said, published_by=person(request), now=now)


def _approving(request: HttpRequest, version: PolicyVersion) -> PublishStep:
    is_alone = is_own(request, version)

    def run(data: dict[str, Any]) -> PolicyVersion:
        if version.immediate_reason and not request.user.has_perm(AT_ONCE):
            raise Refused(_("You cannot publish without the notice; somebody with the role Policy lead can."))
        proposed = {"effective_from": version.effective_from, "reason": version.immediate_reason}
        return _publish(request, version, **proposed, **data)

    return PublishStep(
        button=_("Publish it alone") if is_alone else _("Approve, and publish"),
        done=wording.now_published,
        intro=wording.proposed(version),
        form=SecondPersonForm(bound_data(request), is_alone=is_alone),
        run=run,
    )


def take_back_page(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, version: PolicyVersion | ArticleVersion, *, title: str
) -> HttpResponse:
    """The page on which a proposal, of a wording or of an article's text, is taken back."""
    page = ActionPage(
        model_admin=model_admin,
        record=version,
        title=title,
        button=_("Take it back"),
        done=_("It is a draft again."),
        intro=_("Nobody is asked to publish it any more. The draft stays as it is."),
        run=lambda data: take_back_proposal(version=version, taken_back_by=person(request), now=timezone.now()),
    )
    return page.respond(request, forms.Form(bound_data(request)))
