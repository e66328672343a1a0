"""Reads whose SQL is written once: the same as the queryset, with other values each time."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import NotSupportedError, connection, transaction
from django.db.models import CharField
from django.db.transaction import TransactionManagementError, get_autocommit
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kit.database.prepared_reads import (
    PreparedRead,
    ReadParameter,
    id_parameter,
    ids_parameter,
    moment_parameter,
    read_prepared,
)
from kit.database.prepared_statements import Name, PreparedStatement
from sellers.models import Seller
from tests.factories import MarketFactory, SellerFactory

pytestmark = pytest.mark.django_db

named = PreparedRead(
    lambda: Seller.objects.filter(name=ReadParameter("name", CharField())).select_related("market").order_by("pk")
)
in_market = PreparedRead(
    lambda: Seller.objects.filter(
        market__in=ids_parameter("markets"), created_at__lte=moment_parameter("moment")
    ).values_list("pk", "name")
)
locked = PreparedRead(lambda: Seller.objects.select_for_update(no_key=True, of=("self",)).filter(pk=id_parameter("pk")))


def test_a_written_read_is_the_queryset_with_other_values(django_assert_num_queries: Any) -> None:
    sellers = [SellerFactory(name=name) for name in ("A 100 % shop", "B", "B")]
    for name in ("A 100 % shop", "B", "C", "B"):
        with django_assert_num_queries(1):
            found = named.read(name=name)
            assert found == [seller for seller in sellers if seller.name == name]
            assert [seller.market for seller in found] == [one.market for one in sellers if one.name == name]
    found[0].name = "Another"
    found[0].save()
    assert [seller.pk for seller in named.read(name="B")] == [sellers[2].pk]


def test_several_come_in_one_statement(django_assert_num_queries: Any) -> None:
    market, now = MarketFactory(), timezone.now()
    sellers = [SellerFactory(market=market, name=name) for name in ("A", "B")]
    for moment, count in ((now + timedelta(hours=1), 2), (now - timedelta(days=9_000), 0)):
        with django_assert_num_queries(1):
            own, others, none = read_prepared(named, in_market, named, name="A", markets=[market.pk, -1], moment=moment)
        assert own == none == sellers[:1]
        assert others == [(seller.pk, seller.name) for seller in sellers][:count]


def test_a_value_is_never_part_of_the_statement() -> None:
    SellerFactory(name="A")
    assert named.read(name="' OR true --") == []
    assert "OR true" not in named.sql


@pytest.mark.django_db(transaction=True)
def test_each_thread_reads_on_its_own_connection_and_locks_in_a_transaction() -> None:
    seller = SellerFactory(name="A")
    found: list[Any] = []

    def read() -> None:
        found.extend(named.read(name="A"))
        connection.close()

    thread = Thread(target=read)
    thread.start()
    thread.join()
    assert found == [seller]
    assert get_autocommit()
    for _try in range(2):  # Django refuses to write the statement, and the read to send it
        with pytest.raises(TransactionManagementError):
            locked.read(pk=seller.pk)
        with transaction.atomic():
            assert locked.read(pk=seller.pk) == [seller]


# --- What is planned once in each connection

of_name = PreparedStatement("SELECT * FROM things WHERE name = %s AND word <> %s", [Name("name"), "100 %"])


def things(name: str) -> list[Any]:
    with connection.cursor() as cursor:
        of_name.execute(connection, cursor, {"name": name})
        return cursor.fetchall()


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_a_statement_outlives_a_migration_and_a_connection() -> None:
    execute("CREATE TABLE things AS SELECT 'a' AS name, 'word' AS word")
    try:
        with CaptureQueriesContext(connection) as captured:
            assert things("a") == [("a", "word")]
            assert things("' OR true --") == []
        assert [one["sql"].split()[0] for one in captured] == ["EXECUTE", "EXECUTE"]
        execute("ALTER TABLE things ADD more int")
        with pytest.raises(NotSupportedError), transaction.atomic():
            things("a")
        assert things("a") == [("a", "word", None)]
        connection.close()
        assert things("a") == [("a", "word", None)]
        execute("ALTER TABLE things ADD most int")
        assert things("a") == [("a", "word", None, None)]
    finally:
        execute("DROP TABLE things")


def test_nothing_is_prepared_behind_a_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    seller = SellerFactory(name="A")
    with CaptureQueriesContext(connection) as captured:
        assert named.read(name="A") == [seller]
    assert [one["sql"].split()[0] for one in captured] == ["SELECT"]
