import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.scenes import Moment, moments


@pytest.mark.parametrize(
    ("scene", "found"),
    [
        ("", []),
        ("A LIVE without marks.\nOn two lines.", [Moment("", "A LIVE without marks.\nOn two lines.")]),
        ("00:42 The host waves.", [Moment("00:42", "The host waves.")]),
        ("A LIVE.\n\n0:42 So.\nAnd so.\n1:10:03", [
            Moment("", "A LIVE.\n"), Moment("0:42", "So.\nAnd so."), Moment("1:10:03", ""),
        ]),
        ("00:42–00:50 She pours.\n00:51 - 01:00 He drinks.", [
            Moment("00:42–00:50", "She pours."), Moment("00:51 - 01:00", "He drinks."),
        ]),
        ("00:42 - She pours.\n00:51: He drinks.", [Moment("00:42", "She pours."), Moment("00:51", "He drinks.")]),
        ("It begins at 00:42 and\n10:30pm is no mark.", [Moment("", "It begins at 00:42 and\n10:30pm is no mark.")]),
    ],
)  # fmt: skip
def test_scene_is_cut_at_its_time_marks(scene, found):
    assert moments(scene) == found


@given(st.text("0123456789: -–\n\x0b\u2028ab", max_size=60))
def test_no_word_of_a_scene_is_lost(scene):
    said = " ".join(f"{one.mark} {one.text}" for one in moments(scene))
    assert re.findall(r"\w+", said) == re.findall(r"\w+", scene)
