"""Fill a database without rows for a test of faults: ``python -m tests.faults.prepare SELLERS EVERY``.

A market with two weeks due; every ``EVERY``-th seller has a member.
"""

import sys
from datetime import timedelta

import django

django.setup()

from django.db import connection  # noqa: E402  # needs settings
from django.utils import timezone  # noqa: E402  # Django is set up first

from kit.dates import Week  # noqa: E402  # Django is set up first
from tests.bench.history import ZONE, fill, make_market  # noqa: E402  # Django is set up first

MEMBERS = """
INSERT INTO accounts_user (
    id, password, is_superuser, email, name, language, is_staff, is_active, date_joined)
    SELECT id, '!', false, 'person' || id || '@example.com', 'Person ' || id, '', false, true, created_at
    FROM sellers_seller WHERE id %% %(every)s = 0;
INSERT INTO sellers_member (seller_id, user_id, created_at)
    SELECT id, id, created_at FROM sellers_seller WHERE id %% %(every)s = 0;
"""

sellers, every = map(int, sys.argv[1:])
last = Week(Week.of(timezone.now(), zone=ZONE).monday - timedelta(weeks=1))
market = make_market(opened=Week(last.monday - timedelta(weeks=9)).starts_at(zone=ZONE))
fill(market, sellers=sellers, weeks=8, last=last, to_build=2)
with connection.cursor() as cursor:
    cursor.execute(MEMBERS, {"every": every})
