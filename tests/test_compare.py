"""Texts beside each other: what is said by others too, what only here, what is left out here."""

from __future__ import annotations

from click.testing import CliRunner

from atkg.cli import main
from atkg.compare import compare
from conftest import DATA

TEXTS = {
    "甲": "加强娱乐场所管理，完善巡查制度。",
    "乙": "加强娱乐休闲场所管理，建立电子台账，完善巡查制度。",
    "丙": "加强娱乐场所经营管理。",
}


def rows(place: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(phrase.text, phrase.state.value, phrase.others) for phrase in compare(TEXTS)[place]]


def test_a_phrase_in_other_words_is_the_same_phrase():
    assert rows("甲") == [
        ("加强娱乐场所管理", "shared", ("乙", "丙")),
        ("完善巡查制度", "shared", ("乙",)),
    ]


def test_a_phrase_that_nobody_else_has_is_added_here():
    assert ("建立电子台账", "added", ()) in rows("乙")


def test_a_phrase_that_most_others_have_is_named_where_it_is_left_out():
    assert rows("丙")[-1] == ("完善巡查制度", "dropped", ("甲", "乙"))


def test_a_text_alone_has_added_everything():
    assert {phrase.state.value for phrase in compare({"甲": TEXTS["甲"]})["甲"]} == {"added"}


def run(*arguments: str):
    return CliRunner().invoke(main, ["--data", str(DATA), *arguments])


def test_the_command_shows_a_real_clause_in_all_its_plans():
    done = run("compare", "2.5.2.1.2")
    assert done.exit_code == 0
    for place in ("云南省", "玉溪市", "大足区", "静海区"):
        assert place in done.stdout
    assert "积极宣传《中华人民共和国未成年人保护法》" in done.stdout
    assert "相同" in done.stdout and "仅此处" in done.stdout


def test_a_clause_that_nobody_takes_up_is_wrong_usage():
    done = run("compare", "9.9")
    assert done.exit_code == 2
    assert "9.9" in done.stderr
