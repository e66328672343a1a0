"""How a system of the marketplace's proves itself to the API: with a token, for one market."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from kit.api.batches import CallRefused
from kit.texts.characters import composed
from kit.texts.faults import fault_in_id

from .models import ApiToken, Seller
from .selectors import find_token
from .services import record_token_use


class ApiRequest(HttpRequest):
    """A request that proved itself with a token."""

    auth: ApiToken


class TokenAuth(HttpBearer):
    """A token made by staff, for one market and one purpose."""

    def __init__(self, scope: str = ApiToken.Scope.FEED) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token. Raises ``CallRefused`` (403) for one that is for something else."""
        now = timezone.now()
        found = find_token(token.strip(), as_of=now)
        if found is None:
            return None
        record_token_use(token=found, now=now)
        if found.scope != self.scope:
            raise CallRefused(403, f"This token is for {found.scope}; the call needs one that is for {self.scope}.")
        return found


def seller_asked_for(request: ApiRequest, external_id: str) -> Seller:
    """The seller of the token's market under an id. Raises ``CallRefused`` (404) if there is none."""
    market, external_id, seller = request.auth.market, composed(external_id), None
    if not fault_in_id(external_id):
        seller = Seller.objects.filter(market=market, external_id=external_id).first()
    if seller is None:
        raise CallRefused(404, "There is no such seller in this market.")
    seller.market = market
    return seller
