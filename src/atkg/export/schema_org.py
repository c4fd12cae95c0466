"""The profile schema-org: plans, organisations and the dataset as search engines read them, in JSON-LD.

The same objects stand in the heads of the site's pages. What can't be marked as uncertain there is left out: a plan
that is known to carry out another, though it doesn't cite it, is only said to be based on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from atkg import iris
from atkg.catalogue import ABOUT, PUBLISHER, TITLE, File, dumps, plan_entries
from atkg.catalogue.parts import period_of
from atkg.catalogue.words import CC0, DESCRIPTION, KEYWORDS
from atkg.export.cpov import AGENCIES
from atkg.export.eli import PLANS
from atkg.export.mapped import BATCH, Step, batched, filled
from atkg.export.profile import Profile, Source
from atkg.namespaces import ATKG, BASE, SCHEMA, shorten

Select = Callable[[str], Sequence[Mapping[str, Any]]]
"""Answers a SELECT: rows of plain values, as Store.select does; what is unbound is None or absent."""
Thing = dict[str, Any]

REMOTE: Final = "https://schema.org"
"""The context by which search engines know schema.org."""
_LINKS: Final = (
    "areaServed",
    "containedInPlace",
    "contentUrl",
    "legislationLegalValue",
    "license",
    "sameAs",
    "url",
)
CONTEXT: Final[Thing] = {
    "@vocab": SCHEMA,
    **{name: {"@type": "@id"} for name in _LINKS},
    **{name: {"@type": "Date"} for name in ("dateModified", "legislationDate")},
}
"""The context of files, so that nothing has to be fetched to read them."""

_GOVERNMENTAL: Final = frozenset(
    iris.concept("body-kind", kind) for kind in ("government", "congress", "judicial", "central-branch", "coordination")
)
"""Bodies that are governmental organisations; a party organ, a mass organisation, an enterprise is an organisation."""
_CITED: Final = iris.concept("derivation-basis", "cited")


def legislation(select: Select, plan: str) -> Thing | None:
    """A plan as Legislation; None where it is no plan."""
    rows = select(filled("schema-org-plans", [plan]))
    if not rows:
        return None
    row = rows[0]
    cited = _several(rows, "cited")
    above = {
        each: {other.get("basis") for other in rows if other.get("above") == each} for each in _several(rows, "above")
    }
    period = f"{row['begin']}/{row['end']}" if row.get("begin") and row.get("end") else None
    source = row.get("source")
    return _without_gaps(
        {
            "@type": "Legislation",
            "@id": plan,
            "url": plan,
            "name": row["title"],
            "alternateName": _english(row.get("english")),
            "inLanguage": "zh",
            "legislationIdentifier": row.get("number"),
            "legislationType": "计划",
            "legislationDate": row.get("date"),
            "temporalCoverage": period,
            "legislationJurisdiction": _one(places(select, [row["place"]])) if row.get("place") else None,
            "legislationPassedBy": _one(organisations(select, [row["issuer"]])) if row.get("issuer") else None,
            "legislationEnsuresImplementationOf": [_plan(each) for each, bases in above.items() if _CITED in bases],
            "isBasedOn": [_plan(each) for each, bases in above.items() if _CITED not in bases],
            "citation": [_plan(each) for each in cited],
            "subjectOf": {"@type": "WebPage", "url": row["page"]} if row.get("page") else None,
            "encoding": {
                "@type": "LegislationObject",
                "@id": source,
                "encodingFormat": "text/plain",
                "legislationLegalValue": f"{SCHEMA}UnofficialLegalValue",
            }
            if source
            else None,
        }
    )


def _plan(plan: str) -> Thing:
    return {"@type": "Legislation", "@id": plan, "url": plan}


def clauses(select: Select, parts: Sequence[str]) -> Iterator[Thing]:
    """The clauses among these parts that were read in a plan, each a part of what it stands in."""
    seen: set[str] = set()
    for row in select(filled("schema-org-clauses", parts)):
        if row["clause"] in seen:
            continue
        seen.add(row["clause"])
        heading = row.get("heading")
        yield _without_gaps(
            {
                "@type": "Legislation",
                "@id": row["clause"],
                "url": row["clause"],
                "name": f"{row['reference']} {heading}" if heading else row["reference"],
                "legislationIdentifier": row["reference"],
                "inLanguage": "zh",
                "position": int(row["order"]) if row.get("order") else None,
                "isPartOf": {"@type": "Legislation", "@id": row["whole"]},
                "text": row.get("words"),
                "creativeWorkStatus": "原文缺失" if row.get("lost") else None,
            }
        )


def organisations(select: Select, agencies: Sequence[str]) -> list[Thing]:
    """The bodies among these agencies; a collective phrase is no organisation."""
    found: list[Thing] = []
    for agency, rows in _by(select(filled("schema-org-agencies", agencies)), "agency"):
        row = rows[0]
        found.append(
            _without_gaps(
                {
                    "@type": "GovernmentOrganization" if row.get("kind") in _GOVERNMENTAL else "Organization",
                    "@id": agency,
                    "url": agency,
                    "name": row["name"],
                    "alternateName": [*_english(row.get("english")), *_several(rows, "other")],
                    "areaServed": row.get("place"),
                }
            )
        )
    return found


def places(select: Select, jurisdictions: Sequence[str]) -> list[Thing]:
    """These jurisdictions as administrative areas."""
    return [
        _without_gaps(
            {
                "@type": "AdministrativeArea",
                "@id": place,
                "url": place,
                "name": rows[0]["name"],
                "alternateName": _english(rows[0].get("english")),
                "containedInPlace": rows[0].get("within"),
                "sameAs": _several(rows, "same"),
            }
        )
        for place, rows in _by(select(filled("schema-org-places", jurisdictions)), "place")
    ]


def dataset(manifest: Mapping[str, Any], files: Iterable[File], period: tuple[str, str] | None) -> Thing:
    """The whole dataset, with the properties that Google's dataset search asks for."""
    publisher = {"@type": "Organization", "name": PUBLISHER[0], "alternateName": _english(PUBLISHER[1]), "url": BASE}
    return _without_gaps(
        {
            "@type": "Dataset",
            "@id": iris.DATASET,
            "url": DESCRIPTION,
            "name": TITLE[0],
            "alternateName": _english(TITLE[1]),
            # Google wants fifty characters at least, and shows the first language
            "description": f"{ABOUT[0]} {ABOUT[1]}",
            "identifier": iris.DATASET,
            "keywords": [word for words in KEYWORDS.values() for word in words],
            "inLanguage": ["zh", "en"],
            "license": CC0,
            "isAccessibleForFree": True,
            "creator": publisher,
            "publisher": publisher,
            "version": str(manifest.get("version") or "") or None,
            "dateModified": str(manifest.get("built") or "") or None,
            "temporalCoverage": "/".join(period) if period else None,
            "spatialCoverage": {"@type": "Country", "name": "China"},
            "includedInDataCatalog": {"@type": "DataCatalog", "@id": DESCRIPTION, "url": DESCRIPTION},
            "distribution": [
                _without_gaps(
                    {
                        "@type": "DataDownload",
                        "name": file.zh,
                        "encodingFormat": file.media_type,
                        "contentUrl": file.url,
                        "contentSize": f"{file.size} B" if file.size is not None else None,
                        "sha256": file.sha256,
                    }
                )
                for file in files
            ],
        }
    )


def for_page(thing: Thing) -> str:
    r"""A thing as a data block of a page: no character in it can end the block.

    >>> for_page({"name": "</script>"})
    '{"@context": "https://schema.org", "name": "\\u003c/script\\u003e"}'
    """
    text = json.dumps({"@context": REMOTE, **thing}, ensure_ascii=False, allow_nan=False)
    return text.translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def _one(things: Sequence[Thing]) -> Thing | None:
    return things[0] if things else None


def _english(text: str | None) -> list[Thing]:
    return [{"@language": "en", "@value": text}] if text else []


def _several(rows: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    return list(dict.fromkeys(row[name] for row in rows if row.get(name)))


def _by(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row[name], []).append(row)
    return iter(grouped.items())


def _without_gaps(thing: Thing) -> Thing:
    """The thing without what is not known."""
    return {name: value for name, value in thing.items() if value not in (None, [])}


def _write(source: Source, folder: Path) -> Iterator[Path]:
    (folder / "schema-org").mkdir(parents=True, exist_ok=True)
    for stem in source.stems:
        path = folder / "schema-org" / f"{stem}.jsonld"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            context = json.dumps(CONTEXT, ensure_ascii=False, indent=1)
            file.write(f'{{"@context": {context},\n"@graph": [')
            for number, thing in enumerate(_things(source, stem if source.plans else None)):
                file.write(f"{',' if number else ''}\n{json.dumps(thing, ensure_ascii=False, allow_nan=False)}")
            file.write("\n]}\n")
        source.advance(stem)
        yield path


def _things(source: Source, plan: str | None) -> Iterator[Thing]:
    """The dataset, the places, the organisations, then plan by plan."""
    select = source.store.select
    yield dataset(source.manifest, dumps(source.manifest), period_of(plan_entries(select)))
    agencies = list(Step("schema-org-agencies", AGENCIES).things(source.store, plan))
    plans = list(Step("schema-org-plans", PLANS).things(source.store, plan))
    seen: set[str] = set()
    for batch in batched(agencies, BATCH):
        found = organisations(select, batch)
        areas = {each["areaServed"] for each in found if "areaServed" in each} - seen
        seen |= areas
        yield from places(select, sorted(areas)) if areas else ()
        yield from found
    for each in plans:
        source.advance(shorten(each))
        yield from filter(None, [legislation(select, each)])
        rows = select(f"SELECT ?part {{ ?part <{ATKG}partOf>+ <{each}> }} ORDER BY ?part")
        for batch in batched([row["part"] for row in rows], BATCH):
            yield from clauses(select, batch)


SCHEMA_ORG: Final = Profile(
    name="schema-org",
    zh="计划、条款、机构和数据集（schema.org 的 JSON-LD），供搜索引擎使用；与网页中嵌入的相同。",
    en="Plans, clauses, organisations and the dataset in schema.org's JSON-LD, for search engines; the same as in the "
    "pages.",
    media_types={".jsonld": "application/ld+json"},
    write=_write,
)
