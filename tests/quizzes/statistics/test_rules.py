import pytest

from quizzes.statistics import rules
from quizzes.statistics.rules import ChoiceFigures, Flag, QuestionFigures, rise


def figures(**changes):
    made = {
        "pk": 1, "text": "Why?", "answers": 100, "right": 70, "recent_answers": 40, "recent_right": 28, "drawn_of": 200,
        "median_seconds": 20.0, "discrimination": 0.4,
        "choices": (ChoiceFigures("So", True, 70, 100), ChoiceFigures("No", False, 30, 100)),
    }  # fmt: skip
    return QuestionFigures(**made | changes)


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, []),
        ({"answers": rules.MIN_ANSWERS - 1, "right": 0}, []),
        ({"right": 20, "recent_right": 8}, [Flag.TOO_HARD]),
        ({"right": 97, "recent_right": 39}, [Flag.TOO_EASY]),
        ({"discrimination": 0.05}, [Flag.TELLS_LITTLE]),
        ({"discrimination": None}, []),
        ({"discrimination": -0.2}, [Flag.KEY_IN_DOUBT]),
        ({"choices": (ChoiceFigures("So", True, 30, 100), ChoiceFigures("No", False, 70, 100))}, [Flag.KEY_IN_DOUBT]),
        ({"choices": (ChoiceFigures("So", True, 99, 100), ChoiceFigures("No", False, 1, 100))}, [Flag.RARE_CHOICE]),
        ({"right": 70, "recent_right": 40}, [Flag.LEAK]),
        ({"recent_answers": 20, "recent_right": 20}, []),
    ],
)
def test_question_is_flagged(changes, flags):
    assert figures(**changes).flags == flags


def test_figures_of_nothing_are_nothing():
    none = figures(answers=0, right=0, drawn_of=0)
    assert (none.facility, none.exposure, none.facility_interval) == (0.0, 0.0, (0.0, 1.0))
    assert ChoiceFigures("So", True, 0, 0).rate == 0.0
    quiz = rules.QuizFigures(0, 0, 0, [])
    assert (quiz.pass_rate, quiz.pass_interval) == (0.0, (0.0, 1.0))
    after = rules.BreachedAgain(rules.QuizAfterBreach.PASS, 0, 0)
    assert (after.rate, after.interval) == (0.0, (0.0, 1.0))


def test_shares_of_something():
    assert (figures().facility, figures().exposure) == (0.7, 0.5)
    assert rules.QuizFigures(4, 1, 3, [(1, 1)]).pass_rate == 0.25
    assert rules.BreachedAgain(rules.QuizAfterBreach.FAIL, 4, 1).rate == 0.25


def test_rise_is_measured_in_standard_errors():
    assert rise(50, 100, 50, 100) == 0
    assert rise(30, 100, 60, 100) == pytest.approx(4.264, abs=0.001)
    assert rise(10, 10, 10, 10) == 0
