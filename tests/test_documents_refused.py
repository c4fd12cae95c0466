"""Received files that are none, or mean harm: the sentence for each, the limits, and no way out of the reading process."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import zipfile

import docx
import openpyxl
import pytest

import draft
from atkg import documents
from atkg.documents import package, read_received
from atkg.documents.kinds import read_any
from atkg.documents.received import Unusable
from atkg.errors import InputError

# --- what is refused ----------------------------------------------------------------------------------------------------


def with_document(change) -> bytes:
    """The draft as .docx, its main part changed."""
    whole = draft.saved(draft.word())
    return draft.rezipped(whole, lambda name, data: change(data) if name == "word/document.xml" else data)


def picture_only() -> bytes:
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
        b"\nstream\n\x80\nendstream"
    )
    return draft.pdf_file([b"q 500 0 0 700 40 60 cm /Im Do Q"], "/XObject << /Im 100 0 R >>", [image])


def encrypted() -> bytes:
    entry = b"/ID [<00><00>] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <%b> /U <%b> >> "
    return draft.pdf().replace(b"trailer\n<< ", b"trailer\n<< " + entry % (b"ab" * 32, b"cd" * 32))


def old_office(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>'
DTD = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>'

REFUSED = [
    # name, content, words of the sentence in Chinese and in English
    ("empty.docx", b"", "是空的", "is empty"),
    ("zeros.pdf", bytes(1000), "是空的", "is empty"),
    ("binary.txt", bytes(range(256)) * 20, "不是文本文件", "is not a text file"),
    ("renamed.docx", draft.zipped(**{"plan.txt": b"x"}), "这是 zip 压缩包", "is a zip archive"),
    ("half.docx", draft.saved(draft.word())[:9000], "没有收全", "was not received whole"),
    ("bodyless.docx", with_document(lambda _: None), "缺少部分 word/document.xml", "word/document.xml is missing"),
    ("broken.docx", with_document(lambda data: data[:700]), "不是有效的 XML", "is no valid XML"),
    ("entities.docx", with_document(lambda _: ENTITIES), "声明了 XML 实体", "declares XML entities"),
    ("dtd.docx", with_document(lambda _: DTD), "声明了 XML 实体或 DTD", "declares XML entities or a DTD"),
    (
        "entities-in-utf-16.docx",
        with_document(lambda _: ENTITIES.decode().replace("1.0", "1.0", 1).encode("utf-16")),
        "声明了 XML 实体",
        "declares XML entities",
    ),
    (
        "entities.xlsx",
        draft.rezipped(draft.xlsx(), lambda name, data: ENTITIES if name.endswith("sheet1.xml") else data),
        "声明了 XML 实体",
        "declares XML entities",
    ),
    ("upwards.docx", draft.zipped(**{"../../plan.txt": b"x"}), "指向包外", "leads out of the archive"),
    ("absolute.docx", draft.zipped(**{"/plan.txt": b"x"}), "指向包外", "leads out of the archive"),
    ("backwards.docx", draft.zipped(**{"..\\..\\plan.txt": b"x"}), "指向包外", "leads out of the archive"),
    ("blank.docx", draft.saved(docx.Document()), "没有文字", "holds no words"),
    ("locked.docx", old_office("EncryptedPackage"), "有打开密码", "protected by a password"),
    ("old.doc", old_office("WordDocument"), "另存为 .docx", "save it as .docx"),
    ("old.docx", old_office("WordDocument"), "旧式 Word", "old Word"),
    ("old.xls", old_office("Workbook"), "另存为 .xlsx", "save it as .xlsx"),
    ("plan.rtf", b"{\\rtf1\\ansi x}", "RTF", "RTF"),
    ("plan.mht", b"From: <Saved>\r\nMIME-Version: 1.0\r\n\r\n", ".mht", ".mht"),
    ("plan.ofd", draft.zipped(**{"OFD.xml": b"<a/>"}), "OFD", "OFD"),
    ("plan.odt", draft.zipped(mimetype=b"application/vnd.oasis.opendocument.text"), "OpenDocument", "OpenDocument"),
    ("plan.jpg", b"\xff\xd8\xff\xe0" + bytes(99), "OCR", "OCR"),
    ("plan.rar", b"Rar!\x1a\x07\x00", "压缩包", "archive"),
    ("scan.pdf", picture_only(), "扫描件", "scanned PDF"),
    ("blank.pdf", draft.pdf_file([b""]), "没有文字", "holds no text"),
    ("locked.pdf", encrypted(), "已加密", "encrypted"),
    ("half.pdf", draft.pdf()[:2000], "没有收全", "was not received whole"),
    ("rubbish.pdf", b"%PDF-1.7\nrubbish", "已损坏", "damaged"),
    (
        "script.html",
        b"<html><body><script>document.write('x')</script></body></html>",
        "由脚本载入",
        "a script may load",
    ),
    ("deep.html", b"<html><body>" + b"<div>" * 3000 + b"x", "嵌套太深", "nested too deeply"),
    (
        "wide.html",
        b"<html><table><tr><td colspan=1000 rowspan=60000>a<td>b<tr><td>c</table>",
        "CELLS_LIMIT",
        "CELLS_LIMIT",
    ),
    (
        "big5.txt",
        ("各縣市政府應加強宣傳，防止人口販運。" * 30).encode("big5"),
        "编码无法识别",
        "no encoding that is read",
    ),
    ("fault.txt", ("各县市政府应加强宣传。\n" * 30).encode() + b"\xff\xfe", "第 31 行", "in line 31"),
]


@pytest.mark.parametrize(("name", "content", "zh", "en"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_file_that_is_no_document_is_refused_in_one_sentence(name, content, zh, en, tmp_path):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_received(file)
    assert zh in caught.value.zh and en in caught.value.en
    for sentence in (caught.value.zh, caught.value.en):
        assert sentence.startswith(str(file)) and "\n" not in sentence and "Traceback" not in sentence


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "plan.docx"
    with file.open("wb") as sparse:
        sparse.truncate(200 * 1024**2)
    with pytest.raises(InputError, match=r"has 200\.0 MiB; the limit FILE_LIMIT is 64 MiB"):
        read_received(file)


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, sentence in (
        (tmp_path, "is a folder"),
        (tmp_path / "none", "no such file"),
        (tmp_path / "pipe", "no regular file"),
    ):
        with pytest.raises(InputError, match=sentence):
            read_received(path)


def test_a_small_archive_of_a_large_part_is_refused_by_its_unpacked_size():
    bomb = with_document(lambda data: data + b" " * 260 * 1024**2)
    assert len(bomb) < 1024**2
    with pytest.raises(Unusable, match="would be 260 MiB when unpacked; the limit UNPACKED_LIMIT is 256 MiB"):
        read_any(bomb)


LIMITS = [
    ("PARTS_LIMIT", 5, "parts; the limit PARTS_LIMIT is 5"),
    ("XML_LIMIT", 1024, "the limit XML_LIMIT is 0 MiB"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), LIMITS)
def test_each_limit_of_a_package_has_its_sentence(name, value, sentence, monkeypatch):
    monkeypatch.setattr(package, name, value)
    with pytest.raises(Unusable, match=sentence):
        read_any(draft.saved(draft.word()))


def test_a_sheet_with_one_cell_far_away_is_refused_at_once():
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "甲", "乙"
    with pytest.raises(Unusable, match="17179869184 cells; the limit CELLS_LIMIT"):
        read_any(draft.saved(book))


def test_two_parts_of_one_name_and_a_part_with_a_password_are_refused():
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("word/document.xml", "<b/>")
    with pytest.raises(Unusable, match="stands twice"):
        read_any(twice.getvalue())
    locked = bytearray(draft.zipped(**{"a.xml": b"<a/>"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Unusable, match="password"):
        read_any(bytes(locked))


KINDS = [
    # the name says another kind than the content: read by the content, with a note
    ("plan.doc", lambda: draft.saved(draft.word()), "docx"),
    ("plan.zip", draft.xlsx, "xlsx"),
    ("plan.pdf", lambda: draft.html().encode(), "html"),
    ("plan.txt", draft.pdf, "pdf"),
    ("plan.html", lambda: draft.plain().encode(), "txt"),
]


@pytest.mark.parametrize(("name", "make", "kind"), KINDS)
def test_a_file_is_known_by_what_it_holds(name, make, kind, tmp_path):
    (tmp_path / name).write_bytes(make())
    document = read_received(tmp_path / name).document
    assert document.kind == kind
    assert f"the file is .{kind}; it was read as that" in document.notes[-1].en


def test_macros_pictures_changes_and_embedded_files_are_told_of():
    document = draft.runs(
        "<w:p><w:ins w:id='1'><w:r><w:t>甲</w:t></w:r></w:ins><w:r><w:drawing><a:blip r:embed='x'/></w:drawing></w:r></w:p>"
        "<w:altChunk r:id='y'/>"
    )
    data = draft.saved(document)
    with_macro = io.BytesIO(data)
    with zipfile.ZipFile(with_macro, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    told = " ".join(note.en for note in read_any(with_macro.getvalue()).notes)
    for word in ("macros", "pictures", "tracked changes", "embedded"):
        assert word in told


# --- nothing is fetched -------------------------------------------------------------------------------------------------


def reaching() -> dict[str, bytes]:
    """Files that refer to something elsewhere."""
    document = draft.word()
    link = docx.opc.constants.RELATIONSHIP_TYPE
    for kind in (link.IMAGE, link.OLE_OBJECT, link.HYPERLINK, link.STYLES):
        document.part.relate_to("http://example.invalid/x", kind, is_external=True)
    link_action = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (http://example.invalid/) >> >>"
    return {
        "docx": draft.saved(document),
        "html": draft.html().replace("<p>", "<p><iframe src='http://example.invalid/'></iframe>").encode(),
        "pdf": draft.pdf_file([draft.text_at((72, 600, "一、加强宣传。"))], "", [link_action]),
        "xlsx": draft.rezipped(
            draft.xlsx(),
            lambda name, data: (
                data.replace(
                    b"</Relationships>",
                    b'<Relationship Id="x9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
                    b'externalLink" Target="http://example.invalid/a.xlsx" TargetMode="External"/></Relationships>',
                )
                if name.endswith("workbook.xml.rels")
                else data
            ),
        ),
    }


@pytest.mark.parametrize("suffix", ["docx", "html", "pdf", "xlsx"])
def test_nothing_that_a_file_refers_to_is_fetched(suffix, monkeypatch):
    def refused(*_, **__):
        raise AssertionError("a connection was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refused)
    assert "一、" in read_any(reaching()[suffix]).text


FORBIDDEN = [
    "import socket; socket.create_connection(('127.0.0.1', 9))",
    "import socket; socket.getaddrinfo('example.invalid', 80)",
    "import subprocess; subprocess.run(['true'])",
    "import os; os.system('true')",
    "open('made.txt', 'w')",
]


@pytest.mark.parametrize("deed", FORBIDDEN)
def test_the_reading_process_opens_no_connection_starts_no_program_and_writes_no_file(deed, tmp_path):
    code = f"import sys; from atkg.documents.__main__ import refuse; sys.addaudithook(refuse); {deed}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "PermissionError" in done.stderr
    assert not list(tmp_path.iterdir())


BROKEN = "import atkg.documents.__main__ as m\ndef broken(_): raise {}\nm.read_any = broken\nm.main()"
ENDS = [
    # what becomes of the reading process, and the sentence
    ("import os; os.kill(os.getpid(), 9)", "longer to read than the limit SECONDS_LIMIT"),
    ("import os; os.abort()", "made its reader break off"),
    ("raise ValueError", "made its reader break off"),
    (BROKEN.format("MemoryError"), "needs more memory than the limit MEMORY_LIMIT"),
    (BROKEN.format("RecursionError"), "nested too deeply"),
]


@pytest.mark.parametrize(("code", "sentence"), ENDS)
def test_a_file_that_ends_its_reader_does_not_end_atkg(code, sentence, monkeypatch, tmp_path):
    monkeypatch.setattr(documents, "_READER", (sys.executable, "-c", code))
    (tmp_path / "plan.pdf").write_bytes(draft.pdf())
    with pytest.raises(InputError, match=sentence):
        read_received(tmp_path / "plan.pdf")
