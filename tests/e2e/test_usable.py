"""The pages in a real browser: with names that run right to left, and on paper."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from policies.models import Policy
from sellers.models import Content, Member, Seller
from sellers.services import ContentDraft
from tests.e2e import test_accessibility as site
from tests.factories import WorkshopFactory, issue
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

member = site.member  # the fixture of a seller with a record on every page

RIGHT_TO_LEFT = "متجر الضوء"

NOT_ISOLATED = """(name) => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const around = walk.currentNode.parentElement;
    const told = walk.currentNode.data.replaceAll("\\u2068" + name + "\\u2069", "");  // isolated without markup
    const styled = (box) => box && (getComputedStyle(box).unicodeBidi === "plaintext" || styled(box.parentElement));
    if (told.includes(name) && !around.closest("bdi, [dir=auto], svg title, svg desc, option") && !styled(around))
      found.push(around.outerHTML.slice(0, 160));
  }
  return found;
}"""


def rename(member: Member, name: str) -> list[str]:
    """The seller's pages, with a seller, a video of a violation, and workshops that are called ``name``."""
    seller = member.seller
    content = ContentDraft(kind="video", external_id="named", title=name)
    policy = Policy.objects.get(code="misleading-claims")
    named = issue(seller, policy, now=timezone.now(), content=content)
    pages = [*site.seller_pages(member), named.get_absolute_url(), f"{named.get_absolute_url()}appeal/"]
    Seller.objects.update(name=name)
    Workshop.objects.update(title=name, venue=name)
    return [*site.reachable(pages), "/workshops/", Workshop.objects.latest("pk").get_absolute_url()]


def test_names_that_run_right_to_left_turn_nothing_around(page: Page, live_server: LiveServer, member: Member) -> None:
    site.sign_in(page, live_server, member.user)
    loose = {}
    for path in rename(member, RIGHT_TO_LEFT):
        page.goto(live_server.url + path)
        loose[path] = page.evaluate(NOT_ISOLATED, RIGHT_TO_LEFT)
    assert {path: found for path, found in loose.items() if found} == {}


def test_names_that_run_right_to_left_turn_nothing_around_in_the_admin(
    page: Page, live_server: LiveServer, member: Member, admin_user: User
) -> None:
    """Lists and records of everything that somebody else named."""
    reviewed = site.appeals_of(member)[0]
    rename(member, RIGHT_TO_LEFT)
    Content.objects.update(title=RIGHT_TO_LEFT)
    User.objects.filter(pk=member.user_id).update(name=RIGHT_TO_LEFT)
    pages = site.staff_pages(member, reviewed)
    for record in (member.seller, Content.objects.latest("pk"), Workshop.objects.latest("pk"), member.user):
        name = f"admin:{record._meta.label_lower.replace('.', '_')}"
        pages += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[record.pk])]
        pages.append(reverse(f"{name}_history", args=[record.pk]))
    site.sign_in(page, live_server, admin_user)
    turned = []
    for path in pages:
        page.goto(live_server.url + path)
        turned += [f"{path}: {one}" for one in page.evaluate(NOT_ISOLATED, RIGHT_TO_LEFT)]
    assert turned == []


def test_printed_workshop_says_when_and_where_before_its_long_text(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}{WorkshopFactory().get_absolute_url()}")
    page.emulate_media(media="print")
    facts, text = (page.locator(one).first.bounding_box() for one in ("aside .facts", ".prose"))
    assert facts is not None
    assert text is not None
    assert facts["y"] + facts["height"] <= text["y"]
