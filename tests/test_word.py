"""Word documents as text: the numbers that Word counts, tracked changes, and all that a paragraph can hold."""

from __future__ import annotations

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

import draft
from draft import paragraph
from atkg.documents.kinds import read_any
from atkg.documents.word_numbers import write_number


def lines(document: docx.document.Document) -> list[str]:
    return read_any(draft.saved(document)).text.splitlines()


NUMBERS = [
    (1, "chineseCounting", "一"),
    (10, "chineseCounting", "十"),
    (21, "chineseCountingThousand", "二十一"),
    (105, "chineseCountingThousand", "一百零五"),
    (20, "ideographDigital", "二〇"),
    (3, "chineseLegalSimplified", "叁"),
    (2, "ideographTraditional", "乙"),
    (5, "decimalEnclosedCircle", "⑤"),
    (21, "decimalEnclosedCircleChinese", "21"),
    (3, "decimalFullWidth", "３"),
    (7, "decimalZero", "07"),
    (28, "lowerLetter", "bb"),
    (14, "upperRoman", "XIV"),
    (4, "hindiVowels", "4"),  # a form that no plan uses
    (0, "chineseCounting", "0"),
]


@pytest.mark.parametrize(("count", "form", "written"), NUMBERS)
def test_a_number_is_written_as_word_writes_it(count, form, written):
    assert write_number(count, form) == written


LEVELS = (
    ("chineseCountingThousand", "第%1章", "space"),
    ("chineseCounting", "（%2）", "nothing"),
    ("decimal", "%3.", "tab"),
    ("decimalEnclosedCircle", "%4", "nothing"),
)

COUNTED = [
    # deeper levels begin anew below each higher one
    (
        [(0, "甲"), (1, "乙"), (1, "丙"), (0, "丁"), (1, "戊")],
        ["第一章 甲", "（一）乙", "（二）丙", "第二章 丁", "（一）戊"],
    ),
    # a level that is left out in between does not count
    ([(0, "甲"), (2, "乙"), (2, "丙"), (1, "丁"), (2, "戊")], ["第一章 甲", "1. 乙", "2. 丙", "（一）丁", "1. 戊"]),
    # a paragraph without a number stands between two with one
    ([(1, "甲"), (None, "文字"), (1, "乙")], ["（一）甲", "文字", "（二）乙"]),
    # a number before a digit is no decimal
    ([(2, "6月26日宣传")], ["1. 6月26日宣传"]),
    ([(3, "甲"), (3, "乙")], ["①甲", "②乙"]),
    # an empty numbered paragraph counts, as Word shows it
    ([(1, "甲"), (1, ""), (1, "乙")], ["（一）甲", "（三）乙"]),
]


@pytest.mark.parametrize(("given", "shown"), COUNTED)
def test_the_numbers_that_word_counts_stand_in_the_text(given, shown):
    document = docx.Document()
    draft.number_levels(document, LEVELS)
    for level, text in given:
        made = document.add_paragraph(text)
        if level is not None:
            draft.numbered(made, level)
    assert lines(document) == shown


def test_numbers_of_a_style_of_an_override_and_of_another_level():
    document = docx.Document()
    draft.number_levels(document, (("decimal", "%1", "space"), ("chineseCounting", "%1.%2", "space")))
    root = document.part.numbering_part.element
    abstract = root.find(qn("w:abstractNum"))
    level = abstract.findall(qn("w:lvl"))[1]
    level.append(parse_xml(f"<w:isLgl {nsdecls('w')}/>"))
    root.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="78"><w:abstractNumId w:val="77"/>'
            '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
        )
    )
    style = document.styles["Heading 1"].element.get_or_add_pPr()
    style.append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="77"/></w:numPr>'))
    document.add_paragraph("由样式编号", style="Heading 1")
    off = document.add_paragraph("样式的编号被取消", style="Heading 1")
    off._p.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="0"/></w:numPr>'))
    draft.numbered(document.add_paragraph("下一级"), 1)
    draft.numbered(document.add_paragraph("从七起"), 0, 78)
    draft.numbered(document.add_paragraph("接着"), 0, 78)
    draft.numbered(document.add_paragraph("没有这个列表"), 0, 99)
    assert lines(document) == ["1 由样式编号", "样式的编号被取消", "1.一 下一级", "7 从七起", "8 接着", "没有这个列表"]


def test_bullets_are_dashes_or_dots():
    document = docx.Document()
    draft.number_levels(document, (("bullet", "—", "tab"), ("bullet", "\uf0d8", "tab")))
    draft.numbered(document.add_paragraph("甲"), 0)
    draft.numbered(document.add_paragraph("乙"), 1)
    assert lines(document) == ["——甲", "● 乙"]


CONTENT = [
    # tracked changes: insertions stand, deletions don't
    (
        "<w:p><w:r><w:t>市</w:t></w:r><w:ins w:id='1'><w:r><w:t>公安局</w:t></w:r></w:ins>"
        "<w:del w:id='2'><w:r><w:delText>民政局</w:delText></w:r></w:del><w:moveFrom w:id='3'><w:r><w:t>旧</w:t></w:r>"
        "</w:moveFrom><w:moveTo w:id='4'><w:r><w:t>新</w:t></w:r></w:moveTo></w:p>",
        ["市公安局新"],
    ),
    # a paragraph mark that was deleted: the words run on into the next paragraph
    (paragraph("上半", "<w:rPr><w:del w:id='1'/></w:rPr>") + paragraph("下半"), ["上半下半"]),
    (paragraph("末段", "<w:rPr><w:del w:id='1'/></w:rPr>"), ["末段"]),
    # a line break is a line end, a tab is a space: a tab would make a table of it
    ("<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t></w:r></w:p>", ["甲", "乙 丙"]),
    # hidden words are not seen
    ("<w:p><w:r><w:t>甲</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>乙</w:t></w:r></w:p>", ["甲"]),
    # of a field the result stands, not the instruction
    (
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> REF x </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>第一章</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:t>规定</w:t></w:r></w:p>",
        ["第一章规定"],
    ),
    # a table of contents would give every heading twice
    (
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> TOC \\o </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>一、总则 1</w:t></w:r></w:p>"
        + "<w:p><w:r><w:t>二、附则 2</w:t></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
        + paragraph("一、总则"),
        ["一、总则"],
    ),
    (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
        f"<w:sdtContent>{paragraph('一、总则 1')}</w:sdtContent></w:sdt>" + paragraph("一、总则"),
        ["一、总则"],
    ),
    # content controls, links, smart tags and ruby hold words
    (
        "<w:sdt><w:sdtContent><w:p><w:hyperlink><w:r><w:t>甲</w:t></w:r></w:hyperlink><w:smartTag><w:r><w:t>乙</w:t></w:r>"
        "</w:smartTag><w:r><w:ruby><w:rt><w:r><w:t>bing</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>丙</w:t></w:r></w:rubyBase>"
        "</w:ruby></w:r></w:p></w:sdtContent></w:sdt>",
        ["甲乙丙"],
    ),
    # a text box stands behind its paragraph, once, though Word writes it in two ways
    (
        "<w:p><w:r><w:t>正文</w:t></w:r><w:r><mc:AlternateContent "
        "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'><mc:Choice><w:drawing><w:txbxContent>"
        f"{paragraph('框中')}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        f"{paragraph('框中')}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>",
        ["正文", "框中"],
    ),
    # a frame of one column around running text is no table; a deleted row is none either
    (
        "<w:tbl><w:tr><w:tc>" + paragraph("一、甲") + paragraph("乙") + "</w:tc></w:tr></w:tbl>",
        ["一、甲", "乙"],
    ),
    (
        "<w:tbl><w:tr><w:tc>" + paragraph("工作任务") + "</w:tc><w:tc>" + paragraph("牵头单位") + "</w:tc></w:tr>"
        "<w:tr><w:trPr><w:del w:id='1'/></w:trPr><w:tc>" + paragraph("删") + "</w:tc><w:tc>" + paragraph("删") + "</w:tc></w:tr>"
        "<w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>" + paragraph("甲。") + "</w:tc><w:tc>" + paragraph("乙")
        + "</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc>" + paragraph("丙") + "</w:tc></w:tr>"
        "<w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>" + paragraph("二、丁") + "</w:tc></w:tr></w:tbl>",
        ["工作任务\t牵头单位", "甲。\t乙", "甲。\t丙", "二、丁\t"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "shown"), CONTENT)
def test_a_word_document_is_read_as_its_reader_sees_it(xml, shown):
    assert [line for line in lines(draft.runs(xml)) if line] == shown


TRACKED = [
    "<w:ins w:id='1'><w:r><w:t>乙</w:t></w:r></w:ins>",
    "<w:del w:id='1'><w:r><w:delText>乙</w:delText></w:r></w:del>",
    "<w:moveTo w:id='1'><w:r><w:t>乙</w:t></w:r></w:moveTo>",
    "<w:moveFrom w:id='1'><w:r><w:t>乙</w:t></w:r></w:moveFrom>",
]


@pytest.mark.parametrize("change", TRACKED)
def test_every_kind_of_tracked_change_is_told_of(change):
    document = draft.runs(f"<w:p><w:r><w:t>甲</w:t></w:r>{change}</w:p>")
    [note] = read_any(draft.saved(document)).notes
    assert "tracked changes" in note.en


def test_footnotes_stand_behind_their_paragraph_and_heads_and_feet_nowhere():
    document = draft.runs(
        "<w:p><w:r><w:t>正文</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>" + paragraph("下文")
    )
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.sections[0].footer.paragraphs[0].text = "页脚"
    part = docx.opc.part.Part(
        docx.opc.packuri.PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        f"<w:footnotes {nsdecls('w')}><w:footnote w:id='2'>{paragraph('脚注文字')}</w:footnote></w:footnotes>".encode(),
        document.part.package,
    )
    document.part.relate_to(part, docx.opc.constants.RELATIONSHIP_TYPE.FOOTNOTES)
    assert lines(document) == ["正文", "注1：脚注文字", "下文"]
