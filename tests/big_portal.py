"""A portal that has grown, made by a few statements: for the bench of the staff's pages, and for their tests.

What staff look for is where it is hardest to find: the rare values of each filter are those of the oldest records,
which a list that shows the newest first reaches last.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from kit.dates import Week
from policies.models import Article, ArticleSection, Policy, PolicyVersion
from quizzes.models import Choice, Question, Quiz
from reports.models import ReportChunk, ReportRun
from reports.selectors import rules_of
from sellers.models import Market
from violations.services import open_market
from workshops.models import City, Workshop

ZONE = ZoneInfo("Europe/London")
POLICIES = 12
STAFF = 20
SIGNUPS = 200
"""Sign-ups of each workshop, those cancelled included."""
QUESTIONS = 10
YEARS = 5
BUSY = 500
"""Violations of the last seller, spread over all years."""
CHUNK = 50_000

# Sellers, the people who act for them and their addresses have the same numbers. The first thousandth of the sellers
# is a small market of its own.
PEOPLE = """
INSERT INTO accounts_user (
    id, password, is_superuser, email, name, language, is_staff, is_active, date_joined)
    SELECT %(first)s + n, '!', false, 'person' || n || '@example.com',
        (%(names)s::text[])[1 + n %% 13] || ' ' || (%(words)s::text[])[1 + (hashint8(n) & 1023) %% 11],
        '', n <= %(staff)s, n %% 200 <> 7, %(opened)s
    FROM generate_series(1, %(sellers)s::bigint) AS n;
INSERT INTO account_emailaddress (id, user_id, email, verified, "primary")
    SELECT n, %(first)s + n, 'person' || n || '@example.com', n %% 100 <> 7, true
    FROM generate_series(1, %(sellers)s::bigint) AS n;
INSERT INTO sellers_seller (id, market_id, external_id, name, kind, city, signed_up_to_sell, created_at)
    SELECT n, CASE WHEN n <= %(small)s THEN %(small_market)s ELSE %(market)s END, 'shop-' || lpad(n::text, 8, '0'),
        (%(words)s::text[])[1 + (hashint8(n) & 1023) %% 11] || ' ' || (%(names)s::text[])[1 + n %% 13] || ' '
            || substr(md5(n::text), 1, 5),
        CASE WHEN n %% 50 = 7 THEN 'creator' ELSE 'shop' END, '', n %% 500 <> 7, %(opened)s
    FROM generate_series(1, %(sellers)s::bigint) AS n;
INSERT INTO sellers_member (id, seller_id, user_id, created_at)
    SELECT n, n, %(first)s + n, %(opened)s FROM generate_series(1, %(sellers)s::bigint) AS n;
"""

# Violations in the order of time. Every second has content, every fiftieth led to an action, every hundredth has an
# appeal, every two-hundredth of the older half was voided. Each is told in a message, which goes to one person.
RECORDS = """
CREATE TEMP TABLE happened AS
    SELECT n AS id, CASE WHEN n %% %(busy_every)s = 0 THEN %(sellers)s
        ELSE 1 + (hashint8(n) & 2147483647) %% %(sellers)s END AS seller_id, version.id AS version_id,
        version.policy_id, version.points, n <= %(rare)s AS is_rare,
        %(opened)s + (%(now)s - %(opened)s) * ((n - 0.5) / %(violations)s) AS at
    FROM generate_series(1::bigint, %(violations)s) AS n
    JOIN (SELECT id, policy_id, points, row_number() OVER (ORDER BY id) - 1 AS place FROM policies_policyversion)
        AS version ON version.place = CASE WHEN n <= %(rare)s THEN 0 ELSE 1 + n * 7919 %% (%(policies)s - 1) END
    ORDER BY n;
INSERT INTO sellers_content (id, seller_id, kind, external_id, title, url, published_at)
    SELECT id, seller_id, CASE WHEN is_rare THEN 'listing' ELSE 'live' END, 'content-' || id, 'Sunday LIVE', '', at
    FROM happened WHERE id %% 2 = 0 ORDER BY id;
INSERT INTO violations_violation (
    id, market_id, seller_id, policy_version_id, policy_name, content_id, content_kind, content_title, content_url,
    content_published_at, external_id, fingerprint, issued_at, recorded_at, source, decided_points,
    decided_until, decided_market, decided_zone, decision, facts, detection, detector, automated, policy_section,
    explanation, appeal_until, voided_at, void_reason)
    SELECT happened.id, CASE WHEN seller_id <= %(small)s THEN %(small_market)s ELSE %(market)s END, seller_id,
        version_id, 'Policy', content.id, coalesce(content.kind, ''), coalesce(content.title, ''), '',
        content.published_at, 'v-' || happened.id, repeat('0', 64), at, at,
        CASE WHEN is_rare THEN 'upload 1' ELSE 'feed' END, points,
        CASE WHEN points > 0 THEN at + interval '180 days' END, 'Market', 'UTC', '', 'It was said at 00:14:20.',
        CASE WHEN is_rare THEN 'notice' ELSE 'automated' END, CASE WHEN is_rare THEN '' ELSE 'claims-model' END, true,
        '', 'It could not be proved.', at + interval '30 days',
        CASE WHEN happened.id %% 200 = 0 AND happened.id < %(violations)s / 2 THEN at + interval '1 day' END,
        CASE WHEN happened.id %% 200 = 0 AND happened.id < %(violations)s / 2 THEN 'A mistake.' ELSE '' END
    FROM happened LEFT JOIN (SELECT id, kind, title, published_at FROM sellers_content) AS content USING (id)
    ORDER BY happened.id;
INSERT INTO violations_pointsentry (
    id, seller_id, violation_id, kind, source, points, effective_at, expires_at, recorded_at, reason)
    SELECT id, seller_id, id, 'assessment', 'violation', points, at, at + interval '180 days', at, 'Policy'
    FROM happened ORDER BY id;
INSERT INTO violations_pointsentry (
    id, seller_id, violation_id, kind, source, points, effective_at, expires_at, recorded_at, corrects_id, reason)
    SELECT %(violations)s + id, seller_id, id, 'reversal', 'voiding', -points, at + interval '1 day',
        at + interval '180 days', at + interval '1 day', id, 'Policy'
    FROM happened WHERE id %% 200 = 0 AND id < %(violations)s / 2 ORDER BY id;
INSERT INTO inbox_message (
    id, seller_id, content_id, content_kind, content_title, kind, template, about_kind, about_id, data, posted_at)
    SELECT id, seller_id, NULL, '', '', CASE WHEN is_rare THEN 'workshop' ELSE 'violation' END, 'violation_issued',
        'violation', id, jsonb_build_object(
            'policy', 'Policy', 'points', 2, 'counts_until', at + interval '180 days', 'zone', 'UTC',
            'market', 'Market', 'is_over', false, 'decision', 'Points were added to your account.',
            'facts', 'The claim could not be proved.'),
        at
    FROM happened ORDER BY id;
INSERT INTO inbox_emaildelivery (
    id, message_id, user_id, state, lane, attempts, due_at, sent_at, given_up_at)
    SELECT id, id, %(first)s + seller_id, state, %(market)s, 1, CASE WHEN state = 'pending' THEN at END,
        CASE WHEN state = 'sent' THEN at END, CASE WHEN state = 'dead' THEN at END
    FROM happened CROSS JOIN LATERAL (SELECT CASE WHEN is_rare AND id %% 3 = 0 THEN 'dropped'
        WHEN is_rare AND id %% 3 = 1 THEN 'dead' WHEN id > %(violations)s - 100 THEN 'pending' ELSE 'sent' END AS state
    ) AS found ORDER BY id;
INSERT INTO violations_enforcementaction (
    seller_id, milestone_id, violation_id, kind, capabilities, milestone_points, total, starts_at, ends_at, notice_id,
    noticed_at, lifted_at, lift_reason)
    SELECT seller_id, milestone.id, happened.id, CASE WHEN is_rare THEN 'deactivation' ELSE milestone.kind END,
        milestone.capabilities, milestone.points, milestone.points, at,
        CASE WHEN NOT is_rare THEN at + interval '7 days' END, happened.id, at,
        CASE WHEN happened.id %% 400 = 0 AND is_rare THEN at + interval '1 day' END,
        CASE WHEN happened.id %% 400 = 0 AND is_rare THEN 'A mistake.' ELSE '' END
    FROM happened JOIN violations_milestone AS milestone ON milestone.market_id = %(market)s AND milestone.points = 12
    WHERE happened.id %% 50 = 0 ORDER BY happened.id;
INSERT INTO violations_appeal (
    seller_id, violation_id, text, filed_at, filed_by_id, decide_by, first_decide_by, state,
    decided_at, decided_by_id, decision_reason, credit_id, withdrawn_at, withdrawn_by_id)
    SELECT seller_id, id, 'It was another product.', at, %(first)s + seller_id, at + interval '14 days',
        at + interval '14 days', state,
        CASE WHEN state = 'denied' THEN at + interval '3 days' END, CASE WHEN state = 'denied' THEN %(first)s + 1 END,
        CASE WHEN state = 'denied' THEN 'The recording shows this one, at 00:14:32 and later.' ELSE '' END, NULL,
        CASE WHEN state = 'withdrawn' THEN at + interval '3 days' END,
        CASE WHEN state = 'withdrawn' THEN %(first)s + seller_id END
    FROM happened CROSS JOIN LATERAL (SELECT CASE WHEN id > %(violations)s * 0.99 OR id %% 200 = 0 AND is_rare
        THEN 'open' WHEN is_rare THEN 'withdrawn' ELSE 'denied' END AS state) AS found
    WHERE id %% 100 = 0 ORDER BY id;
INSERT INTO audit_auditentry (
    at, person_id, actor, action, kind, object_id, object_name, scope_id, note_kind, note_facts, changes)
    SELECT at, CASE WHEN id %% 1000 <> 7 THEN %(first)s + 1 + id %% %(staff)s END,
        'person' || 1 + id %% %(staff)s || '@example.com',
        CASE WHEN is_rare THEN 'publish' ELSE (ARRAY['void', 'change', 'add', 'deny', 'grant'])[1 + id %% 5] END,
        CASE WHEN is_rare THEN 'policies.policyversion' ELSE 'violations.violation' END, id::text, 'Violation ' || id,
        CASE WHEN is_rare THEN 0 WHEN seller_id <= %(small)s THEN %(small_market)s ELSE %(market)s END,
        'typed', jsonb_build_object('text', 'A mistake of incident ' || id %% 1000 || '.'), '[]'
    FROM happened WHERE id %% 10 = 7 OR is_rare ORDER BY id;
DROP TABLE happened;
"""

VISITS = """
INSERT INTO workshops_signup (
    workshop_id, seller_id, user_id, state, seat_id, turn, ordinal, signed_up_at, placed_at, cancelled_at,
    cancel_reason, by_hand, walked_in, to_tell, attendance_reason, check_in_code, attendee)
    SELECT workshop.id, n, %(first)s + n, state, CASE WHEN state = 'placed' THEN seat.id END, 2, 1, %(opened)s,
        CASE WHEN state = 'placed' THEN %(opened)s END, CASE WHEN state = 'cancelled' THEN %(opened)s END, '', false,
        false, false, '', lpad(n::text, 8, '0'), ''
    FROM generate_series(1, %(sellers)s::bigint) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM workshops_workshop) AS workshop
        ON workshop.place = n %% %(workshops)s
    JOIN (SELECT id, workshop_id, row_number() OVER (PARTITION BY workshop_id ORDER BY id) - 1 AS place
        FROM workshops_seat) AS seat ON seat.workshop_id = workshop.id AND seat.place = n / %(workshops)s
    CROSS JOIN LATERAL (SELECT CASE WHEN n < %(small)s THEN 'waiting' WHEN n %% 9 = 0 THEN 'cancelled' ELSE 'placed'
        END AS state) AS found
    WHERE n %% 5 = 0 OR n < %(small)s;
UPDATE workshops_seat AS seat SET state = CASE WHEN EXISTS (
        SELECT FROM workshops_signup WHERE seat_id = seat.id) THEN 'taken' ELSE 'withheld' END;
INSERT INTO quizzes_attempt (
    id, quiz_id, seller_id, user_id, month, ordinal, started_at, ends_at, submitted_at, right_answers, passed,
    unrewarded)
    SELECT n, quiz.id, n, %(first)s + n, date_trunc('month', %(opened)s::timestamptz)::date, 1, %(opened)s,
        %(opened)s::timestamptz + interval '1 hour', CASE WHEN passed IS NOT NULL THEN %(opened)s END,
        CASE WHEN passed IS NOT NULL THEN 3 END, passed, CASE WHEN passed THEN 'limit' ELSE '' END
    FROM generate_series(1, %(sellers)s::bigint) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM quizzes_quiz) AS quiz
        ON quiz.place = n %% %(policies)s
    CROSS JOIN LATERAL (SELECT CASE WHEN n > %(small)s THEN n %% 3 > 0 END AS passed) AS found
    WHERE n %% 5 = 0 OR n < %(small)s;
INSERT INTO quizzes_attemptquestion (
    attempt_id, question_id, position, text, scene, explanation, pictures, choice_ids, choice_texts, right_ids, chosen,
    answered_at)
    SELECT attempt.id, question.id, question.place, question.text, '', question.explanation, '[]', choices.ids,
        choices.texts, choices.right_ids, choices.right_ids, attempt.started_at
    FROM quizzes_attempt AS attempt
    JOIN (SELECT *, row_number() OVER (PARTITION BY quiz_id ORDER BY id) AS place FROM quizzes_question)
        AS question ON question.quiz_id = attempt.quiz_id AND question.place <= 3
    JOIN (SELECT question_id, array_agg(id ORDER BY id) AS ids, array_agg(text ORDER BY id) AS texts,
        array_agg(id) FILTER (WHERE is_right) AS right_ids FROM quizzes_choice GROUP BY question_id)
        AS choices ON choices.question_id = question.id;
INSERT INTO reports_weeklyreport (
    week_start, seller_id, run_id, seller_name, seller_city, seller_signed_up, points_at_start, points_at_end,
    points_in, points_out, violation_count, previous_violation_count, message_count, next_milestone_points,
    is_approaching, detail)
    SELECT %(week)s, id, %(run)s, name, city, true, n %% 12, n %% 13, 1, 0, (n %% 10 = 0)::int, 0, 0, 12, n %% 12 > 6,
        '{}'
    FROM (SELECT id, name, city, id AS n FROM sellers_seller WHERE market_id = %(market)s) AS seller;
"""

NAMES = ["Amara", "Benoit", "Chidi", "Dara", "Emre", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kofi", "Lena", "Mira"]
WORDS = ["Bright", "Cedar", "Daily", "Ember", "Forest", "Golden", "Harbor", "Indigo", "Jolly", "Kettle", "Lemon"]
INTO = re.compile(r"INSERT INTO (\w+)")
PLAIN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""

SORTED_IN = """
SELECT gin_clean_pending_list(pg_class.oid)
FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
JOIN pg_am ON pg_am.oid = relam AND amname = 'gin'
WHERE indrelid::regclass::text = ANY(%s)
"""
"""What indexes of words have put aside is sorted in, as a vacuum does."""


@transaction.atomic
def fill(*, sellers: int, violations: int, indexes_afterwards: bool) -> None:
    """Fill an empty portal. The rows are sound, so triggers and foreign keys are left out while they are made.

    Millions of rows are made sooner without indexes, which are made afterwards. The transaction itself may then be
    unable to use them: Postgres leaves an index out for who began before it when a table has rows of former updates.
    """
    now = timezone.now()
    opened = now - timedelta(days=365 * YEARS)
    closed = Week.of(now - timedelta(days=21), zone=ZONE).starts_at(zone=ZONE)
    market, small_market = (
        open_market(code=code, name=name, time_zone=ZONE.key, books_closed_until=closed)
        for code, name in [("BIG", "Big market"), ("SMALL", "Small market")]
    )
    workshops = max(sellers // 5 // SIGNUPS, 10)
    _policies(opened)
    _workshops(market, opened, workshops)
    run = _run(market, sellers)
    known: dict[str, Any] = {
        "market": market.pk, "small_market": small_market.pk, "sellers": sellers, "violations": violations,
        "small": max(sellers // 1000, 20), "rare": max(violations // 1000, 600), "opened": opened, "now": now,
        "names": NAMES, "words": WORDS, "staff": STAFF, "policies": POLICIES, "workshops": workshops,
        "first": User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
        "run": run.pk, "week": run.week_start, "busy_every": max(violations // BUSY, 1),
    }  # fmt: skip
    statements = PEOPLE + RECORDS + VISITS
    tables = sorted(set(INTO.findall(statements)))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute(PLAIN_INDEXES, [tables if indexes_afterwards else []])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for statement in statements.split(";\n"):
            if statement.strip():
                cursor.execute(statement, known)
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute(SORTED_IN, [tables])
        for table in tables:
            if table != "reports_weeklyreport":
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def _policies(opened: Any) -> None:
    """Policies with an article, a quiz and its bank each."""
    for number in range(POLICIES):
        policy = Policy.objects.create(code=f"policy-{number}", name=f"Policy {number}", topic="Claims")
        article = Article.objects.create(policy=policy, title=f"What to do about policy {number}", summary="Do this.")
        section = ArticleSection.objects.create(article=article, slug="do", title="Do", body="Do this.")
        quiz = Quiz.objects.create(policy=policy, published_at=opened)
        for place in range(QUESTIONS):
            question = Question.objects.create(quiz=quiz, section=section, text=f"Which is {place}?", explanation="So.")
            Choice.objects.bulk_create(
                Choice(question=question, text=f"Choice {answer}", is_right=answer == 0) for answer in range(4)
            )
        quiz.questions.update(state=Question.State.PUBLISHED, published_at=opened)
        PolicyVersion.objects.create(
            policy=policy,
            number=1,
            requirement="Say only what you can prove.",
            breach="The claim could not be proved.",
            wording="Say only what you can prove.",
            severity="moderate",
            points=1 + number % 4,
            effective_from=opened,
            notice_ends_at=opened,
            published_at=opened,
        )


def _workshops(market: Market, opened: Any, number: int) -> None:
    london = City.objects.create(name="London", country="GB", time_zone="Europe/London", slug="london")
    Workshop.objects.bulk_create(
        Workshop(
            market=market, title=f"Claims {place}", summary="What to say.", description="What to say.",
            city=london, venue="Hall", address="1 Road", time_zone="Europe/London", capacity=1_100,
            starts_at=opened + timedelta(days=place), ends_at=opened + timedelta(days=place, hours=2),
            published_at=opened,
        )
        for place in range(number)
    )  # fmt: skip


def _run(market: Market, sellers: int) -> ReportRun:
    """The run of a week that is over, published."""
    week = Week.of(market.books_closed_until, zone=ZONE).previous
    run = ReportRun.objects.create(
        market=market,
        week_start=week.monday,
        starts_at=week.starts_at(zone=market.zone),
        ends_at=week.ends_at(zone=market.zone),
        published_at=week.ends_at(zone=market.zone),
        rules=rules_of(market, as_of=week.ends_at(zone=market.zone)),
    )
    first = range(1, sellers + 1, CHUNK)
    ReportChunk.objects.bulk_create(
        ReportChunk(
            run=run, first_seller_id=start, last_seller_id=start + CHUNK - 1, done_at=run.ends_at, rows=CHUNK,
            announced_at=run.ends_at,
        )
        for start in first
    )  # fmt: skip
    return run
