"""Objects for tests. Records that have rules (violations, points, messages) are made by the real services: `issue`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from accounts.models import User
from policies.models import Article, ArticleSection, ArticleVersion, ArticleVersionSection, Policy, PolicyVersion
from quizzes.models import Choice, Question, Quiz
from sellers.models import Content, Market, Member, Seller
from sellers.services import ContentDraft
from violations.models import Violation
from violations.services import ViolationDraft, add_default_milestones, issue_violation
from workshops.models import City, Workshop

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday: the moment at which tests take place unless they say otherwise."""

PASSWORD = "correct-horse-battery"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


def person_in(role: str, **fields: Any) -> User:
    """Somebody of the staff in a role."""
    person: User = UserFactory(is_staff=True, **fields)
    person.groups.add(Group.objects.get(name=role))
    return person


class MarketFactory(DjangoModelFactory):
    """A market with the default rule numbers and milestones, whose books were opened long before `NOW`."""

    class Meta:
        model = Market
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"M{n}")
    name = factory.Sequence(lambda n: f"Market {n}")
    time_zone = "America/New_York"
    books_closed_until = datetime(2026, 11, 2, 5, tzinfo=UTC)
    second_review_percent = 0

    @factory.post_generation
    def milestones(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted is not False:
            add_default_milestones(market=self)


class SellerFactory(DjangoModelFactory):
    class Meta:
        model = Seller

    market = factory.SubFactory(MarketFactory)
    external_id = factory.Sequence(lambda n: f"shop-{n}")
    name = factory.Sequence(lambda n: f"Shop {n}")


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    seller = factory.SubFactory(SellerFactory)
    user = factory.SubFactory(UserFactory)


class ContentFactory(DjangoModelFactory):
    class Meta:
        model = Content

    seller = factory.SubFactory(SellerFactory)
    kind = Content.Kind.LIVE
    external_id = factory.Sequence(lambda n: f"content-{n}")
    title = factory.Sequence(lambda n: f"Content {n}")


class PolicyFactory(DjangoModelFactory):
    """A policy with one version in force since long ago; `PolicyFactory(points=4)` sets what a violation assesses."""

    class Meta:
        model = Policy
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"policy-{n}")
    name = factory.Sequence(lambda n: f"Policy {n}")
    topic = "Product information"

    @factory.post_generation
    def points(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted is not False:
            PolicyVersionFactory(policy=self, points=2 if extracted is None else extracted)


class PolicyVersionFactory(DjangoModelFactory):
    class Meta:
        model = PolicyVersion

    policy = factory.SubFactory(PolicyFactory, points=False)
    number = 1
    requirement = "Say only what you can prove."
    breach = "The claim could not be proved."
    wording = "## 1. Claims\n\nSay only what you can prove about a product."
    severity = "moderate"
    points = 2
    effective_from = LONG_AGO
    published_at = LONG_AGO
    notice_ends_at = factory.LazyAttribute(
        lambda version: version.published_at and min(version.published_at, version.effective_from)
    )


class ArticleFactory(DjangoModelFactory):
    class Meta:
        model = Article

    policy = factory.SubFactory(PolicyFactory)
    title = factory.Sequence(lambda n: f"Article {n}")
    summary = "What to do instead."


class ArticleSectionFactory(DjangoModelFactory):
    class Meta:
        model = ArticleSection

    article = factory.SubFactory(ArticleFactory)
    slug = factory.Sequence(lambda n: f"section-{n}")
    title = factory.Sequence(lambda n: f"Section {n}")
    body = "Some **advice**."


class ArticleVersionFactory(DjangoModelFactory):
    """A draft of an article that there is not yet."""

    class Meta:
        model = ArticleVersion

    policy = factory.SubFactory(PolicyFactory)
    title = factory.Sequence(lambda n: f"New text {n}")
    summary = "What to do instead."


class ArticleVersionSectionFactory(DjangoModelFactory):
    class Meta:
        model = ArticleVersionSection

    version = factory.SubFactory(ArticleVersionFactory)
    slug = factory.Sequence(lambda n: f"section-{n}")
    title = factory.Sequence(lambda n: f"Section {n}")
    body = "Some **advice**."


class QuestionFactory(DjangoModelFactory):
    """A published question with four choices, the second of which is right. ``right`` names other right ones."""

    class Meta:
        model = Question
        skip_postgeneration_save = True

    quiz = factory.SubFactory("tests.factories.QuizFactory")
    text = factory.Sequence(lambda n: f"Question {n}?")
    explanation = "Because it is so."
    state = Question.State.PUBLISHED
    published_at = LONG_AGO
    retired_at = None

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        """A draft; the hook ``steps`` brings it as far as it should be."""
        state, published_at, retired_at = (kwargs.pop(name) for name in ("state", "published_at", "retired_at"))
        question = super()._create(model_class, *args, **kwargs)
        question.wanted = (state, published_at, retired_at)
        return question

    @factory.post_generation
    def choices(self: Any, create: bool, extracted: Any, right: Any = (2,), **kwargs: Any) -> None:
        if create and extracted is not False:
            Choice.objects.bulk_create(
                Choice(question=self, text=f"Choice {n}", is_right=n in right) for n in range(1, 5)
            )

    @factory.post_generation
    def steps(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        state, published_at, retired_at = self.wanted
        this = Question.objects.filter(pk=self.pk)
        if state == Question.State.PUBLISHED:
            this.update(state=state, published_at=published_at)
        elif state == Question.State.IN_REVIEW:
            this.update(state=state)
        if retired_at is not None:
            this.update(state=Question.State.RETIRED, retired_at=retired_at)
        self.refresh_from_db()


class QuizFactory(DjangoModelFactory):
    """A published quiz with a bank of five questions; `QuizFactory(bank=3)` has three."""

    class Meta:
        model = Quiz
        skip_postgeneration_save = True

    policy = factory.SubFactory(PolicyFactory)
    published_at = LONG_AGO

    @factory.post_generation
    def bank(self: Any, create: bool, extracted: int | None, **kwargs: Any) -> None:
        if create:
            QuestionFactory.create_batch(5 if extracted is None else extracted, quiz=self)


class CityFactory(DjangoModelFactory):
    """A city of the United States with clocks as in Chicago."""

    class Meta:
        model = City

    name = factory.Sequence(lambda n: f"City {n}")
    country = "US"
    time_zone = "America/Chicago"
    slug = factory.LazyAttribute(lambda city: slugify(city.name) or f"city-{City.objects.count()}")


class WorkshopFactory(DjangoModelFactory):
    """A published workshop ten days after `NOW`, for sellers of any market."""

    class Meta:
        model = Workshop

    market = factory.SubFactory(MarketFactory)
    title = factory.Sequence(lambda n: f"Workshop {n}")
    summary = "An afternoon on policies."
    description = "We go through **real cases**."
    city = "Austin"
    """Given by its name or as it is."""
    venue = "Town Hall"
    address = "1 Main Street"
    time_zone = "America/Chicago"
    starts_at = NOW + timedelta(days=10)
    ends_at = NOW + timedelta(days=10, hours=3)
    open_to_all_markets = True
    published_at = LONG_AGO

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        city = kwargs["city"]
        return kwargs | {"city": city_called(city) if isinstance(city, str) else city}


def city_called(name: str) -> City:
    """The city of that name, made where there is none."""
    return City.objects.filter(name=name).first() or CityFactory(name=name)


def draft(seller: Seller, policy: Policy, **fields: Any) -> ViolationDraft:
    """A violation as the marketplace would send it, issued at `NOW`."""
    number = Violation.objects.count()
    defaults: dict[str, Any] = {
        "external_id": f"v-{number}-{seller.pk}",
        "seller_external_id": seller.external_id,
        "policy_code": policy.code,
        "issued_at": NOW,
        "facts": "The host said the cream heals eczema.",
        "detection": "staff",
        "automated": False,
        "content": ContentDraft(kind="live", external_id=f"live-{number}", title="Sunday LIVE"),
    }
    if fields.get("detection") == "automated":
        defaults["detector"] = "claims-model"
    return ViolationDraft(**defaults | fields)


def issue(seller: Seller, policy: Policy, *, now: datetime | None = None, **fields: Any) -> Violation:
    """Issue a violation through the service, by default issued and recorded at `NOW`."""
    fields.setdefault("issued_at", now or NOW)
    now = now or max(NOW, fields["issued_at"])
    return issue_violation(market=seller.market, draft=draft(seller, policy, **fields), source="test", now=now)
