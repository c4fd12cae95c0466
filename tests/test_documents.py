"""Received files as text: what each format gives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

import draft
from atkg.documents import read_received
from atkg.documents.blocks import Cell, Paragraph, Table, to_text
from atkg.documents.kinds import read_any
from atkg.documents.received import Unusable

HERE = Path(__file__).parent / "documents"


def words(text: str) -> list[str]:
    """The lines that hold something, without spaces: a number that Word counts is parted from its text by one."""
    return [re.sub(r"[ \u3000]", "", line) for line in text.splitlines() if line.strip()]


# --- one plan in every format -------------------------------------------------------------------------------------------

FORMATS = {
    "docx": lambda: draft.saved(draft.word()),
    "html": lambda: draft.html().encode(),
    "xlsx": draft.xlsx,
    "pdf": draft.pdf,
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_plan_gives_the_same_lines_in_every_format(suffix, tmp_path):
    file = tmp_path / f"plan.{suffix}"
    file.write_bytes(FORMATS[suffix]())
    received = read_received(file)
    assert received.document.kind == suffix
    assert words(received.document.text) == words(draft.plain())
    assert received.data == file.read_bytes()


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_bytes_give_the_same_text_in_every_process(suffix, tmp_path):
    data = FORMATS[suffix]()
    made = [
        subprocess.run(
            [sys.executable, "-m", "atkg.documents"],
            input=data,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1] != b""


def test_a_text_file_is_its_own_text(tmp_path):
    file = tmp_path / "plan.txt"
    for encoding in ("utf-8", "gb18030", "utf-16"):
        file.write_bytes(draft.plain().encode(encoding))
        document = read_received(file).document
        assert (document.text, document.encoding) == (draft.plain(), encoding)


# --- tables -------------------------------------------------------------------------------------------------------------

HEADS = [Cell(0, 0, ("工作任务",)), Cell(0, 1, ("牵头单位",))]

FLATTENED = [
    # a row is a line with tabs
    ([*HEADS, Cell(1, 0, ("加强宣传。",)), Cell(1, 1, ("市公安局",))], "工作任务\t牵头单位\n加强宣传。\t市公安局\n"),
    # what spans several rows stands in each: one lead of two tasks
    (
        [*HEADS, Cell(1, 0, ("甲。",)), Cell(1, 1, ("市公安局",), height=2), Cell(2, 0, ("乙。",))],
        "工作任务\t牵头单位\n甲。\t市公安局\n乙。\t市公安局\n",
    ),
    # but a head that spans two rows stands there once: years stand below the one beside it
    (
        [
            *[Cell(0, 0, ("单位",), height=2), Cell(0, 1, ("年度举措",), width=2)],
            *[Cell(1, 1, ("2022",)), Cell(1, 2, ("2023",)), Cell(2, 0, ("市公安局",)), Cell(2, 1, ("甲",))],
        ],
        "单位\t年度举措\t\n\t2022\t2023\n市公安局\t甲\t\n",
    ),
    # a title over all columns is no row
    (
        [Cell(0, 0, ("任务分工表",), width=2), *[Cell(1, c.column, c.lines) for c in HEADS]],
        "任务分工表\n工作任务\t牵头单位\n",
    ),
    # several paragraphs in a cell: a line a cell, a blank line behind each row
    (
        [*HEADS, Cell(1, 0, ("1.甲。", "2.乙。")), Cell(1, 1, ("市公安局",))],
        "\t工作任务\n\t牵头单位\n\n\t1.甲。\n2.乙。\n\t市公安局\n",
    ),
    # unless one of them would end the table
    (
        [*HEADS, Cell(1, 0, ("一、甲。", "二、乙。")), Cell(1, 1, ("市公安局",))],
        "工作任务\t牵头单位\n一、甲。 二、乙。\t市公安局\n",
    ),
    # a tab or a line end within a cell is a space or a further paragraph
    ([*HEADS, Cell(1, 0, ("甲\t乙",)), Cell(1, 1, ("丙",))], "工作任务\t牵头单位\n甲 乙\t丙\n"),
]


@pytest.mark.parametrize(("cells", "text"), FLATTENED)
def test_a_table_is_flattened_as_the_extractor_reads_it(cells, text):
    assert to_text([Table(tuple(cells))]) == text


def test_what_nobody_sees_is_left_out():
    assert to_text([Paragraph("市公\u200b安\u00ad局\x00\ufeff")]) == "市公安局\n"


# --- web pages ----------------------------------------------------------------------------------------------------------

PAGES = [
    # a line break, and white space as a browser shows it; no space between Chinese characters at a line end
    ("<p>一、加强\n  宣传<br>第二行</p>", ["一、加强宣传", "第二行"]),
    ("<p>实施 human\ntrafficking</p>", ["实施 human trafficking"]),
    ("<p>甲&nbsp;&#19968;&amp;&lt;</p>", ["甲\u00a0一&<"]),
    # nothing that is not shown
    (
        "<p>甲</p><p style='display: none'>乙</p><div hidden>丙</div><script>丁</script><!-- 戊 --><template>己</template>",
        ["甲"],
    ),
    # the numbers of a list that the browser counts
    ("<ol start=3><li>甲</li><li>乙</li></ol>", ["3. 甲", "4. 乙"]),
    ("<ol style='list-style-type:cjk-ideographic'><li>甲</li></ol><ul><li>乙</li></ul>", ["一、甲", "乙"]),
    # a table with spans; a table that only places things
    (
        "<table><tr><th>工作任务<th>牵头单位</tr><tr><td>甲。<td rowspan=2>市公安局</tr><tr><td>乙。</tr></table>",
        ["工作任务\t牵头单位", "甲。\t市公安局", "乙。\t市公安局"],
    ),
    ("<table><tr><td><table><tr><td>一、甲。</td></tr></table></td><td>乙</td></tr></table>", ["一、甲。", "乙"]),
]


@pytest.mark.parametrize(("body", "shown"), PAGES)
def test_a_page_is_read_as_a_browser_shows_it(body, shown):
    text = read_any(f"<!DOCTYPE html><html><head><meta charset=utf-8></head><body>{body}</body></html>".encode()).text
    assert [line for line in text.splitlines() if line] == shown


def test_the_main_text_is_read_without_what_stands_around_it():
    page = (
        "<html><head><meta charset='utf-8'><title>某市方案_某市人民政府</title>"
        "<meta name='Url' content='https://www.example.cn/a.html'></head><body>"
        "<div><ul><li><a href='/'>首页</a></li></ul><div>当前位置：首页</div></div><div><h1>某市方案</h1>"
        "<div class='x'><p>一、加强宣传。（市公安局牵头）</p><p>二、加强打击。（市公安局牵头）</p></div>"
        "<div>打印 关闭</div></div><div>主办单位：某市</div></body></html>"
    )
    document = read_any(page.encode())
    assert document.text.splitlines() == [
        "某市方案",
        "一、加强宣传。（市公安局牵头）",
        "二、加强打击。（市公安局牵头）",
    ]
    assert document.hints == {"title": "某市方案", "page": "https://www.example.cn/a.html"}


CHARSETS = [
    ("utf-8", "utf-8"),
    ("gb2312", "gb18030"),  # declared as the smaller set, as most pages are
    ("GBK", "gb18030"),
    ("big5", "big5"),
    ("gb2312", "utf-8"),  # declared wrongly
    ("utf-8", "gb18030"),
    ("x-unknown", "gb18030"),
]


@pytest.mark.parametrize(("declared", "encoding"), CHARSETS)
def test_a_page_is_read_in_its_encoding_whatever_it_declares(declared, encoding):
    page = f"<html><head><meta http-equiv=Content-Type content='text/html; charset={declared}'></head><body><p>一、加強宣傳。</p></body></html>"
    assert read_any(page.encode(encoding)).text == "一、加強宣傳。\n"


# --- Excel --------------------------------------------------------------------------------------------------------------

VALUES = [
    # value, number format, what the cell shows
    ("文字", "General", "文字"),
    (2022, "General", "2022"),
    (2022.0, "General", "2022"),
    (2.5, "General", "2.5"),
    (0.85, "0%", "85%"),
    (3, '"第"0"条"', "第3条"),
    (12, "[DBNum1][$-804]General", "十二"),
    (date(2025, 6, 30), "yyyy-mm-dd", "2025年6月30日"),
    (date(2025, 6, 1), 'yyyy"年"m"月"', "2025年6月"),
    (date(2025, 1, 1), "yyyy", "2025年"),
    (True, "General", "TRUE"),
]


@pytest.mark.parametrize(("value", "form", "shown"), VALUES)
def test_a_cell_is_read_as_it_shows(value, form, shown):
    book = openpyxl.Workbook()
    book.active["A1"] = value
    book.active["A1"].number_format = form
    assert read_any(draft.saved(book)).text == f"{shown}\n"


def test_merged_cells_several_sheets_and_hidden_ones():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "任务分工"
    for row in (["重点任务表", None], ["工作任务", "牵头单位"], ["甲。", "市公安局"], ["乙。", None]):
        sheet.append(row)
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("B3:B4")
    book.create_sheet("Sheet2").append(["二、说明"])
    hidden = book.create_sheet("下拉")
    hidden.append(["选项"])
    hidden.sheet_state = "hidden"
    document = read_any(draft.saved(book))
    assert [line for line in document.text.splitlines() if line] == [
        *["任务分工", "重点任务表", "工作任务\t牵头单位", "甲。\t市公安局", "乙。\t市公安局", "二、说明"],
    ]
    assert [note.en for note in document.notes] == ["The hidden sheet “下拉” was not read."]


def formula(stored: str | None) -> bytes:
    """A workbook with a formula and the value that was stored with it."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = "一、加强宣传。", '=A1&"（市公安局牵头）"'
    kept = "" if stored is None else f"<v>{stored}</v>"

    def change(name: str, data: bytes) -> bytes:
        return re.sub(rb'<c r="A2">(<f>.*?</f>)<v></v>', rb'<c r="A2" t="str">\1' + kept.encode(), data)

    return draft.rezipped(draft.saved(book), change)


def test_a_formula_gives_the_value_that_was_stored_with_it():
    assert read_any(formula("一、（市公安局牵头）")).text == "一、加强宣传。\n一、（市公安局牵头）\n"
    with pytest.raises(Unusable, match="cell A2 of the sheet “Sheet” is a formula whose result isn't stored"):
        book = openpyxl.Workbook()
        book.active["A2"] = "=1+1"
        read_any(draft.saved(book))


# --- PDF ----------------------------------------------------------------------------------------------------------------


def test_a_printed_page_is_read_with_its_table_over_two_pages():
    # printed by a browser: its heads and feet, a row that the page cuts, a cell over three rows, radicals for characters
    assert read_any((HERE / "printed.pdf").read_bytes()).text.splitlines() == [
        "一、加强工作",
        "（一）加强人口工作，一是一，二是二，人口工作人人有责，加强加强再加强，人口工作一二一，工作人口一二三，加强人口工作。"
        "（市公安局牵头，市民政局配合）",
        "（二）一人一口，二人二口，加强再加强。（市民政局牵头，市公安局配合）",
        "",
        "工作类别\t工作任务\t牵头单位\t配合单位",
        "三、人口\t人口工作，加强人口工作，人口工作一二三，加强加强再加强人口工作。\t市公安局\t市民政局",
        "三、人口\t二是二，一是一，人口工作再加强，人人有责，一二三，三二一，工作工作再工作，人口人口再人口，加强加强再加强。"
        "\t市民政局\t市公安局",
        "三、人口\t三是三，加强人口工作。\t市民政局\t市公安局",
    ]


FEET = ["— {page} —", "-{page}-", "{page}", "第{page}页 共{pages}页", "{page}/{pages}"]


@pytest.mark.parametrize("foot", FEET)
def test_running_heads_and_numbers_of_pages_are_left_out(foot):
    text = read_any(draft.pdf(foot)).text
    assert words(text) == words(draft.plain())


def test_a_line_that_stops_short_ends_its_paragraph():
    full = "加" * 30
    page = draft.text_at(
        (96, 700, full), (72, 680, full + "强工"), (72, 660, "作。"), (72, 640, "一、标题"), (72, 620, "下一段。")
    )
    assert read_any(draft.pdf_file([page])).text.splitlines() == [full + full + "强工作。", "一、标题", "下一段。"]


def test_a_turned_watermark_is_left_out():
    mark = f"BT /F 40 Tf 0.7 0.7 -0.7 0.7 200 400 Tm <{'内部资料'.encode('utf-16-be').hex()}> Tj ET"
    assert (
        read_any(draft.pdf_file([draft.text_at((72, 600, "一、加强宣传。"), before=mark)])).text == "一、加强宣传。\n"
    )
