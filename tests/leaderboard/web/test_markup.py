"""Lessons and READMEs as blocks: no mark of their notation is left, and nothing in them becomes markup."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kit.cli import explain
from leaderboard.web.markup import Block, blocks, lesson, spans, without_title
from leaderboard.web.render import templates


def kinds(text: str) -> list[str]:
    return [block.kind for block in blocks(text)]


def test_each_piece_of_a_readme_is_known() -> None:
    text = (
        "# Title\n\nWords\nthat go on.\n\n- one\n- two\n  more\n\n1. first\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n\ny = 2\n```\n"
    )
    assert kinds(text) == ["heading", "paragraph", "list", "numbers", "table", "code"]
    heading, paragraph, items, _, table, code = blocks(text)
    assert (heading.level, heading.says, paragraph.says) == (1, "Title", "Words that go on.")
    assert ([line[0].text for line in items.lines], code.text) == (["one", "two more"], "x = 1\n\ny = 2")
    assert [[cell[0].text for cell in row] for row in table.rows] == [["a", "b"], ["1", "2"]]


def test_in_a_line_code_stress_and_links_are_told_apart() -> None:
    found = spans("a `b*c*` **d** *e* 2*3*4 [f](https://g.example) [h](javascript:i) [j](../k.md)")
    marked = [(span.kind, span.text) for span in found if span.kind != "text"]
    assert marked == [("code", "b*c*"), ("strong", "d"), ("em", "e"), ("link", "f")]
    assert [span.to for span in found if span.to] == ["https://g.example"]


def test_what_stands_alone_above_code_heads_it_in_a_lesson() -> None:
    text = "It is so.\n\nWrong: plugin.py\n    def fit():\n        pass\n\n    more\n\nSee this:\n    x"
    found = lesson(text)
    assert [block.kind for block in found] == ["paragraph", "heading", "code", "paragraph", "code"]
    assert found[2].text == "def fit():\n    pass\n\nmore"


def test_a_comment_and_a_title_that_the_page_has_already_are_left_out() -> None:
    assert without_title(blocks("# Title\n<!-- a\n\ncomment -->\n")) == ()


def test_no_lesson_shows_marks_of_its_notation() -> None:
    for code in explain.titles():
        found = lesson(explain.lesson(code).partition("\n")[2])
        said = [span.text for block in found for line in block.lines for span in line if span.kind == "text"]
        assert said
        assert not [text for text in said if "`" in text or "**" in text]


@given(st.text(alphabet=st.sampled_from("ab `*_[]()|#-1.>\n~<&"), max_size=80))
def test_any_text_is_shown_without_an_error_and_without_markup_of_its_own(text: str) -> None:
    page = templates().get_template("blocks.html").module.shown(blocks(text))  # type: ignore[attr-defined]
    assert "<a>" not in page
    assert all(isinstance(block, Block) for block in blocks(text))
