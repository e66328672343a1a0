"""Record the whole: seed the demo, then look at it as everybody, through the API and in every mailbox."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import django
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from healthportal.demo.signins import PASSWORD

from . import answers, schema
from .folder import Folder
from .pages import BASE
from .stage import chance_of, clock_stands_still, migrate, nothing_remains, servers
from .visit import Visit

PEOPLE = ("restricted", "both", "near", "reviewer", "host", "editor", "auditor", "admin")
"""Who signs in, by the name before the @; somebody who does not comes first."""
API = "/api/v1"


def record(path: Path) -> None:
    """Write a run into a folder, which is emptied before."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    folder = Folder(path)
    with servers() as services:
        migrate()
        folder.write("database", "schema", schema.dump(services.environment["DATABASE_URL"]))
        os.environ.update(services.environment_of_portal())
        django.setup()
        logging.disable()  # what is refused is in the answers
        with clock_stands_still():
            seed()
            look_at_all(folder)
    folder.close()


def seed() -> None:
    with chance_of("seed"):
        call_command("seed_demo")
        call_command("build_reports", by="operator@example.com", stdout=StringIO(), stderr=StringIO())
    say("Seeded")


def look_at_all(folder: Folder) -> None:
    links = read_emails(folder)
    say("Emails")
    run_audit(folder)
    call_api(folder)
    say("API")
    starts = ["/", *addresses_without_arguments()]
    visits = [Visit("nobody", a_client(), folder)]
    visits[0].crawl([*starts, *links])
    say("Nobody")
    for person in PEOPLE:
        client = a_client()
        sign_in(client, f"{person}@example.com")
        visits.append(Visit(person, client, folder))
        visits[-1].crawl(starts)
        say(person)
    folder.write("commands", "routes that nobody came to", "\n".join(sorted(all_routes() - routes_of(visits))))


def a_client() -> Client:
    return Client(raise_request_exception=False, SERVER_NAME="portal.example")


def sign_in(client: Client, email: str) -> None:
    with chance_of(email):
        answer = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    if answer.status_code != 302:
        raise ValueError(f"{email} cannot sign in: {answer.status_code}")


def addresses_without_arguments() -> list[str]:
    """Of every pattern that needs none, also where no page leads to it."""
    return sorted(f"/{route}" for route in all_routes() if not re.search(r"[<(\\^$]", route))


def all_routes() -> set[str]:
    return set(_routes(get_resolver().url_patterns))


def routes_of(visits: list[Visit]) -> set[str]:
    return {pattern[0] for visit in visits for pattern in (*visit.visited, *visit.posted)}


def _routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def read_emails(folder: Folder) -> set[str]:
    """Every email that waits, as it would be sent; gives the links in them to pages within the portal."""
    from accounts.delivery import deliver_account_emails
    from inbox.delivery import deliver_pending

    links: set[str] = set()
    with nothing_remains("emails"):
        mail.outbox = []
        for deliver in (deliver_pending, deliver_account_emails):
            deliver(clock=timezone.now)
        for email in mail.outbox:
            message = email.message()
            text = answers.recorded_email(message)
            folder.write("emails", str(message["Message-ID"]), text, str(message["To"]), str(email.subject))
            links |= set(re.findall(rf"{BASE}(/[^\s\"<>&]+)", text))
    return links


def run_audit(folder: Folder) -> None:
    out = StringIO()
    with nothing_remains("audit"):
        call_command("audit_ledger", stdout=out, stderr=out)
    folder.write("commands", "audit_ledger", out.getvalue())


def call_api(folder: Folder) -> None:
    """Every GET of the API for some sellers of each market, and every other call with bodies that are refused."""
    from sellers.models import Market, Seller

    for market in Market.objects.order_by("code"):
        with chance_of(f"token {market.code}"):
            out = StringIO()
            call_command("create_api_token", market=market.code, name="crawl", stdout=out, stderr=StringIO())
        headers = {"Authorization": f"Bearer {out.getvalue().strip()}"}
        sellers = Seller.objects.filter(market=market).order_by("pk").values_list("external_id", flat=True)
        _call_as(f"api {market.code}", headers, [*sellers[:8], "nobody"], folder)


def _call_as(who: str, headers: dict[str, str], sellers: list[str], folder: Folder) -> None:
    document = json.loads(a_client().get(f"{API}/openapi.json").content)
    for path, calls in sorted(document["paths"].items()):
        for method in sorted(calls):
            places = sellers if "{" in path else [""]
            bodies = ("",) if method == "get" else ("", "[]", "{}", "[{}]", "[{]", '[{"external_id": "x"}]')
            for address in (re.sub(r"\{.*?\}", place, path) for place in places):
                for body in bodies:
                    _call(who, method.upper(), address, body, headers, folder)


def _call(who: str, method: str, address: str, body: str, headers: dict[str, str], folder: Folder) -> None:
    name = f"{method} {address} {body}".strip()
    with nothing_remains(f"{who} {name}"):
        response = a_client().generic(method, address, body, content_type="application/json", headers=headers)
        text = answers.recorded(response, response.content)
    folder.write(who, name, text, str(response.status_code))


_started = time.monotonic()


def say(what: str) -> None:
    sys.stderr.write(f"{time.monotonic() - _started:5.0f} s  {what}\n")
