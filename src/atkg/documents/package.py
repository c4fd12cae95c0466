"""The packages that .docx and .xlsx files are: read part by part in memory, never unpacked to disk."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from lxml import etree

from atkg.documents.received import PARTS_LIMIT, UNPACKED_LIMIT, XML_LIMIT, Unusable

_OFFICE_DOCUMENT: Final = "/officeDocument"
_TYPES: Final = "[Content_Types].xml"
_DTD: Final = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T|E\x00?N\x00?T\x00?I)")
"""A document type or entity declaration in UTF-8 or UTF-16: Office writes none, so it is there to do harm."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to; `part` is None where that lies outside the package and so is never looked at."""

    kind: str
    part: str | None


class Package:
    """The parts of a package, checked before any is unpacked."""

    def __init__(self, data: bytes) -> None:
        """Open the package.

        Raises:
            Unusable: it is damaged, protected by a password, larger than a limit, or its names lead out of it.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise _damaged() from error
        entries = self._zip.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > PARTS_LIMIT:
            raise Unusable(
                f"压缩包里有 {len(entries)} 个部分，超过限额 PARTS_LIMIT（{PARTS_LIMIT}）。",
                f"the archive has {len(entries)} parts; the limit PARTS_LIMIT is {PARTS_LIMIT}",
            )
        if unpacked > UNPACKED_LIMIT:
            size, limit = unpacked // 1024**2, UNPACKED_LIMIT // 1024**2
            raise Unusable(
                f"解压后有 {size} MiB，超过限额 UNPACKED_LIMIT（{limit} MiB）。",
                f"would be {size} MiB when unpacked; the limit UNPACKED_LIMIT is {limit} MiB",
            )
        names: set[str] = set()
        for entry in entries:
            if entry.flag_bits & 1:
                raise Unusable("压缩包有密码，无法读取。", "the archive is protected by a password")
            name = entry.filename
            if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or re.match(r"[A-Za-z]:", name):
                raise Unusable(
                    f"压缩包中的名称 {name!r} 指向包外，不是 Office 写的文件。",
                    f"the name {name!r} leads out of the archive; no Office program wrote this file",
                )
            if name in names:
                raise Unusable(
                    f"压缩包中的名称 {name!r} 出现两次，无法知道该读哪一个。",
                    f"the name {name!r} stands twice in the archive; which one is meant can't be known",
                )
            names.add(name)
        self._names = {name.lower(): name for name in names}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def read(self, name: str) -> bytes:
        """The bytes of a part.

        Raises:
            Unusable: the part is missing or damaged.
        """
        try:
            return self._zip.read(self._names[name.lower()])
        except KeyError as error:
            raise Unusable(
                f"文件不完整，缺少部分 {name}。", f"is not whole: the part {name} is missing from it"
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise _damaged() from error

    def xml(self, name: str) -> etree._Element:
        """The root element of a part.

        Raises:
            Unusable: the part is missing, is no XML, or declares entities.
        """
        data = self.read(name)
        if len(data) > XML_LIMIT:
            size, limit = len(data) // 1024**2, XML_LIMIT // 1024**2
            raise Unusable(
                f"部分 {name} 有 {size} MiB，超过限额 XML_LIMIT（{limit} MiB）。",
                f"the part {name} has {size} MiB; the limit XML_LIMIT is {limit} MiB",
            )
        return parse_xml(data, name)

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part (the package itself: "") refers to, by the id of the relation."""
        folder, file = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        if path not in self:
            return {}
        found: dict[str, Relation] = {}
        for element in self.xml(path):
            target, kind = element.get("Target", ""), element.get("Type", "")
            inside = element.get("TargetMode") != "External" and ":" not in target
            name = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/") if inside else None
            found[element.get("Id", "")] = Relation(kind.rpartition("/")[2], name)
        return found

    def part_of(self, part: str, kind: str) -> str | None:
        """The part of this kind that a part refers to, if it refers to one inside the package."""
        found = (relation.part for relation in self.relations(part).values() if relation.kind == kind)
        return next((name for name in found if name), None)

    @cached_property
    def main(self) -> str | None:
        """The name of the part that holds the document; None where the archive is no Office file."""
        return self.part_of("", _OFFICE_DOCUMENT[1:]) if _TYPES in self else None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all parts."""
        return tuple(self._names.values())

    def check_xml(self) -> None:
        """Every part that is XML declares no entities, whoever reads it.

        Raises:
            Unusable: one does.
        """
        for name in self.names:
            if name.lower().endswith((".xml", ".rels", ".vml")):
                _check_dtd(self.read(name), name)


def parse_xml(data: bytes, name: str) -> etree._Element:
    """The root element of an XML document; no entity is resolved, nothing is fetched.

    Raises:
        Unusable: it is no XML, or declares entities.
    """
    _check_dtd(data, name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unusable(f"部分 {name} 不是有效的 XML：{error}", f"the part {name} is no valid XML: {error}") from error
    return root


def _check_dtd(data: bytes, name: str) -> None:
    if _DTD.search(data):
        raise Unusable(
            f"部分 {name} 声明了 XML 实体或 DTD，Office 文件中没有这种内容，不予读取。",
            f"the part {name} declares XML entities or a DTD, which no Office file has; it was not read",
        )


def _damaged() -> Unusable:
    return Unusable(
        "文件已损坏或没有收全（压缩包不完整）；请重新取得文件。",
        "is damaged or was not received whole (the archive is broken); get the file again",
    )
