"""The pages of the ontology as files that need no server: `atkg export docs`.

Every link between them is relative, so that they work from a disk, a memory stick, or below any address. The names of
files differ in more than their case, since `Role` and `role` are both terms and many disks take them for one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

from flask import Flask

from atkg.namespaces import BASE
from atkg.resources import resource
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site.catalogue import Tally
from atkg.web.site.negotiation import LANGUAGES
from atkg.web.site.ontology import Entry, read_ontology
from atkg.web.site.ontology_pages import Writer
from atkg.web.site.usage import all_shapes, usage_of

_STYLE: Final = "style.css"
_FILES: Final = ("atkg.ttl", "alignments.ttl")
_PICTURES: Final = ("picture.svg", "picture-narrow.svg")


class _Files:
    """The files, seen from one of them; Chinese stands at the top, English in a folder of its own."""

    def __init__(self, here: str, language: str) -> None:
        self._folder, self._language = PurePosixPath(here).parent, language

    def _to(self, path: str) -> str:
        return os.path.relpath(path, self._folder)

    def index(self, fragment: str = "") -> str:
        return self._to(_index(self._language)) + (f"#{fragment}" if fragment else "")

    def term(self, term: Entry) -> str:
        return self._to(_page(term, self._language))

    def thing(self, iri: str) -> str | None:
        """The IRI itself: what is no term of the ontology lies elsewhere."""
        return iri if iri.startswith(("http://", "https://")) else None

    def query(self, name: str) -> str | None:
        return f"{BASE}api/queries/{name}"

    def shape(self, name: str) -> str | None:
        return f"{BASE}shapes#{name}"

    def sparql(self, text: str) -> str | None:
        """Nowhere: what the query would be asked of is not among the files."""
        del text
        return None

    def file(self, name: str) -> str | None:
        return self._to(_below(name, self._language) if name in _PICTURES else name)


def write_pages(store: Store, folder: Path) -> list[Path]:
    """Write the ontology site of this dataset, in memory or on disk, into a folder that is made; the files."""
    engine = LocalEngine(store)
    # the templates are the site's; nothing is served
    templates = Flask("atkg.web", template_folder="templates").jinja_env
    templates.trim_blocks = templates.lstrip_blocks = True
    counts = Tally(engine).counts()
    ontology, shapes = read_ontology(engine), all_shapes(engine)
    usages = {
        term.iri: usage_of(
            engine, ontology, term, counts.classes if term.kind == "class" else counts.properties, shapes
        )
        for term in ontology.terms.values()
    }

    def pages(language: str) -> Iterator[tuple[str, str]]:
        writer = Writer(engine, ontology, language)
        index = _Files(_index(language), language)
        pictures = writer.pictures(index)
        for name, svg in zip(_PICTURES, pictures, strict=True):
            yield _below(name, language), svg
        yield _index(language), rendered("ontology.html", language, _index, writer.index(index, pictures), ontology_iri)
        for term in ontology.terms.values():

            def place(each: str, term: Entry = term) -> str:
                return _page(term, each)

            links = _Files(place(language), language)
            contents = writer.term(term, usages[term.iri], links)
            yield place(language), rendered("term.html", language, place, contents, term.iri)

    def rendered(template: str, language: str, place: Any, contents: dict[str, Any], canonical: str) -> str:
        here = place(language)
        links = _Files(here, language)
        other = next(each for each in LANGUAGES if each != language)
        return templates.get_template(template).render(
            **contents,
            layout="static.html",
            language=language,
            zh=language == "zh",
            say=(lambda zh, _en: zh) if language == "zh" else (lambda _zh, en: en),
            canonical=canonical,
            alternates=[("text/turtle", links.file(name)) for name in _FILES],
            other_language=os.path.relpath(place(other), PurePosixPath(here).parent),
        )

    ontology_iri = f"{BASE}ontology"
    made = []
    for language in LANGUAGES:
        for path, text in pages(language):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
            made.append(target)
    for source in (*(resource("ontology") / name for name in _FILES), _STATIC / _STYLE):
        made.append(Path(shutil.copyfile(source, folder / source.name)))
    return sorted(made)


_STATIC: Final = Path(__file__).parent.parent / "static"


def _below(name: str, language: str) -> str:
    return name if language == "zh" else f"{language}/{name}"


def _index(language: str) -> str:
    return _below("index.html", language)


def _page(term: Entry, language: str) -> str:
    return _below(f"{term.section}/{term.name}.html", language)
