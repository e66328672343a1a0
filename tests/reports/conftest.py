import pytest

from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory


@pytest.fixture
def market(db):
    """New York; its books are closed until Monday 2 November, so the next week to build is 2026-W45."""
    return MarketFactory(code="US")


@pytest.fixture
def seller(market):
    return SellerFactory(market=market, created_at=LONG_AGO)


@pytest.fixture
def policy(db):
    return PolicyFactory(code="claims", name="Misleading claims", points=3)
