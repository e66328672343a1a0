"""The crawl of tests/crawl: what it finds in a page, and what it calls a difference."""

from __future__ import annotations

from pathlib import Path

from tests.crawl.compare import differences
from tests.crawl.folder import Folder
from tests.crawl.pages import Form, Page
from tests.crawl.schema import TABLE, sorted_columns

PAGE = """
<a href="../9/?page=2#top">Next</a> <a href="https://elsewhere.example/">Out</a> <img src="/static/logo.svg">
<form action="/search/"><input name="q"></form>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="x">
<input type="hidden" name="seen" value="3">
<textarea name="reason">
It was wrong.</textarea><input type="checkbox" name="sure">
<select name="to"><option value="a"><option value="b" selected>
</select><select name="none" multiple><option value="a"></select><button name="go" value="1">Go</button></form>
"""


def test_a_page_gives_its_links_and_forms() -> None:
    page = Page("/s/8/", PAGE)
    assert page.links == {"/s/9/?page=2", "/search/"}
    shown = {"seen": ["3"], "reason": ["It was wrong."], "to": ["b"], "go": ["1"]}
    assert page.forms == [Form(action="/s/8/", hidden={"seen": ["3"]}, shown=shown)]


def test_differences_of_two_folders(tmp_path: Path) -> None:
    before, after = Folder(tmp_path / "before"), Folder(tmp_path / "after")
    before.write("nobody", "GET /", "200\n\nHello of a_table")
    before.write("nobody", "GET /old/", "200\n\nOld")
    after.write("nobody", "GET /", "200\n\nHello of b_table")
    assert list(differences(before.path, after.path, [("a_table", "b_table")])) == ["removed: nobody/GET ~old~.txt"]
    found = list(differences(before.path, after.path))
    assert found[0] == "removed: nobody/GET ~old~.txt"
    assert found[1].splitlines()[0] == "changed: nobody/GET ~.txt"
    assert found[1].splitlines()[-2:] == ["-Hello of a_table", "+Hello of b_table"]


def test_the_columns_of_a_table_come_in_one_order() -> None:
    one = "CREATE TABLE public.t (\n    b integer,\n    a text NOT NULL\n);"
    other = "CREATE TABLE public.t (\n    a text NOT NULL,\n    b integer\n);"
    assert TABLE.sub(sorted_columns, one) == TABLE.sub(sorted_columns, other)
    assert "a text NOT NULL\n    b integer\n" in TABLE.sub(sorted_columns, one)
