"""What is wrong with the files themselves: those that can't be read, and graphs that are older than their sources.

A shape sees graphs only. Whoever edits a register, a text or a plan.toml gets the fault here, with the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from atkg import iris
from atkg.derivation import THRESHOLD, Row, read_rows
from atkg.errors import AtkgError, InputError
from atkg.extract.text import decode, line_and_column
from atkg.graph.plan import correction_note
from atkg.graph.terms import text as quoted
from atkg.national import read_register
from atkg.plans import PlanFolder, read_bytes, read_plan_folder
from atkg.registers import Registers
from atkg.validate.cache import Cache, digest_of
from atkg.validate.contents import Contents, code_digest
from atkg.validate.files import fault
from atkg.validate.portable import Portable
from atkg.validate.records import known_folders
from atkg.validate.results import Place, Result
from atkg.validate.statements import unescaped

_LITERAL: Final = re.compile(r'atkg:text "((?:[^"\\]|\\.)*)"', re.DOTALL)
_LINK: Final = re.compile(r"^<id/derivation/(?P<from>[^>]+?)/to/(?P<to>[^>]+)> a ", re.MULTILINE)
_LOCAL: Final = re.compile(r"^<(?P<part>[^>]+)>(?:(?! \.$).)*?atkg:localMeasure true", re.MULTILINE | re.DOTALL)


def input_faults(data: Path, only: Path | None = None, kept: Path | None = None) -> list[Result]:
    """What can't be read in a data folder, and each graph that was not made from its files as they are.

    Args:
        data: the data folder.
        only: the folder of one plan, to look at it alone; the registers are read in any case.
        kept: the folder in which results are kept for the next run; None to keep none.
    """
    found: list[Result] = []
    try:
        Registers.load(data / "registers")
    except InputError as error:
        found.append(unreadable(error, iris.graph("register", Path(error.path).stem)))
    readable = True
    cache = Cache(kept)
    contents, code, portable = Contents(cache, data, {}), code_digest(), Portable(data)
    registers = [contents.digest(path) for path in sorted((data / "registers").glob("*.csv"))]
    for path in sorted((data / "plans").iterdir()):
        if not path.is_dir() or path.name.startswith(".") or (only and path.name != only.name):
            continue
        files = sorted(each for each in path.iterdir() if each.is_file())
        digest = digest_of(code, path.name, contents.digests(files, path), *registers)
        document = cache.get("input", digest)
        faults = _of_plan(data, path) if document is None else list(map(portable.read, document))
        if any(each.shape == "File-readable" for each in faults):
            readable = False
        elif document is None:
            cache.put("input", digest, list(map(portable.kept, faults)))
        found += faults
    if readable:
        try:
            known_folders(data, cache, contents)
        except InputError as error:
            found.append(unreadable(error, iris.plan(Path(error.path).parent.name)))
    contents.keep()
    return found


def _of_plan(data: Path, path: Path) -> list[Result]:
    """What is wrong with the files of one plan."""
    try:
        folder = read_plan_folder(path)
        rows = read_rows(path / "derivations.csv")
        if folder.record.register:
            read_register(data / "registers" / f"{folder.record.register}.csv")
    except InputError as error:
        return [_located(unreadable(error, iris.plan(path.name), path.name), path)]
    return list(_stale(folder, rows))


def unreadable(error: AtkgError, node: str, plan: str | None = None) -> Result:
    """The result that says of a file why it can't be used."""
    if not isinstance(error, InputError):
        return fault("File-readable", node, zh=error.zh, en=error.en, plan=plan)
    where = f"{error.path}:{error.line}" if error.line else error.path
    zh, en = error.zh.removeprefix(f"{where}："), error.en.removeprefix(f"{where}: ")
    return fault("File-readable", node, row=_place(error, en), zh=zh, en=en, plan=plan)


def _place(error: InputError, said: str) -> Place:
    """Where the error is: its line, the column that a parser names, or the row that begins with what is named."""
    column = re.search(r"at line (\d+) column (\d+)", said)
    if column and error.line == int(column[1]):
        return Place(error.path, error.line, int(column[2]))
    path = Path(error.path)
    if error.line is None and path.suffix == ".csv" and path.is_file():
        named, colon, _ = said.partition(": ")
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        found = (number for number, line in enumerate(lines, 1) if colon and line.startswith(f"{named},"))
        return Place(error.path, next(found, None))
    return Place(error.path, error.line)


def node_of(path: Path) -> str:
    """The node that a fault of a file is about: its plan, its register, or the file as it was given."""
    if (path.parent / "plan.toml").is_file():
        return iris.plan(path.resolve().parent.name)
    if path.parent.name == "registers":
        return iris.graph("register", path.stem)
    return iris.graph("file", "given")


def _located(result: Result, path: Path) -> Result:
    """For a source.txt that is not as plan.toml says: with the first line that the graph has otherwise."""
    source = path / "source.txt"
    if result.row != Place(str(source)):
        return result
    try:
        now, _ = decode(read_bytes(source), source)
    except InputError:
        return result
    place = _difference(source, now, _text_in(path / "graph.ttl"))
    return fault(
        result.shape,
        result.node,
        row=place or result.row,
        zh=result.messages["zh"],
        en=result.messages["en"],
        plan=path.name,
    )


def _text_in(graph: Path) -> str | None:
    """The text that a graph file was made from."""
    try:
        match = _LITERAL.search(graph.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return unescaped(match[1]) if match else None


def _difference(source: Path, now: str, before: str | None) -> Place | None:
    """The place in the source from which the two texts differ; None where they don't."""
    if before is None or before == now:
        return None
    shorter = min(len(now), len(before))
    offset = next((place for place in range(shorter) if now[place] != before[place]), shorter)
    line, column = line_and_column(now, min(offset, max(len(now) - 1, 0)))
    return Place(str(source), line, column)


def _stale(folder: PlanFolder, rows: list[Row]) -> Iterator[Result]:
    """Where graph.ttl and derivation.ttl are older than what they are made from."""
    if folder.text is None:
        return
    graph, links = folder.path / "graph.ttl", folder.path / "derivation.ttl"
    node = iris.plan(folder.key)
    contents: dict[Path, str] = {}
    for path in (graph, links):
        try:
            contents[path] = path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            yield fault(
                "File-readable",
                node,
                row=Place(str(path)),
                zh="没有这个文件；请运行 atkg build，由 source.txt 生成。",
                en="is missing; run `atkg build` to make it from source.txt",
                plan=folder.key,
            )
        except OSError as error:
            yield unreadable(InputError.unreadable(path, error), node, folder.key)
    if graph in contents:
        yield from _stale_graph(folder, contents[graph])
    if links in contents:
        yield from _stale_links(folder, rows, contents[links])


def _stale_graph(folder: PlanFolder, graph: str) -> Iterator[Result]:
    node, text = iris.plan(folder.key), folder.text or ""
    if quoted(text) not in graph:
        match = _LITERAL.search(graph)
        place = _difference(folder.path / "source.txt", text, unescaped(match[1])) if match else None
        if place:
            yield fault(
                "File-current",
                node,
                row=place,
                zh="graph.ttl 不是由现在的 source.txt 生成的，从这里起不同；请运行 atkg build。",
                en="graph.ttl was not made from this source.txt, which differs from here on; run `atkg build`.",
                plan=folder.key,
            )
            return
    head = re.search(rf"^<eli/{re.escape(folder.key)}> .*? \.$", graph, re.MULTILINE | re.DOTALL)
    record, toml = folder.record, folder.path / "plan.toml"
    told = {
        "title": record.title,
        "title_en": record.title_en,
        "number": record.number,
        "date": record.issued,
        "begin": record.begin,
        "end": record.end,
    }
    for key, value in told.items():
        if head and value and quoted(str(value)) not in head.group():
            yield fault(
                "File-current",
                node,
                row=_toml_line(toml, key),
                zh=f"graph.ttl 中没有 plan.toml 所写的 {key}；请运行 atkg build。",
                en=f"graph.ttl lacks the {key} that plan.toml gives; run `atkg build`.",
                plan=folder.key,
            )
    if not folder.corrections:
        return
    spans = {
        (int(start), int(end)) for start, end in re.findall(rf"<source/{folder.key}/(\d{{1,9}})-(\d{{1,9}})>", graph)
    }
    for line, correction in enumerate(folder.corrections, 2):
        within = any(start <= correction.span.start and correction.span.end <= end for start, end in spans)
        if within and quoted(correction_note(correction)) not in graph:
            yield fault(
                "File-current",
                node,
                row=Place(str(folder.path / "corrections.csv"), line),
                zh="graph.ttl 中没有这条更正；请运行 atkg build。",
                en="graph.ttl lacks this correction; run `atkg build`.",
                plan=folder.key,
            )


def _toml_line(path: Path, key: str) -> Place:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = (number for number, line in enumerate(lines, 1) if re.match(rf"\s*{key}\s*=", line))
    return Place(str(path), next(found, None))


def _stale_links(folder: PlanFolder, rows: list[Row], links: str) -> Iterator[Result]:
    key, node = folder.key, iris.plan(folder.key)
    made: dict[tuple[str, str], int] = {}
    for match in _LINK.finditer(links):
        plan, _, source = match["from"].partition("/")
        if plan == key and source:
            made[source, match["to"].partition("/")[2]] = match.start()
    local: set[str] = set()
    if "atkg:localMeasure true" in links:
        local = {match["part"].split(f"{key}/", 1)[-1] for match in _LOCAL.finditer(links)}
    wanted: set[tuple[str, str]] = set()
    for row in rows:
        if row.to is None:
            current = row.source in local
        else:
            ends = [(row.source, row.to), (row.source, f"{row.to}/t1")]
            wanted.update(ends)
            counts = row.reviewed or (row.confidence or 0) >= THRESHOLD
            current = any(end in made for end in ends) == counts
        if not current:
            yield fault(
                "File-current",
                node,
                row=Place(str(folder.path / "derivations.csv"), row.line),
                zh=f"derivation.ttl 与这一行不符：{row.source} → {row.to or '本地措施'}；请运行 atkg build。",
                en=f"derivation.ttl disagrees on {row.source} → {row.to or 'local measure'}; run `atkg build`.",
                plan=key,
            )
    for (source, to), offset in made.items():
        if (source, to) not in wanted:
            line, column = line_and_column(links, offset)
            yield fault(
                "File-current",
                node,
                row=Place(str(folder.path / "derivation.ttl"), line, column),
                zh=f"derivations.csv 中没有 {source} → {to}；请运行 atkg build。",
                en=f"derivations.csv has no {source} → {to}; run `atkg build`.",
                plan=key,
            )
