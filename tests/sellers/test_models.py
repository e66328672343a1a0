from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from sellers.models import Market, Seller
from tests.factories import ContentFactory, MarketFactory, MemberFactory, SellerFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_user_signs_in_with_any_spelling_of_the_email() -> None:
    user = User.objects.create_user("Ann@Example.com", "correct-horse-battery")
    assert user.email == "ann@example.com"
    assert User.objects.get_by_natural_key("ANN@example.com ") == user


def test_user_needs_an_email() -> None:
    with pytest.raises(ValueError, match="email"):
        User.objects.create_user("")


def test_superuser_is_staff() -> None:
    user = User.objects.create_superuser("root@example.com", "correct-horse-battery")
    assert (user.is_staff, user.is_superuser) == (True, True)


def test_user_with_capitals_in_the_email_is_refused() -> None:
    with pytest.raises(IntegrityError, match="user_email_in_small_letters"):
        UserFactory(email="Ann@example.com")


def test_market_refuses_an_unknown_time_zone() -> None:
    with pytest.raises(ValidationError, match="is no time zone"):
        Market(code="XX", name="X", time_zone="Mars/Phobos").full_clean()


@pytest.mark.parametrize("code", ["us", "U S", "1A", ""])
def test_market_refuses_a_code_that_is_not_in_capitals(code: str) -> None:
    with pytest.raises(ValidationError):
        Market(code=code, name="X", time_zone="UTC").full_clean()


def test_market_points_expire_after_its_days() -> None:
    market = MarketFactory(points_valid_days=90)
    assert market.points_expire_at(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 4, 1, tzinfo=UTC)


def test_market_points_expire_at_the_local_quarter() -> None:
    market = MarketFactory(points_expiry=Market.PointsExpiry.QUARTER, time_zone="Asia/Bangkok")
    assert market.points_expire_at(datetime(2026, 3, 31, 16, tzinfo=UTC)) == datetime(2026, 3, 31, 17, tzinfo=UTC)


def test_books_cannot_be_reopened_with_sql() -> None:
    market = MarketFactory()
    with pytest.raises(IntegrityError, match="cannot be reopened"), transaction.atomic():
        Market.objects.filter(pk=market.pk).update(books_closed_until=market.books_closed_until - timedelta(seconds=1))


@pytest.mark.parametrize("field", ["points_valid_days", "appeal_days"])
def test_market_refuses_a_rule_number_of_zero(field: str) -> None:
    market = MarketFactory()
    with pytest.raises(IntegrityError, match="positive"), transaction.atomic():
        Market.objects.filter(pk=market.pk).update(**{field: 0})


def test_seller_external_id_is_unique_in_a_market_only() -> None:
    seller = SellerFactory()
    SellerFactory(external_id=seller.external_id)
    with pytest.raises(IntegrityError, match="seller_external_id_unique_in_market"), transaction.atomic():
        SellerFactory(market=seller.market, external_id=seller.external_id)


def test_seller_external_id_is_not_blank() -> None:
    with pytest.raises(IntegrityError, match="seller_external_id_not_blank"):
        SellerFactory(external_id="")


def test_member_is_added_once() -> None:
    member = MemberFactory()
    with pytest.raises(IntegrityError, match="member_unique"), transaction.atomic():
        MemberFactory(seller=member.seller, user=member.user)


def test_content_is_unique_by_seller_kind_and_external_id() -> None:
    content = ContentFactory()
    ContentFactory(seller=content.seller, kind="video", external_id=content.external_id)
    ContentFactory(external_id=content.external_id)
    with pytest.raises(IntegrityError, match="content_external_id_unique"), transaction.atomic():
        ContentFactory(seller=content.seller, external_id=content.external_id)


@pytest.mark.parametrize(
    ("field", "value", "name"), [("kind", "podcast", "content_kind_known"), ("external_id", "", "blank")]
)
def test_content_refuses_what_makes_no_sense(field: str, value: str, name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ContentFactory(**{field: value})


def test_sellers_of_a_member_are_theirs_only() -> None:
    member = MemberFactory()
    MemberFactory()
    assert list(Seller.objects.for_member(member.user)) == [member.seller]
