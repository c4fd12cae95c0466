"""What a file is, by what it holds and never by its name, and the reader of each kind."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Final

from atkg.documents.package import Package
from atkg.documents.received import TEXT_LIMIT, Document, Kind, Note, Unusable

_HTML: Final = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title|link|div|p|table|h[1-6]|span)\b",
    re.IGNORECASE | re.DOTALL,
)
_HEAD: Final = 4096
"""How far the marks of a kind are looked for."""
_PDF_HEAD: Final = 1024
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_PICTURES: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"BM",
    b"RIFF",
    b"\x00\x00\x00\x0cjP",
)
_ARCHIVES: Final = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")

_SAVE_AS_WORD: Final = "请用 Word 或 WPS 打开，另存为 .docx。"
_SAVE_AS_WORD_EN: Final = "open it in Word or WPS and save it as .docx"


def read_any(data: bytes) -> Document:
    """The file as text, by the reader of its kind.

    Raises:
        Unusable: it is of no kind that is read, or its reader refuses it.
    """
    document = _reader(data)(data)
    if len(document.text) > TEXT_LIMIT:
        raise Unusable(
            f"文字有 {len(document.text)} 个字符，超过限额 TEXT_LIMIT（{TEXT_LIMIT}）。",
            f"its text has {len(document.text)} characters; the limit TEXT_LIMIT is {TEXT_LIMIT}",
        )
    return document


def _reader(data: bytes) -> Callable[[bytes], Document]:
    if not data.strip(b"\x00 \t\r\n"):
        raise Unusable("文件是空的，应为计划的文件。", "is empty; expected the document of a plan")
    if b"%PDF-" in data[:_PDF_HEAD]:
        from atkg.documents.pdf import read_pdf

        return read_pdf
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _read_package
    if data.startswith(_OLE):
        raise _old_office(data)
    _refuse_others(data)
    if _is_html(data):
        from atkg.documents.html import read_html

        return read_html
    from atkg.documents.plain import read_plain

    return read_plain


def _read_package(data: bytes) -> Document:
    package = Package(data)
    if package.main is not None:
        name = package.xml(package.main).tag.rpartition("}")[2]
        if name == "document":
            from atkg.documents.word import read_word

            return _with_macros(package, read_word(data, package))
        if name == "workbook":
            from atkg.documents.excel import read_excel

            return _with_macros(package, read_excel(data, package))
        if name == "presentation":
            raise Unusable(
                "这是演示文稿（.pptx），不是计划文件；可读取 .txt、.docx、.xlsx、.pdf、.html。",
                "is a presentation (.pptx); what can be read is .txt, .docx, .xlsx, .pdf and .html",
            )
    if "OFD.xml" in package:
        raise Unusable(
            "这是 OFD 版式文件，不能读取；请取得 Word 文件，或在阅读器中另存为 PDF。",
            "is an OFD file, which can't be read; get the Word file, or save it as PDF from its reader",
        )
    if "mimetype" in package and package.read("mimetype").startswith(b"application/vnd.oasis.opendocument"):
        raise Unusable(
            f"这是 OpenDocument 文件，不能读取；{_SAVE_AS_WORD}",
            f"is an OpenDocument file, which can't be read; {_SAVE_AS_WORD_EN}",
        )
    raise Unusable(
        "这是 zip 压缩包，不是 Word 或 Excel 文件；请解压后给出其中的文件。",
        "is a zip archive, no Word or Excel file; unpack it and give the document in it",
    )


def _with_macros(package: Package, document: Document) -> Document:
    if not any(name.lower().endswith("vbaproject.bin") for name in package.names):
        return document
    note = Note("文件中有宏，没有运行。", "The file holds macros; they were not run.")
    return Document(document.kind, document.text, document.encoding, (*document.notes, note), document.hints)


def _old_office(data: bytes) -> Unusable:
    """What an OLE file is; the names of its streams are in UTF-16."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        return Unusable(
            "文件有打开密码，不能读取；请取得没有密码的文件。",
            "is protected by a password and can't be read; get a file without one",
        )
    if holds("WordDocument"):
        return Unusable(
            f"这是旧式 Word 或 WPS 文件（.doc、.wps），不能读取；{_SAVE_AS_WORD}",
            f"is an old Word or WPS file (.doc, .wps), which can't be read; {_SAVE_AS_WORD_EN}",
        )
    if holds("Workbook") or holds("Book"):
        return Unusable(
            "这是旧式 Excel 或 WPS 表格（.xls、.et），不能读取；请用 Excel 或 WPS 打开，另存为 .xlsx。",
            "is an old Excel or WPS sheet (.xls, .et), which can't be read; open it in Excel or WPS and save it as .xlsx",
        )
    return Unusable(
        f"这是旧式 Office 文件，不能读取；{_SAVE_AS_WORD}",
        f"is an old Office file, which can't be read; {_SAVE_AS_WORD_EN}",
    )


def _refuse_others(data: bytes) -> None:
    """Refuse what is known to be no document of a kind that is read.

    Raises:
        Unusable: it is a picture, an archive, RTF, a saved mail or flat XML.
    """
    head = data[:_HEAD]
    if data.startswith(_PICTURES):
        raise Unusable(
            "这是图片，不提供文字识别（OCR）；请取得有文字的文件。",
            "is a picture, and there is no OCR here; get a file with text",
        )
    if data.startswith(_ARCHIVES):
        raise Unusable("这是压缩包；请解压后给出其中的文件。", "is an archive; unpack it and give the document in it")
    if data.startswith(b"{\\rtf"):
        raise Unusable(
            f"这是 RTF 文件，不能读取；{_SAVE_AS_WORD}", f"is an RTF file, which can't be read; {_SAVE_AS_WORD_EN}"
        )
    if re.match(rb"(?:[A-Za-z-]+:[^\n]*\r?\n)*MIME-Version:", head, re.IGNORECASE):
        raise Unusable(
            f"这是单个文件网页（.mht），不能读取；{_SAVE_AS_WORD}",
            f"is a web page saved as one file (.mht), which can't be read; {_SAVE_AS_WORD_EN}",
        )
    if b"<?mso-application" in head or b"/wordml" in head or b"<pkg:package" in head:
        raise Unusable(
            f"这是 Word 的 XML 文件，不能读取；{_SAVE_AS_WORD}",
            f"is a Word file in flat XML, which can't be read; {_SAVE_AS_WORD_EN}",
        )


def _is_html(data: bytes) -> bool:
    head = data[:_HEAD]
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return bool(_HTML.match(head.removeprefix(mark).decode(encoding, "replace")))
    return bool(_HTML.match(head.removeprefix(codecs.BOM_UTF8).decode("latin-1")))


SUFFIXES: Final = {
    Kind.TXT: (".txt", ".text", ".md", ""),
    Kind.HTML: (".html", ".htm", ".xhtml", ".shtml"),
    Kind.DOCX: (".docx", ".docm", ".dotx", ".dotm"),
    Kind.XLSX: (".xlsx", ".xlsm", ".xltx", ".xltm"),
    Kind.PDF: (".pdf",),
}
"""The suffixes that a file of each kind bears by right."""
