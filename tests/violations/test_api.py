import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.models import Message
from kit.api.items import BadRow
from policies.models import Policy
from sellers.models import Market, Seller
from sellers.services import record_token_use
from tests.api import NDJSON, Caller, in_two_orders, results
from tests.credits import credit_points
from tests.factories import NOW, MarketFactory, PolicyFactory, SellerFactory, issue
from violations.imports.columns import draft_of
from violations.models import EnforcementAction, PointsEntry, Violation
from violations.services import issue_violations, lift_action, void_violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return MarketFactory(code="US")


@pytest.fixture
def seller(market: Market) -> Seller:
    return SellerFactory(market=market, external_id="glow-1")


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory(code="misleading-claims", points=2)


@pytest.fixture
def caller(seller: Seller, policy: Policy) -> Caller:
    """Somebody with a token of a market that has a seller and a policy."""
    return Caller(seller.market)


def item(external_id: str, **changes: object) -> dict[str, object]:
    return {
        "external_id": external_id,
        "seller": "glow-1",
        "policy": "misleading-claims",
        "issued_at": "2026-11-18T07:00:00-05:00",
        "facts": "The host said the cream heals eczema.",
        "detection": "staff",
        "automated": False,
        "content_kind": "live",
        "content_id": "L-1",
        "content_title": "Sunday LIVE",
        "position": 860,
    } | changes


def test_violations_are_issued(caller: Caller, seller: Seller, policy: Policy) -> None:
    response = caller.send("POST", "violations", [item("V-1"), item("V-2")])
    assert results(response) == [("V-1", "created", []), ("V-2", "created", [])]
    violation = Violation.objects.get(external_id="V-1")
    assert (violation.seller, violation.policy, violation.position_seconds) == (seller, policy, 860)
    assert violation.source == "API token feed"
    assert PointsEntry.objects.total() == 4
    assert Message.objects.filter(kind="violation").count() == 2


def test_ndjson_is_the_same(caller: Caller) -> None:
    lines = "\n".join(json.dumps(item(f"V-{n}")) for n in range(2)) + "\n\n"
    assert [r[:2] for r in results(caller.send("POST", "violations", lines, NDJSON))] == [
        ("V-0", "created"),
        ("V-1", "created"),
    ]
    assert [r[1] for r in results(caller.send("POST", "violations", [item("V-0")]))] == ["already_there"]


def test_violation_sent_again_is_already_there(caller: Caller) -> None:
    sent = [item("V-1"), item("V-1"), item("V-1", facts="Another.")]
    assert results(caller.send("POST", "violations", sent)) == [
        ("V-1", "created", []),
        ("V-1", "already_there", []),
        ("V-1", "refused", ["external_id"]),
    ]
    assert [r[1] for r in results(caller.send("POST", "violations", sent))] == [
        "already_there",
        "already_there",
        "refused",
    ]
    assert Violation.objects.count() == PointsEntry.objects.count() == 1


BAD: list[tuple[Any, list[str]]] = [
    (3, [""]),
    (None, [""]),
    ([], [""]),
    ({}, ["external_id", "seller", "policy", "issued_at", "facts", "detection", "automated"]),
    (item("a\x00b"), ["external_id"]),
    (item("x" * 65), ["external_id"]),
    (item("b1", seller="nobody"), ["seller"]),
    (item("b2", seller={"id": 1}), ["seller"]),
    (item("b3", policy="nothing"), ["policy"]),
    (item("b4", issued_at="2126-01-01T00:00:00Z"), ["issued_at"]),
    (item("b5", issued_at="9999-12-31T23:59:59Z"), ["issued_at"]),
    (item("b6", issued_at="0001-01-01T00:00:00+14:00"), ["issued_at"]),
    (item("b7", content_published_at="0001-01-01T00:00:00Z"), ["content_published_at"]),
    (item("b8", facts="Half \ud800 of it"), ["facts"]),
    (item("b9", facts=" \u2003\n"), ["facts"]),
    (item("b10", facts="x" * 140_000), ["facts", ""]),
    (item("b11", position=10**40), ["position"]),
    (item("b12", position=float("nan")), ["position"]),
    (item("b13", automated="perhaps", detection="guess"), ["detection", "automated"]),
    (item("b14", factz="Typo"), ["factz"]),
]


@pytest.mark.parametrize(("bad", "fields"), BAD)
def test_bad_item_is_refused_by_key_and_the_good_ones_are_kept(caller: Caller, bad: Any, fields: list[str]) -> None:
    response = caller.send("POST", "violations", [item("good-1"), bad, item("good-2")])
    assert [(result, told) for _, result, told in results(response)] == [
        ("created", []),
        ("refused", fields),
        ("created", []),
    ]
    assert Violation.objects.count() == 2


@pytest.mark.parametrize("bad", [bad for bad, _ in BAD if isinstance(bad, dict) and "position" in bad])
def test_api_refuses_in_the_words_of_the_import(caller: Caller, bad: dict[str, object]) -> None:
    """What can be told from the item alone; the rest is told by the service that both call."""
    problems = json.loads(caller.send("POST", "violations", [bad]).content)["items"][0]["problems"]
    try:
        (outcome,) = issue_violations(
            market=caller.token.market, drafts=[draft_of(bad)], source="test", now=timezone.now()
        )
        expected = [(outcome.field, outcome.reason)]
    except BadRow as error:
        expected = [(problem.field, problem.reason) for problem in error.problems]
    if bad["position"] != 10**40:  # shown whole by one and shortened by the other
        assert [(problem["field"], problem["reason"]) for problem in problems] == expected


def test_bytes_that_are_not_utf_8_are_refused_by_key(caller: Caller) -> None:
    body = json.dumps([item("V-1", facts="FACTS"), item("V-2")]).encode().replace(b"FACTS", b"caf\xe9")
    assert results(caller.send("POST", "violations", body)) == [("V-1", "refused", ["facts"]), ("V-2", "created", [])]


def test_key_sent_twice_is_refused(caller: Caller) -> None:
    body = json.dumps([item("V-1"), item("V-2")]).replace('"seller"', '"seller": "glow-2", "seller"', 1)
    assert results(caller.send("POST", "violations", body)) == [("", "refused", ["seller"]), ("V-2", "created", [])]


def test_line_that_is_no_json_is_refused_in_its_place(caller: Caller) -> None:
    lines = f"{{nonsense\n{json.dumps(item('V-1'))}\n{'[' * 100_000}\n{json.dumps(item('V-2'))}"
    assert results(caller.send("POST", "violations", lines, NDJSON)) == [
        ("", "refused", [""]),
        ("V-1", "created", []),
        ("", "refused", [""]),
        ("V-2", "created", []),
    ]


def test_seller_of_another_market_is_unknown(caller: Caller) -> None:
    stranger = Caller(MarketFactory())
    assert results(stranger.send("POST", "violations", [item("V-1")])) == [("V-1", "refused", ["seller"])]
    assert not Violation.objects.exists()


def test_external_id_of_another_market_is_free(caller: Caller) -> None:
    other = SellerFactory(external_id="glow-1")
    for somebody in (caller, Caller(other.market)):
        assert results(somebody.send("POST", "violations", [item("V-1")])) == [("V-1", "created", [])]


def test_call_takes_the_same_statements_however_many_items(caller: Caller, market: Market) -> None:
    SellerFactory.create_batch(8, market=market, name="Another")
    PolicyFactory(code="one-point", points=1)  # so that no milestone is reached
    record_token_use(token=caller.token, now=timezone.now())
    ids = list(market.sellers.values_list("external_id", flat=True))
    counts = []
    for number in (1, 40):
        sent = [
            item(f"{number}-{n}", seller=ids[n % len(ids)], policy="one-point", content_id=f"{number}-{n}")
            for n in range(number)
        ]
        with CaptureQueriesContext(connection) as queries:
            assert {r[1] for r in results(caller.send("POST", "violations", [*sent, 3]))} == {"created", "refused"}
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_same_violations_in_two_calls_at_once_are_created_once() -> None:
    seller = SellerFactory(external_id="glow-1")
    PolicyFactory(code="misleading-claims", points=1)
    caller = Caller(seller.market)
    sent = [item(f"V-{n}") for n in range(20)]
    answers = in_two_orders(lambda items: results(caller.send("POST", "violations", items)), sent)
    assert sorted(result for _, result, _ in answers) == ["already_there"] * 20 + ["created"] * 20
    assert Violation.objects.count() == PointsEntry.objects.count() == 20


# --- What a seller may do


def capabilities(caller: Caller, external_id: str = "glow-1") -> dict[str, Any]:
    response = caller.get(f"sellers/{external_id}/capabilities")
    assert response.status_code == 200
    answer = json.loads(response.content)
    assert answer["seller"] == external_id
    return {state.pop("capability"): state for state in answer["capabilities"]}


FREE = {"allowed": True, "until": None, "actions": []}


def reach(seller: Seller, points: int) -> EnforcementAction:
    """The newest action after a violation of this many points, issued now."""
    issue(seller, PolicyFactory(points=points), now=timezone.now() - timedelta(seconds=1))
    return EnforcementAction.objects.latest("pk")


def test_seller_without_actions_may_do_everything(caller: Caller) -> None:
    assert capabilities(caller) == dict.fromkeys(["listings", "campaigns", "live", "videos", "orders"], FREE)


def test_action_in_force_takes_its_capabilities_away_until_it_ends(caller: Caller, seller: Seller) -> None:
    action = reach(seller, 12)
    found = capabilities(caller)
    assert action.ends_at is not None
    ends_at = action.ends_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert found["listings"]["allowed"] is False
    assert found["listings"]["until"] == ends_at
    (told,) = found["listings"]["actions"]
    assert (told["id"], told["kind"], told["milestone"]) == (action.pk, "restriction", 12)
    assert told["violation"] == action.violation.external_id
    assert found["live"] == found["orders"] == FREE


def test_action_names_the_milestone_that_was_reached(caller: Caller, seller: Seller) -> None:
    reach(seller, 12)
    seller.market.milestones.filter(points=12).update(points=11)
    (told,) = capabilities(caller)["listings"]["actions"]
    assert told["milestone"] == 12


def test_longest_action_decides_until_when(caller: Caller, seller: Seller) -> None:
    reach(seller, 12)
    action = reach(seller, 12)
    found = capabilities(caller)["campaigns"]
    assert action.ends_at is not None
    assert found["until"] == action.ends_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert [told["milestone"] for told in found["actions"]] == [12, 24]


def test_action_that_stays_until_it_is_lifted_has_no_end(caller: Caller, seller: Seller) -> None:
    action = reach(seller, 48)
    assert capabilities(caller)["orders"]["allowed"] is False
    assert capabilities(caller)["listings"]["until"] is None
    for each in EnforcementAction.objects.all():
        lift_action(action=each, reason="A mistake.", lifted_by=None, now=timezone.now())
    assert capabilities(caller)["orders"] == FREE
    assert action.ends_at is None


def test_announced_action_takes_nothing_away_yet(caller: Caller, seller: Seller, market: Market) -> None:
    market.milestones.update(notice_days=30)
    reach(seller, 12)
    assert capabilities(caller)["listings"] == FREE


@pytest.mark.parametrize("external_id", ["glow-1", "nobody", "a%00b", "%ff", "x" * 300])
def test_seller_that_is_not_in_the_market_is_not_found(caller: Caller, external_id: str) -> None:
    stranger = Caller(MarketFactory())
    assert stranger.get(f"sellers/{external_id}/capabilities").status_code == 404


def test_external_id_may_hold_a_slash(caller: Caller, market: Market) -> None:
    SellerFactory(market=market, external_id="eu/glow 1")
    assert caller.get("sellers/eu%2Fglow%201/capabilities").status_code == 200


@pytest.mark.parametrize("actions", [0, 1, 2])
def test_capabilities_take_one_query_besides_authentication(
    caller: Caller, seller: Seller, actions: int, django_assert_num_queries: Any
) -> None:
    for _ in range(actions):
        reach(seller, 12)
    record_token_use(token=caller.token, now=timezone.now())
    with django_assert_num_queries(2):
        capabilities(caller)


# --- Where a seller stands, and why


def standing(caller: Caller, as_of: str = "", external_id: str = "glow-1") -> dict[str, Any]:
    query = f"?{urlencode({'as_of': as_of})}" if as_of else ""
    response = caller.get(f"sellers/{external_id}/standing{query}")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = json.loads(response.content)
    for part in (answer["entries"], answer["recorded_since"]["late"]):
        assert all(entry["counts_from"] < entry["counts_until"] for entry in part)
    assert answer["total"] == sum(entry["points"] for entry in answer["entries"])
    return answer


def test_standing_names_the_entries_that_make_the_total(caller: Caller, seller: Seller, policy: Policy) -> None:
    kept = issue(seller, policy, now=NOW, external_id="V-1")
    credit_points(violation=kept, points=1, reason="Quiz passed: Claims", now=NOW + timedelta(hours=1))
    told = standing(caller, "2026-11-19T00:00:00Z")
    assert (told["seller"], told["total"], told["band"]) == ("glow-1", 1, "good")
    assert [(e["points"], e["kind"], e["source"], e["reason"], e["violation"]) for e in told["entries"]] == [
        (-1, "credit", "credit", "Quiz passed: Claims", "V-1"),
        (2, "assessment", "violation", policy.name, "V-1"),
    ]
    assert told["milestone"] == {"reached": None, "next": 12, "distance": 11, "approaching": False}
    assert told["next_change"] == "2027-05-17T12:00:00Z"


def test_standing_tells_the_past_as_it_was_known_and_what_came_since(caller: Caller, seller: Seller) -> None:
    issue(seller, PolicyFactory(points=8), now=NOW)
    late = PolicyFactory(points=6)
    voided = issue(seller, late, now=NOW + timedelta(days=1), issued_at=NOW, external_id="late")
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=NOW + timedelta(days=2))
    then = standing(caller, "2026-11-18T13:00:00Z")
    assert (then["total"], then["band"], then["recorded_since"]["total"]) == (8, "at_risk", 14)
    assert [entry["violation"] for entry in then["recorded_since"]["late"]] == ["late"]
    later = standing(caller, "2026-11-19T13:00:00Z")
    assert (later["total"], later["band"], later["milestone"]["reached"]) == (14, "restricted", 12)
    assert [entry["points"] for entry in later["recorded_since"]["corrections"]] == [-6]
    (action,) = later["in_force"]
    assert (action["milestone"], action["violation"], action["lifted_at"]) == (12, "late", "2026-11-20T12:00:00Z")
    assert standing(caller, "2199-12-31T23:59:59Z")["total"] == 0


def test_changes_can_be_followed_to_the_instant(caller: Caller, seller: Seller, policy: Policy) -> None:
    odd = NOW + timedelta(microseconds=123_456)
    issue(seller, policy, now=odd)
    first = standing(caller, "2026-11-01T00:00:00Z")["next_change"]
    assert first == "2026-11-18T12:00:00.123456Z"
    assert standing(caller, first)["total"] == 2
    last = standing(caller, first)["next_change"]
    assert (standing(caller, last)["total"], standing(caller, last)["previous_change"]) == (0, first)


def test_standing_without_a_moment_is_of_now(caller: Caller, seller: Seller) -> None:
    action = reach(seller, 12)
    told = standing(caller)
    assert told["as_of"] == told["at"]
    assert [one["id"] for one in told["in_force"]] == [action.pk]
    assert told["recorded_since"] == {"total": 12, "late": [], "corrections": []}


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        ("", "It is empty"),
        ("yesterday", "is no moment"),
        ("2026-11-18", "no offset"),
        ("2026-11-18T09:30", "no offset"),
        ("2026-11-18T09:30:00 05:00", "%2B"),
        ("2026-11-18T25:00:00Z", "is no moment"),
        ("0001-01-01T00:00:00+14:00", "is no moment"),
        ("9999-12-31T23:59:59Z", "not in the years 1970 to 2199"),
        ("1969-12-31T23:59:59Z", "not in the years"),
        ("2026-11-18T09:30:00Z\x00", "NUL"),
    ],
)
def test_bad_moment_is_refused_by_name(caller: Caller, as_of: str, words: str) -> None:
    response = caller.get(f"sellers/glow-1/standing?{urlencode({'as_of': as_of})}")
    assert response.status_code == 422
    detail = json.loads(response.content)["detail"]
    assert detail.startswith("as_of: ")
    assert words in detail


@pytest.mark.parametrize("external_id", ["glow-1", "nobody", "a%00b", "x" * 300])
def test_standing_of_another_markets_seller_is_not_found(caller: Caller, external_id: str) -> None:
    assert Caller(MarketFactory()).get(f"sellers/{external_id}/standing").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_standing_takes_the_same_queries_for_any_number(
    caller: Caller, seller: Seller, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        reach(seller, 12)
    record_token_use(token=caller.token, now=timezone.now())
    with django_assert_num_queries(5):
        standing(caller)
