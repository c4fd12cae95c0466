"""A made-up plan with planted faults, written in each format that is read. Test material: no document of any city.

The city and its code are real (芜湖市, GB/T 2260 340200), the plan, its number and its bodies' duties are not.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import docx
import openpyxl
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.table import Table
from docx.text.paragraph import Paragraph

KEY = "wuhu-2022-999"
JURISDICTION = "wuhu,芜湖市,芜湖,Wuhu,prefecture,anhui,GB/T 2260\n"
IDENTIFIER = "wuhu,gb-t-2260,340200,,,exact,GB/T 2260\n"


@dataclass(frozen=True)
class Part:
    """A paragraph; `kind` sec, sub or item where it is numbered, `number` as the reader sees it."""

    kind: str
    text: str
    number: str = ""
    fault: str = ""


HEAD = [
    "芜湖市人民政府办公室关于印发芜湖市反对拐卖人口行动实施方案（示例）的通知",
    "芜政办〔2022〕999号",
    "各县（市、区）人民政府，市政府各部门：",
    "《芜湖市反对拐卖人口行动实施方案（示例）》已经市政府同意，现印发给你们。本文是测试材料，不是芜湖市的文件。",
    "芜湖市人民政府办公室",
    "2022年5月20日",
    "芜湖市反对拐卖人口行动实施方案（示例）",
    "为贯彻落实《国务院办公厅关于印发中国反对拐卖人口行动计划（2021—2030年）的通知》（国办发〔2021〕13号）和"
    "《安徽省人民政府办公厅关于加强反对拐卖人口工作的实施意见》（皖政办秘〔2021〕108号），制定本方案。",
]

PARTS = [
    Part("sec", "预防犯罪", "一、"),
    Part("sub", "规范人力资源市场，加强职业介绍机构和劳务派遣单位的反拐培训，依法查处非法中介。（市人力资源社会保障局牵头，市公安局、市妇联配合）", "（一）"),
    Part("sub", "把反拐知识纳入学校安全教育，防止学生失学辍学，落实强制报告制度。（市教育局、市妇联配合）", "（二）", "lead-missing"),
    Part("sub", "排查流浪乞讨人员和滞留人员，开展身份查询和血样比对，2023年13月底前完成第一轮排查。（市民政局牵头，市公按局配合）", "（三）", "agency-unknown:市公按局 date-unplaced:2023年13月"),
    Part("typed", "（五）加强村（社区）宣传，提高群众识骗防骗能力。（市委宣传部牵头，市司法局配合）", "", "number-order"),
    Part("sec", "打击犯罪", "二、"),
    Part("sub", "严厉打击拐卖妇女儿童犯罪，落实侦办责任制和儿童失踪快速查找机制。", "（一）"),
    Part("item", "各级公安机关完善打击拐卖犯罪的部门联动协作机制，落实线索核查和侦办责任。（市公安局牵头，市检察院、市法院配合）", "1."),
    Part("item", "依法惩处收买被拐卖妇女儿童的行为和网络拐卖犯罪。（市公安局、市法院）", "2.", "statement-unread"),
    Part("sub", "查找失踪被拐人员，开展寻亲认亲。（市反拐寻亲服务中心负责，市公安局配合）", "（二）", "agency-unknown:市反拐寻亲服务中心"),
    Part("sub", "运用儿童失踪信息紧急发布平台和打拐信息系统，加强网络拐卖犯罪线索的研判，2035年底前实现全覆盖。（市公安局负责）", "（三）", "date-outside"),
    Part("sec", "救助安置", "三、"),
    Part("para", "救助和安置工作的分工见下表。"),
]  # fmt: skip

TABLE = [
    ["序号", "工作任务", "牵头单位", "配合单位", "完成时限"],
    ["1", "及时救助被拐卖受害人，提供心理疏导和医疗服务。", "市民政局", "市卫生健康委、市妇联", "持续推进，长期坚持。"],
    ["2", "帮助被拐卖受害人就业、就学，回归家庭和社会。", "市人力资源社会保障局", "市教育局", "2025年底前"],
    ["3", "加强被拐卖儿童的安置和档案管理。", "", "市民政局", "2024年6月30日前"],
]
TABLE_FAULT = "lead-missing"

NUMBERING = (
    ("chineseCountingThousand", "%1、", "nothing"),
    ("chineseCountingThousand", "（%2）", "nothing"),
    ("decimal", "%3.", "tab"),
)
LEVEL = {"sec": 0, "sub": 1, "item": 2}


def plain() -> str:
    """The plan as a text file."""
    lines = [*HEAD, *(part.number + part.text for part in PARTS), ""]
    return "\n".join([*lines, *("\t".join(row) for row in TABLE)]) + "\n"


def html() -> str:
    """The plan as a page of a government site: navigation around it, a script, a remote picture."""
    body = "".join(f"<p>{line}</p>" for line in HEAD[6:])
    body += "".join(f"<p>{part.number}{part.text}</p>" for part in PARTS)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE)
    head = "".join(f"<p>{line}</p>" for line in HEAD[:6])
    return (
        '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>芜湖市反对拐卖人口行动实施方案（示例）_示例网</title>'
        '<script src="https://example.invalid/a.js"></script><style>table,td{border:1px solid #000;border-collapse:collapse}'
        "body{font-family:'Noto Serif CJK SC';font-size:12pt;line-height:1.8}p{text-indent:2em;margin:0}td{padding:4px}"
        "td p{text-indent:0}</style></head><body>"
        '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/a">政务公开</a></li></ul></div>'
        f'<div id="article"><img src="https://example.invalid/a.png">{head}{body}<table>{rows}</table></div>'
        '<div class="foot"><a href="/m">网站地图</a><script>document.write("<p>脚本</p>")</script></div></body></html>'
    )


def xlsx() -> bytes:
    """The plan as a sheet: a paragraph a row in the first column, then the table."""
    book = openpyxl.Workbook()
    sheet = book.active
    for line in [*HEAD, *(part.number + part.text for part in PARTS)]:
        sheet.append([line])
    sheet.append([])
    for row in TABLE:
        sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    return saved(book)


def word(parts: Sequence[Part] = PARTS, table: Sequence[Sequence[str]] = TABLE) -> Document:
    """The plan as a Word document whose numbers Word counts itself."""
    document = docx.Document()
    number_levels(document, NUMBERING)
    for line in HEAD:
        document.add_paragraph(line)
    for part in parts:
        paragraph = document.add_paragraph(part.text)
        if part.kind in LEVEL:
            numbered(paragraph, LEVEL[part.kind])
    add_table(document, table)
    return document


def add_table(document: Document, rows: Sequence[Sequence[str]]) -> Table:
    made = document.add_table(len(rows), len(rows[0]))
    for cells, row in zip(made.rows, rows, strict=True):
        for cell, words in zip(cells.cells, row, strict=True):
            cell.text = words
    return made


def number_levels(document: Document, levels: Sequence[tuple[str, str, str]], key: int = 77) -> None:
    """Add a list with these levels (form, pattern, what follows the number) under this id."""
    rules = "".join(
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:suff w:val="{after}"/>'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
        for place, (form, pattern, after) in enumerate(levels)
    )
    root = document.part.numbering_part.element
    list_ = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{key}">{rules}</w:abstractNum>')
    root.insert(0, list_)
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{key}"><w:abstractNumId w:val="{key}"/></w:num>'))


def numbered(paragraph: Paragraph, level: int, key: int = 77) -> None:
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{key}"/></w:numPr>')
    )


def saved(document: Document | openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def mended() -> list[Part]:
    """The parts without the faults that only their author can mend."""
    changes = {
        "（市教育局、市妇联配合）": "（市教育局牵头，市妇联配合）",
        "2023年13月底前": "2023年12月底前",
        "（五）加强": "（四）加强",
        "（市公安局、市法院）": "（市公安局牵头，市法院配合）",
        "2035年底前": "2025年底前",
    }
    made = []
    for part in PARTS:
        text = part.text
        for wrong, right in changes.items():
            text = text.replace(wrong, right)
        made.append(replace(part, text=text))
    return made


_SIZE, _LEFT, _WIDTH, _HEIGHT = 12, 72, 595, 842
_PER_LINE, _PITCH = 36, 20


def pdf(foot: str = "— {page} —", head: str = "芜湖市人民政府办公室文件") -> bytes:
    """The plan as a PDF of pages with running heads and feet; its font is not in the file, as in old ones."""
    lines: list[str] = []
    for text in [*HEAD, *(part.number + part.text for part in PARTS)]:
        lines += _wrapped(f"　　{text}", _PER_LINE)
    pages: list[list[str]] = [[]]
    y = _HEIGHT - 100
    for words in lines:
        if y < 110:
            pages.append([])
            y = _HEIGHT - 100
        indent = len(words) - len(words.lstrip("　"))
        pages[-1].append(_show(_LEFT + indent * _SIZE, y, words.lstrip("　")))
        y -= _PITCH
    columns = [_LEFT, 110, 280, 370, 460, 523]
    y -= 10
    for row in TABLE:
        cells = [_wrapped(cell, (columns[at + 1] - columns[at] - 8) / _SIZE) for at, cell in enumerate(row)]
        height = _PITCH * max(map(len, cells)) + 6
        if y - height < 90:
            pages.append([])
            y = _HEIGHT - 100
        pages[-1] += [
            f"{left} {y - height} {right - left} {height} re S"
            for left, right in zip(columns, columns[1:], strict=False)
        ]
        for at, cell in enumerate(cells):
            pages[-1] += [_show(columns[at] + 4, y - 16 - _PITCH * n, words) for n, words in enumerate(cell)]
        y -= height
    for number, page in enumerate(pages, 1):
        page.append(_show(240, _HEIGHT - 40, head))
        page.append(_show(280, 40, foot.format(page=number, pages=len(pages))))
    return pdf_file(["\n".join(page).encode() for page in pages])


def _show(x: float, y: float, words: str) -> str:
    return f"BT /F {_SIZE} Tf {x} {y} Td <{words.encode('utf-16-be').hex()}> Tj ET"


def _wrapped(words: str, width: float) -> list[str]:
    """The lines that fit: a digit is half as wide as a character, and no number is parted."""
    lines, room = [""], width
    for word in re.findall(r"[0-9]+|.", words):
        size = len(word) * (0.5 if word.isascii() else 1.0)
        if room < size:
            lines.append("")
            room = width
        lines[-1] += word
        room -= size
    return lines


def pdf_file(pages: Sequence[bytes], extra: str = "", objects: Sequence[bytes] = ()) -> bytes:
    """A PDF with these page contents; `extra` goes into the resources of each page, `objects` from number 100 on."""
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>"
    descendant = (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 5 0 R "
        b"/W [1 [500] 2 94 500] /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>"
    )
    descriptor = (
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -120 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
    )
    numbers = range(10, 10 + 2 * len(pages), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    made = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: font,
        4: descendant,
        5: descriptor,
        **{100 + at: body for at, body in enumerate(objects)},
    }
    for number, content in zip(numbers, pages, strict=True):
        made[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents {number + 1} 0 R "
            f"/Resources << /Font << /F 3 0 R >> {extra} >> >>"
        ).encode()
        made[number + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    file = io.BytesIO(b"")
    file.write(b"%PDF-1.4\n")
    places = {}
    for number, body in sorted(made.items()):
        places[number] = file.tell()
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = file.tell()
    file.write(b"xref\n")
    for number, place in places.items():
        file.write(b"%d 1\n%010d 00000 n \n" % (number, place))
    file.write(b"trailer\n<< /Root 1 0 R /Size 1000 >>\nstartxref\n%d\n%%%%EOF\n" % start)
    return file.getvalue()


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def rezipped(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The package with each part as `change` makes it; a part that becomes None is left out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (made := change(name, old.read(name))) is not None:
                new.writestr(name, made)
    return file.getvalue()


def text_at(*placed: tuple[float, float, str], before: str = "") -> bytes:
    shown = [f"BT /F 12 Tf 1 0 0 1 {x} {y} Tm <{words.encode('utf-16-be').hex()}> Tj ET" for x, y, words in placed]
    return "\n".join([before, *shown]).encode()


def runs(xml: str) -> Document:
    """A Word document whose body is this XML."""
    document = docx.Document()
    body = document.element.body
    for element in parse_xml(f"<w:body {nsdecls('w', 'r', 'wp', 'a', 'm')}>{xml}</w:body>"):
        body.insert(len(body) - 1, element)
    return document


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
