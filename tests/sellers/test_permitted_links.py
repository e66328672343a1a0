import pytest
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.urls import reverse

from kit.backoffice.permitted_links import may_follow
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "is_offered"),
    [
        (reverse("admin:sellers_seller_changelist"), False),
        (reverse("admin:sellers_apitoken_add"), True),
        (reverse("admin:sellers_market_add"), False),
        (reverse("policies:list"), True),
        ("/no/such/page/", True),
    ],
)
def test_pages_of_records_are_offered_to_who_may_open_them(url: str, is_offered: bool, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = UserFactory(is_staff=True)
    request.user.user_permissions.add(Permission.objects.get(codename="add_apitoken"))
    assert may_follow(request, url) is is_offered
