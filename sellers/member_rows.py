"""Rows of members on the pages of staff: a seller keeps an owner, and nobody comes or goes in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Member, Seller
from .rules import Role
from .services import tell_of_added, tell_of_removed, tell_of_role


class MemberRows(BaseInlineFormSet[Member, Any, Any]):
    """Refuses rows that would leave a seller with members and without an owner."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        for seller in self._sellers_losing_owners():
            raise ValidationError(_("%(seller)s would have no owner. Make somebody an owner.") % {"seller": seller})

    def _sellers_losing_owners(self) -> Iterator[Seller]:
        touched = {form.instance.seller for form in self.initial_forms}
        for seller in sorted(touched, key=lambda seller: seller.pk):
            roles = {member.pk: member.role for member in Member.objects.filter(seller=seller)}
            after = _after(self, seller, roles)
            if Role.OWNER in roles.values() and after and Role.OWNER not in after:
                yield seller


def _after(rows: BaseInlineFormSet[Member, Any, Any], seller: Seller, roles: dict[int, str]) -> list[str]:
    """The roles that the seller's members have once the rows are saved."""
    left = dict(roles)
    added = []
    for form in rows.forms:
        if form.instance.seller_id != seller.pk or not form.cleaned_data.get("role"):
            continue
        left.pop(form.instance.pk, None)
        if not form.cleaned_data.get("DELETE"):
            added.append(form.cleaned_data["role"])
    return [*left.values(), *added]


def tell_of_rows(formset: Any) -> None:
    """Tell members of what staff saved in their rows."""
    now = timezone.now()
    for member in formset.deleted_objects:
        tell_of_removed(member, now=now)
    for member in formset.new_objects:
        tell_of_added(member, now=now)
    for member, names in formset.changed_objects:
        if "role" in names:
            tell_of_role(member, now=now)


class TellsMembers:
    """An admin page with rows of members."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)  # type: ignore[misc]  # mixed into an admin
        if formset.model is Member:
            tell_of_rows(formset)
