"""Every page of the portal with something on it: one data set, and the addresses that lead through it.

What is named in the URL configuration and is no page (a file, a button, a way on) is in ``NO_PAGES``, which a test
holds to be true; a new page belongs to the addresses here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.unreachable_addresses import SIGNER as REACH_SIGNER
from inbox.subscriptions import DIGEST_SIGNER, SIGNER
from policies.models import Policy
from quizzes.models import Attempt
from quizzes.selectors import milestone_quizzes
from reports.services import build_due_weeks
from sellers.models import Invitation, Market, Member, Seller
from sellers.services import ContentDraft, invite_member
from tests.e2e import test_accessibility as site
from tests.factories import (
    PASSWORD,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    draft,
    issue,
)
from tests.passkeys import passkey_of
from violations.services import ask_seller, issue_violations, save_draft
from workshops.models import City, FeedbackQuestion, Signup, SignupQuestion, Workshop
from workshops.selectors import open_workshops_for
from workshops.services import issue_certificate, make_door_link, sign_up

LONG = "hashtag" * 13 + "post"
"""A word of 95 letters."""
CHINESE = "朝露与晨光手工香皂旗舰店有限责任公司"
ARABIC = "متجر الضوء للصابون اليدوي"
MANY = 500

NO_PAGES = {
    "ask_reach",
    "account_confirm_login_code",  # of sign-in by a code, which is off
    "account_set_password",  # of people without one, who there are none of
    "calendar",
    "change_calendar",
    "download_file",
    "inbox:read_all",
    "mfa_download_recovery_codes",
    "mfa_login_webauthn",  # what a browser asks before a passkey is used; it leads back to the sign-in
    "mail_events",  # what a mail service sends
    "quizzes:picture",
    "reports:all_csv",
    "reports:all_json",
    "reports:csv",
    "reports:json",
    "reports:pdf",
    "robots",
    "sellers:brand_logo",
    "sellers:brand_style",
    "sellers:change_invitation",
    "sellers:invitation_password",
    "sellers:remove_member",
    "stop_viewing",
    "sign_out_others",
    "sign_out_session",
    "sitemap",
    "sitemap_of",
    "usersessions_list",  # the address of "sessions", which comes first
    "violations:answer_draft",
    "violations:appeal_attachment",
    "violations:appeal_draft",
    "violations:appeal_withdraw",
    "violations:draft_attachment",
    "violations:ledger_csv",
    "violations:list_csv",
    "violations:statement",
    "workshops:badge_file",
    "workshops:badge_issuer",
    "workshops:badge_key",
    "workshops:badge_keys",
    "workshops:badge_revocations",
    "workshops:calendar",
    "workshops:certificate_file",
    "workshops:issue_certificate",
    "workshops:material",
    "workshops:city_feed",
    "workshops:feed",
    "workshops:preview",
    "workshops:confirm_signup",
    "workshops:signup_calendar",
    "workshops:signup_qr",
    "workshops:undo_check_in",
    "workshops:check_in_place",
    "workshops:check_in_roster",
    "workshops:check_in_scans",
    "workshops:door_place",
    "workshops:door_roster",
    "workshops:door_scans",
    "workshops:door_undo",
    "workshops:let_in",
    "workshops:revoke_door_link",
}


ERRORS = sorted(path.name for path in Path(settings.BASE_DIR, "templates").glob("[45]*.html"))
ERRORS += ["inbox/unsubscribe_unknown.html", "sellers/invitation_unusable.html"]
"""The templates of what goes wrong."""


@dataclass
class Visit:
    """Somebody, known by a session, or nobody, and the pages to look at as them."""

    session: str
    paths: list[str]


def build() -> dict[str, Visit]:
    """Make the data set; gives who looks at which pages of it."""
    member = site.begin_member(name=LONG)
    market, user = member.seller.market, member.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    sellers = {
        name: SellerFactory(market=market, name=name, created_at=member.seller.created_at)
        for name in (CHINESE, ARABIC, "Nothing yet")
    }
    for seller in sellers.values():
        MemberFactory(seller=seller, user=user)
    issue_many(sellers[CHINESE], count=MANY)
    issue_many(sellers[ARABIC], count=1)
    build_due_weeks(market=market, now=timezone.now())
    usual, careful = list(of_member(member)), careful_person()
    said = f"- **18:00** {LONG}"
    Workshop.objects.update(title=LONG, venue=LONG, agenda=said, accessibility=said, what_to_bring=said)
    City.objects.update(name=LONG[:80])
    return {
        "nobody": Visit("", list(public(member))),
        "half": Visit(half_signed_in(careful), [reverse("mfa_authenticate")]),
        "a long word": Visit(session_of(user), usual),
        **{name: Visit(session_of(user), lists_of(seller)) for name, seller in sellers.items()},
        "restricted": Visit(session_of(user), [milestone_quiz(market, user)]),
        "careful": Visit(proven(careful), list(of_account(careful))),
        "viewing": Visit(viewing_as(member.seller), lists_of(member.seller)[:2]),
        "staff": Visit(session_of(UserFactory(is_staff=True, is_superuser=True)), list(of_staff())),
    }


def issue_many(seller: Seller, *, count: int) -> None:
    """Issue violations of last week to a seller, about videos and of a policy that are called as the seller is."""
    policy, now = PolicyFactory(name=seller.name, points=1), seller.market.books_closed_until + timedelta(days=2)
    drafts = [
        draft(
            seller,
            policy,
            external_id=f"{seller.pk}-{number}",
            issued_at=now,
            content=ContentDraft(kind="video", external_id=f"{seller.pk}-{number}", title=seller.name),
        )
        for number in range(count)
    ]
    issue_violations(market=seller.market, drafts=drafts, source="test", now=now)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def viewing_as(seller: Seller) -> str:
    """The session of staff who view as a seller."""
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    client.post(reverse("admin:sellers_seller_view_as", args=[seller.pk]), {"reason": LONG})
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def careful_person() -> User:
    """Somebody who signs in with a code or a passkey too, and has codes for when both are lost."""
    user: User = UserFactory(name=LONG)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    passkey_of(user, name=LONG)
    return user


def proven(user: User) -> str:
    """The session of somebody who has just shown once more who they are, and is signed in on a phone as well."""
    phone, here = Client(headers={"User-Agent": LONG}), Client()
    for client in (phone, here):
        client.force_login(user)
        client.get(reverse("sessions"))
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return here.cookies[settings.SESSION_COOKIE_NAME].value


def half_signed_in(user: User) -> str:
    """The session of somebody who gave the password and not yet the code."""
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def public(member: Member) -> Iterator[str]:
    """What nobody need sign in for; the address of an email is confirmed from the email."""
    yield from site.PUBLIC_PAGES
    yield from (Workshop.objects.latest("pk").get_absolute_url(), "/policies/misleading-claims/")
    city = City.objects.earliest("pk").slug
    yield reverse("workshops:find_certificate")
    yield from (reverse("workshops:past"), reverse("workshops:city", args=[city]))
    yield reverse("workshops:city_past", args=[city])
    for name in ("signup", "reset_password_done", "reset_password_from_key_done", "inactive"):
        yield reverse(f"account_{name}")
    yield reverse("account_email_verification_sent")
    about_emails = [member.seller_id, member.user_id, "report"]
    yield reverse("leave_digest", kwargs={"token": DIGEST_SIGNER.sign_object([member.user_id])})
    yield reverse("unsubscribe", kwargs={"token": SIGNER.sign_object(about_emails)})
    yield reverse("confirm_reach", kwargs={"token": REACH_SIGNER.sign_object([member.user.email])})
    yield reverse("sellers:invitation", kwargs={"token": invite(member)})
    unconfirmed = EmailAddress.objects.create(user=UserFactory(), email="new@example.com")
    yield reverse("account_confirm_email", args=[EmailConfirmationHMAC(unconfirmed).key])
    yield reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(member.user), "key": default_token_generator.make_token(member.user)},
    )


def invite(member: Member) -> str:
    """Invite somebody; gives what their link ends with, which the portal keeps a hash of."""
    now, secret = timezone.now(), "known-to-the-test"
    sent = invite_member(
        seller=member.seller, email=f"a.b@{'c' * 60}.example", role="owner", now=now, invited_by=member.user
    )
    Invitation.objects.filter(pk=sent.pk).update(secret_hash=Invitation.hash_of(secret))
    return secret


def of_member(member: Member) -> Iterator[str]:
    """The pages of a seller who has something on each of them."""
    yield from site.reachable(site.seller_pages(member))
    yield from lists_of(member.seller)
    begun = Attempt.objects.get(submitted_at=None)
    yield reverse("quizzes:review", kwargs={"seller_id": member.seller_id, "attempt_id": begun.pk})
    yield reverse("quizzes:practice", kwargs={"seller_id": member.seller_id, "policy": begun.quiz.policy.code})
    over = Attempt.objects.exclude(submitted_at=None).earliest("pk")
    asked_about = {"seller_id": member.seller_id, "attempt_id": over.pk, "position": 1}
    yield reverse("quizzes:remark", kwargs=asked_about)
    appeals = site.appeals_of(member)
    asked = ask_seller(appeal=appeals[1], things=["The label"], asked_by=UserFactory(), now=timezone.now())
    yield from (each.get_absolute_url() for each in appeals)
    yield reverse("violations:appeal_answer", kwargs={"seller_id": member.seller_id, "request_id": asked.pk})
    yield from of_new_violation(member)
    for name, facts in (("members", {}), ("member", {"member_id": member.pk})):
        yield reverse(f"sellers:{name}", kwargs={"seller_id": member.seller_id, **facts})
    yield reverse("download", kwargs={"seller_id": member.seller_id})
    yield reverse("kept", kwargs={"seller_id": member.seller_id})
    asks = workshop_that_asks(member.seller)
    yield reverse("workshops:sign_up", kwargs={"seller_id": member.seller_id, "workshop_id": asks.pk})
    place = sign_up(workshop=asks, seller=member.seller, user=member.user, now=timezone.now())
    for name in ("change_signup", "cancel_signup"):
        yield reverse(f"workshops:{name}", kwargs={"seller_id": member.seller_id, "signup_id": place.pk})
    yield from after_a_workshop(member)
    for name in ("account_change_password", "account_logout", "account_reauthenticate", "mfa_index"):
        yield reverse(name)
    yield reverse("mfa_activate_totp")


def after_a_workshop(member: Member) -> Iterator[str]:
    """The pages of somebody who was there: the place, what is asked, and the certificate."""
    now = timezone.now()
    soon = {"starts_at": now + timedelta(hours=1), "ends_at": now + timedelta(hours=2)}
    workshop = WorkshopFactory(market=member.seller.market, title=LONG, material=f"[{LONG}](https://a.example)", **soon)
    signup = sign_up(workshop=workshop, seller=member.seller, user=member.user, now=now)
    Workshop.objects.filter(pk=workshop.pk).update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    Signup.objects.filter(pk=signup.pk).update(checked_in_at=now - timedelta(hours=2), attendee=LONG)
    for kind in FeedbackQuestion.Kind:
        FeedbackQuestion.objects.create(workshop=workshop, text=LONG, kind=kind)
    certificate = issue_certificate(signup=signup, user=member.user, now=now)
    yield from (signup.get_absolute_url(), workshop.get_absolute_url(), certificate.get_absolute_url())
    yield reverse("workshops:feedback", kwargs={"seller_id": member.seller_id, "workshop_id": workshop.pk})


def workshop_that_asks(seller: Seller) -> Workshop:
    """One that several people can still sign up for, asked something in each way."""
    workshop = open_workshops_for(seller=seller, as_of=timezone.now())[0]
    Workshop.objects.filter(pk=workshop.pk).update(places_per_seller=3)
    for kind in SignupQuestion.Kind:
        choices = [LONG, "M"] if kind in SignupQuestion.WITH_CHOICES else []
        SignupQuestion.objects.create(workshop=workshop, text=LONG, kind=kind, choices=choices, sensitive=True)
    return workshop


def milestone_quiz(market: Market, user: User) -> str:
    """The quiz that shortens what a seller's points led to."""
    Market.objects.filter(pk=market.pk).update(milestone_quiz_share=50)
    seller = MemberFactory(seller=SellerFactory(market=market, name=LONG), user=user).seller
    for _ in range(3):
        issue(seller, Policy.objects.get(code="misleading-claims"), now=timezone.now())
    (offer, *_others) = milestone_quizzes(seller=Seller.objects.get(pk=seller.pk), as_of=timezone.now())
    return reverse("quizzes:milestone", kwargs={"seller_id": seller.pk, "action_id": offer.action.pk})


def of_new_violation(member: Member) -> Iterator[str]:
    """A violation with names of one long word, and an appeal against it that is being written."""
    content = ContentDraft(kind="video", external_id="long", title=LONG)
    new = issue(member.seller, PolicyFactory(name=LONG), now=timezone.now(), content=content)
    save_draft(violation=new, member=member.user, text=f"The {LONG}.", window="test", now=timezone.now())
    yield new.get_absolute_url()
    for name in ("appeal_file", "appeal_check"):
        yield reverse(f"violations:{name}", kwargs={"seller_id": member.seller_id, "violation_id": new.pk})


LISTS = ["dashboard", "dates", "violations:list", "violations:ledger", "violations:what_if", "violations:enforcement"]
LISTS += [
    "violations:appeal_list",
    "workshops:seller_list",
    "quizzes:list",
    "quizzes:practice_list",
    "reports:list",
    "inbox:list",
]


def lists_of(seller: Seller) -> list[str]:
    """The pages that every seller has, and the person's sellers."""
    return [*(reverse(name, kwargs={"seller_id": seller.pk}) for name in LISTS), reverse("sellers")]


def of_account(user: User) -> Iterator[str]:
    """The pages of how somebody signs in who has every kind of second factor."""
    yield from (
        reverse(name) for name in ("account", "erasure", "account_email", "sessions", "mfa_index", "mfa_reauthenticate")
    )
    yield from (reverse(f"mfa_{name}_webauthn") for name in ("add", "list", "reauthenticate"))
    passkey = Authenticator.objects.get(user=user, type="webauthn")
    yield from (reverse(f"mfa_{name}_webauthn", args=[passkey.pk]) for name in ("edit", "remove"))
    yield from (
        reverse(f"mfa_{name}") for name in ("deactivate_totp", "view_recovery_codes", "generate_recovery_codes")
    )


def of_staff() -> list[str]:
    workshop = Workshop.objects.earliest("pk")
    door = [reverse(f"workshops:{name}", args=[workshop.pk]) for name in ("check_in", "door_list", "door_links")]
    found = reverse("workshops:walk_in", args=[workshop.pk], query={"q": "a"})
    late = Signup.objects.placed().filter(checked_in_at=None).latest("pk")
    noted = reverse("workshops:note_late", args=[late.workshop_id, late.pk])
    return [reverse("styleguide"), *door, found, noted, helpers_door(late.workshop)]


def helpers_door(workshop: Workshop) -> str:
    """The page of somebody who helps at a door, by a link that the portal keeps a hash of."""
    made_by = UserFactory(is_staff=True)
    _, secret = make_door_link(workshop=workshop, name=LONG[:80], made_by=made_by, now=timezone.now())
    return reverse("workshops:door", kwargs={"token": secret})


def names(patterns: list[URLPattern | URLResolver], *, within: str = "") -> Iterator[str]:
    """What the URL configuration names, without the admin, whose pages are Django's, and the API."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield f"{within}{pattern.name}"
        elif pattern.namespace not in {"admin", "api"}:
            yield from names(pattern.url_patterns, within=f"{pattern.namespace}:" if pattern.namespace else within)


def all_names() -> set[str]:
    return set(names(get_resolver().url_patterns))


def page_of_error(name: str) -> str:
    """What a person meets who is not signed in."""
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), {}
    return render_to_string(name, {}, request)
