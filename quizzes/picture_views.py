"""Pictures of questions for sellers who are asked them."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from sellers.access import SellerRequest, seller_view

from .pictures import answer
from .selectors import picture_for


@require_safe
@seller_view
def picture(request: SellerRequest, picture_id: int) -> HttpResponseBase:
    """A picture of a question that the seller was asked, or can practise; 404 for any other."""
    found = picture_for(request.seller, picture_id, as_of=timezone.now())
    if found is None:
        raise Http404("No such picture.")
    return answer(found)
