"""Signing a seller up who asked a host to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.scopes import in_scope, scope_of
from sellers.models import Seller

from .. import services, wording
from ..forms import OnceForm, PersonFields
from ..models import Signup, Workshop
from .forms import ReasonForm


class SignUpForm(OnceForm, ReasonForm):
    """Who asked a host to sign them up, and what the host asks: what they did not say can be left open."""

    seller = forms.CharField(label=_lazy("Seller"), help_text=_lazy("The seller's id in the marketplace."))
    attendee = forms.CharField(label=_lazy("Who comes"), max_length=120, required=False)

    def __init__(self, *args: Any, workshop: Workshop, sellers: QuerySet[Seller], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workshop, self.sellers = workshop, sellers
        self.person = PersonFields.asked(workshop.questions.all())
        for name, field in self.person.fields.items():
            self.fields[name] = _may_be_open(field)
        self.order_fields(["seller", "attendee", *self.person.questions, "reason"])

    @property
    def answers(self) -> dict[int, list[str]]:
        """What was answered, by the id of the question."""
        return self.person.answers(self)

    def clean_seller(self) -> Seller:
        """Of the workshop's market, else of any that has this id alone."""
        found = list(self.sellers.filter(external_id=self.cleaned_data["seller"]).select_related("market"))
        own = [seller for seller in found if seller.market_id == self.workshop.market_id]
        if len(one := own or found) != 1:
            raise forms.ValidationError(
                _("No seller has this id, or several have it. Check it in the list of sellers.")
            )
        return one[0]


def _may_be_open(field: forms.Field) -> forms.Field:
    """A question that the seller can answer later."""
    if field.required:
        later = _("Left open, the seller is asked to answer it.")
        field.help_text = f"{field.help_text} {later}".strip()
        field.required = False
    return field


def sign_up_page(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
    allowed = request.user.has_perm("workshops.add_signup")
    workshop: Workshop = get_record(model_admin, request, object_id, allowed=allowed)

    def run(data: dict[str, Any]) -> Signup:
        said = {name: data[name] for name in ("seller", "attendee", "reason", "key")}
        return services.sign_up_for_seller(
            workshop=workshop, **said, answers=form.answers, signed_up_by=person(request), now=timezone.now()
        )

    page = ActionPage(
        model_admin=model_admin,
        record=workshop,
        title=_("Sign a seller up for “%(workshop)s”") % {"workshop": workshop},
        check=lambda: services.refuse_what_is_closed(workshop, now=timezone.now()),
        button=_("Sign up"),
        done=wording.signed_up_for_seller,
        intro=_("If all places are taken, the seller waits in line like everybody else."),
        run=run,
    )
    sellers = in_scope(Seller.objects.all(), scope_of(request))
    initial = {"seller": request.GET.get("seller", ""), "key": uuid4()}
    form = SignUpForm(bound_data(request), initial=initial, workshop=workshop, sellers=sellers)
    return page.respond(request, form)
