"""The demo at a frozen moment, answered over HTTP: what scores and screenshots are made of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import django
from django.test import Client, modify_settings

from tests.crawl.record import seed
from tests.crawl.stage import clock_stands_still, migrate, servers


@dataclass(frozen=True)
class Portal:
    """Where it answers."""

    url: str

    def session_of(self, email: str) -> str:
        """The cookie of somebody who has just signed in."""
        from django.conf import settings

        from accounts.models import User

        client = Client()
        client.force_login(User.objects.get(email=email))
        return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def demo_portal() -> Iterator[Portal]:
    """Start servers, seed the demo and answer, all at one moment that does not pass."""
    with servers() as services:
        migrate()
        os.environ.update(services.environment_of_portal())
        django.setup()
        with clock_stands_still(), modify_settings(ALLOWED_HOSTS={"append": "localhost"}):
            seed()
            yield from _answered()


def _answered() -> Iterator[Portal]:
    from pytest_django.live_server_helper import LiveServer

    server = LiveServer("localhost")
    try:
        yield Portal(server.url)
    finally:
        server.stop()


def addresses(email: str) -> dict[str, str]:
    """Where the pages are that are shown of a seller of the demo, by what they are called."""
    from django.urls import reverse

    from policies.models import Policy
    from quizzes.models import Quiz
    from reports.models import WeeklyReport
    from sellers.models import Seller
    from violations.models import Violation

    seller = Seller.objects.get(members__user__email=email)
    facts = {"seller_id": seller.pk}
    violation = Violation.objects.filter(seller=seller).latest("issued_at", "pk")
    report = WeeklyReport.objects.filter(seller=seller).latest("week_start")
    breached = Policy.objects.filter(versions__violations__seller=seller)
    quiz = Quiz.objects.filter(policy__in=breached).earliest("policy__code")
    return {
        "dashboard": reverse("dashboard", kwargs=facts),
        "report": reverse("reports:detail", kwargs=facts | {"week": str(report.week)}),
        "quiz": reverse("quizzes:detail", kwargs=facts | {"policy": quiz.policy.code}),
        "violation": violation.get_absolute_url(),
        "workshops": reverse("workshops:list"),
        "ledger": reverse("violations:ledger", kwargs=facts),
        "violations": reverse("violations:list", kwargs=facts),
        "inbox": reverse("inbox:list", kwargs=facts),
        "policy": violation.policy_version.policy.get_absolute_url(),
        "quizzes": reverse("quizzes:list", kwargs=facts),
    }
