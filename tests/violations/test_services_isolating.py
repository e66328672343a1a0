"""A violation that the database refuses for a reason that no check foresaw."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from kit.outcomes import Result
from policies.models import Policy
from sellers.models import Seller
from tests.api import Caller, results
from tests.factories import NOW, MarketFactory, MemberFactory, PolicyFactory, SellerFactory, UserFactory, draft
from violations.models import EnforcementAction, PointsEntry, Violation
from violations.services import issue_isolating_failures
from violations.services.isolating import CAUSED_BY_ROWS

POISON = """
CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'No poison here.' USING ERRCODE = TG_ARGV[0], DETAIL = 'It was found in the facts.';
END $$;
CREATE TRIGGER refuse_poison BEFORE INSERT ON violations_violation
    FOR EACH ROW WHEN (NEW.facts LIKE '%%poison%%') EXECUTE FUNCTION refuse_poison(%s)
"""
REFUSED = "The database refused it: No poison here."

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return SellerFactory(market=MarketFactory(code="US"), external_id="shop-1")


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory(code="claims", points=3)


def poison(sqlstate: str) -> None:
    """From now on the database refuses violations whose facts name poison."""
    with connection.cursor() as cursor:
        cursor.execute(POISON, [sqlstate])


def item(number: int, facts: str = "The host said the cream heals eczema.") -> dict[str, object]:
    return {
        "external_id": f"V-{number:02}",
        "seller": "shop-1",
        "policy": "claims",
        "issued_at": "2026-11-18T07:00:00-05:00",
        "facts": facts,
        "detection": "staff",
        "automated": False,
    }


@pytest.mark.parametrize("sqlstate", ["23514", "22000", "P0001"])
@pytest.mark.parametrize("bad", [[0], [6], [2, 3], [0, 1, 2, 3, 4, 5, 6]])
def test_poison_is_refused_and_all_others_are_issued(
    seller: Seller, policy: Policy, sqlstate: str, bad: list[int]
) -> None:
    poison(sqlstate)
    drafts = [
        draft(seller, policy, external_id=f"v{n}", facts="poison" if n in bad else f"Fact {n}.") for n in range(7)
    ]
    moment = drafts[0].issued_at
    outcomes = issue_isolating_failures(market=seller.market, drafts=drafts, source="test", now=moment)
    assert [o.external_id for o in outcomes] == [f"v{n}" for n in range(7)]
    assert [n for n, o in enumerate(outcomes) if o.result is Result.REFUSED] == bad
    assert {(o.field, o.reason) for o in outcomes if o.result is Result.REFUSED} == {("", REFUSED)}
    assert Violation.objects.count() == PointsEntry.objects.count() == 7 - len(bad)
    reached = [threshold for threshold in (12, 24) if threshold <= 3 * (7 - len(bad))]
    actions = EnforcementAction.objects.order_by("milestone_points")
    assert [action.milestone_points for action in actions] == reached


def test_what_is_wrong_with_the_server_is_raised_at_once(seller: Seller, policy: Policy) -> None:
    poison("53100")  # the disk is full
    drafts = [draft(seller, policy, external_id=f"v{n}", facts="poison") for n in range(4)]
    with pytest.raises(OperationalError, match="No poison here"):
        issue_isolating_failures(market=seller.market, drafts=drafts, source="test", now=drafts[0].issued_at)
    assert not issubclass(OperationalError, CAUSED_BY_ROWS)


@pytest.mark.usefixtures("policy")
def test_import_tells_the_line_of_poison_and_keeps_the_others(seller: Seller, tmp_path: Path) -> None:
    poison("P0001")
    file = tmp_path / "week.ndjson"
    lines = [json.dumps(item(n, *(["poison"] if n in {4, 11} else []))) for n in range(12)]
    file.write_text("\n".join(lines))
    with pytest.raises(CommandError, match="2 rows were refused"):
        call_command("import_violations", str(file), "--market", "US", "--batch-size", "8")
    assert Violation.objects.count() == 10
    rejects = Path(f"{file}.rejects.csv").read_text().splitlines()
    assert rejects[1:] == [f"5,V-04,,{REFUSED}", f"12,V-11,,{REFUSED}"]


@pytest.mark.usefixtures("policy")
def test_api_keeps_the_others_of_a_call_with_poison(seller: Seller) -> None:
    poison("23514")
    caller = Caller(seller.market)
    response = caller.send("POST", "violations", [item(0), item(1, "poison"), item(2)])
    assert [result for _, result, _ in results(response)] == ["created", "refused", "created"]
    assert json.loads(response.content)["items"][1]["problems"] == [{"field": "", "reason": REFUSED}]
    assert Violation.objects.count() == 2


def test_halves_keep_who_issued_them_and_whose_hands_they_were(seller: Seller, policy: Policy) -> None:
    """The rule of separate involved holds for a batch that the database breaks up, too."""
    poison("23514")
    own, staff = MemberFactory(seller__market=seller.market, seller__external_id="shop-own"), UserFactory()
    drafts = [
        draft(seller, policy, external_id="bad", facts="poison"),
        draft(seller, policy, external_id="good"),
        draft(own.seller, policy, external_id="own"),
    ]
    outcomes = issue_isolating_failures(
        market=seller.market, drafts=drafts, source="test", now=NOW, issued_by=staff, involved=[own.user]
    )
    assert [(one.result, one.field) for one in outcomes] == [
        (Result.REFUSED, ""), (Result.CREATED, ""), (Result.REFUSED, "seller"),
    ]  # fmt: skip
    assert Violation.objects.get().issued_by == staff
