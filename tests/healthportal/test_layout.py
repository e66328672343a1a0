"""What stands around a page takes nothing away from it, for a person of one seller and of several."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse

from sellers.brands import brand_of
from sellers.models import Seller
from tests.factories import MemberFactory, QuizFactory, SellerFactory

pytestmark = pytest.mark.django_db

NAMES = ["seller", "choices", "line", "account_href", "email_url", "password_url", "mfa_url", "admin_url", "logout_url"]
"""What the menu calls what it shows."""


@pytest.mark.parametrize("sellers", [1, 2])
def test_menu_leaves_the_page_its_names(sellers: int, rf: RequestFactory) -> None:
    member = MemberFactory()
    while Seller.objects.count() < sellers:
        MemberFactory(user=member.user)
    request = rf.get(reverse("dashboard", args=[member.seller_id]))
    request.user, request.seller = member.user, member.seller
    said = {name: f"the page's {name}" for name in NAMES}
    around = {"request": request, "user": member.user, "member_sellers": list(Seller.objects.all())}
    around["brand"] = brand_of(member.seller.market)
    page = Template("{% bars %}|" + " ".join(f"{{{{ {name} }}}}" for name in NAMES))
    menu, _, shown = page.render(Context(around | said)).rpartition("|")
    assert shown == " ".join(said.values()).replace("'", "&#x27;")
    assert ("All 2 sellers" in menu) == (sellers == 2)


def test_somebody_of_several_sellers_practises(client: Client) -> None:
    member = MemberFactory()
    MemberFactory(seller=SellerFactory(), user=member.user)
    quiz = QuizFactory(bank=3)
    client.force_login(member.user)
    answer = client.get(reverse("quizzes:practice", args=[member.seller_id, quiz.policy.code]))
    assert answer.status_code == 200
    assert answer.context["question"].choices.first().text in answer.text
