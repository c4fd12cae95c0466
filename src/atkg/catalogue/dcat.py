"""The description in DCAT, as DCAT-AP 3 has it: the catalogue, the dataset, the series of plans, the endpoint.

DCAT-AP checks the class of whatever a description points to, within the same file; so the terms of the EU's lists
are typed and named here, in the words of those lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from atkg import iris
from atkg.catalogue.lines import TYPE, Lines, literal
from atkg.catalogue.parts import File, PlanEntry, documents, period_of
from atkg.catalogue.words import (
    ABOUT,
    AUTHORITY,
    CC0,
    DCAT,
    DESCRIPTION,
    ENDPOINT,
    FILE_TYPES,
    FOAF,
    KEYWORDS,
    MEDIA_TYPES,
    PUBLISHER,
    THEMES,
    TITLE,
)
from atkg.namespaces import BASE, DCT, RDFS, SKOS, XSD

SPDX: Final = "http://spdx.org/rdf/terms#"
VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
AVAILABILITY: Final = "http://data.europa.eu/r5r/availability"

SERIES: Final = f"{DESCRIPTION}#plans"
_PUBLISHER: Final = f"{DESCRIPTION}#publisher"
_CONTACT: Final = f"{DESCRIPTION}#contact"
_STABLE: Final = f"{AUTHORITY}planned-availability/STABLE"
_PUBLIC: Final = f"{AUTHORITY}access-right/PUBLIC"
_CHINA: Final = f"{AUTHORITY}country/CHN"
_IRREGULAR: Final = f"{AUTHORITY}frequency/IRREG"
_THEMES: Final = f"{AUTHORITY}data-theme"
_PROTOCOL: Final = "https://www.w3.org/TR/sparql11-protocol/"
_PUBLIC_DOMAIN: Final = "http://purl.org/adms/licencetype/PublicDomain"
_LANGUAGES: Final = ("ZHO", "ENG")
_SAFE: Final = "%/~:@!$&'()*+,;=-._?"
"""What stands in an address as it is."""

Pair = tuple[str, str]


def add_dcat(out: Lines, manifest: Mapping[str, Any], plans: Sequence[PlanEntry], files: Sequence[File]) -> None:
    """Add the catalogue with all it lists.

    Args:
        out: takes the triples.
        manifest: the snapshot's.
        plans: the plans, each a dataset of its own in the series.
        files: the distributions of the whole dataset.
    """
    changed = _changed(manifest)
    _add_catalogue(out, manifest, plans, changed)
    _add_dataset(out, manifest, plans, files, changed)
    if plans:
        _add_series(out, changed)
    for plan in plans:
        _add_plan(out, plan, manifest, changed)
    _add_service(out)
    _add_terms(out)


def _changed(manifest: Mapping[str, Any]) -> list[Pair]:
    built = manifest.get("built")
    return [(f"{DCT}modified", literal(str(built), None, f"{XSD}dateTime"))] if built else []


def _add_catalogue(out: Lines, manifest: Mapping[str, Any], plans: Sequence[PlanEntry], changed: list[Pair]) -> None:
    out.add(
        DESCRIPTION,
        (TYPE, f"<{DCAT}Catalog>"),
        (f"{DCT}publisher", f"<{_PUBLISHER}>"),
        (f"{DCT}license", f"<{CC0}>"),
        (f"{DCT}spatial", f"<{_CHINA}>"),
        (f"{DCAT}themeTaxonomy", f"<{_THEMES}>"),
        (f"{FOAF}homepage", f"<{BASE}>"),
        (f"{DCAT}service", f"<{ENDPOINT}>"),
        (f"{DCAT}dataset", f"<{iris.DATASET}>"),
        # the catalogue of a release has every plan and every file, where this one may have some
        (f"{RDFS}seeAlso", f"<{BASE}download/dcat-ap/atkg.ttl>"),
        *_languages(*_LANGUAGES),
        *((f"{DCAT}dataset", f"<{plan.graph}>") for plan in plans),
        *changed,
    )
    out.add_text(DESCRIPTION, f"{DCT}title", f"{TITLE[0]}：数据目录", f"{TITLE[1]}: catalogue")
    out.add_text(
        DESCRIPTION,
        f"{DCT}description",
        "整个数据集、按计划分的各个数据集，以及查询服务的说明。",
        "The dataset as a whole, a dataset for each plan, and the service that answers queries.",
    )
    if digest := manifest.get("digest"):
        out.add(DESCRIPTION, (f"{DCT}identifier", literal(str(digest))))


def _add_dataset(
    out: Lines,
    manifest: Mapping[str, Any],
    plans: Sequence[PlanEntry],
    files: Sequence[File],
    changed: list[Pair],
) -> None:
    out.add(
        iris.DATASET,
        *_of_dataset(manifest, changed),
        *_languages(*_LANGUAGES),
        (f"{DCT}spatial", f"<{_CHINA}>"),
        (f"{DCT}identifier", literal(iris.DATASET)),
    )
    _add_period(out, iris.DATASET, period_of(plans))
    for file in files:
        _add_file(out, iris.DATASET, file, ABOUT)


def _add_series(out: Lines, changed: list[Pair]) -> None:
    out.add(
        SERIES,
        (TYPE, f"<{DCAT}DatasetSeries>"),
        (f"{DCT}publisher", f"<{_PUBLISHER}>"),
        (f"{DCAT}contactPoint", f"<{_CONTACT}>"),
        (f"{DCT}spatial", f"<{_CHINA}>"),
        (f"{DCT}accrualPeriodicity", f"<{_IRREGULAR}>"),
        *changed,
    )
    out.add_text(SERIES, f"{DCT}title", "反对拐卖人口行动计划，每个计划一个数据集", "Action plans, a dataset for each")
    out.add_text(
        SERIES,
        f"{DCT}description",
        "每个数据集是从一个计划原文中读出的条款、任务、分工和进度要求；没有原文的计划只有题名、文号等。",
        "Each dataset is what was read in one plan: clauses, tasks, assignments, milestones; of a plan whose text is "
        "not at hand it has the title, the number and the like.",
    )


def _add_plan(out: Lines, plan: PlanEntry, manifest: Mapping[str, Any], changed: list[Pair]) -> None:
    node = plan.graph
    zh, en = plan.title
    what = (
        (
            f"从《{zh}》原文中读出的条款、任务、牵头单位和期限，每一项都注明所依据的文字。",
            f"What was read in “{en or plan.key}”: clauses, tasks, lead agencies, deadlines, with the words they rest on.",
        )
        if plan.has_text
        else (
            f"《{zh}》的题名、文号、印发机关等；原文不在来源之中。",
            f"Title, number, issuer and the like of “{en or plan.key}”, whose text is not among the sources.",
        )
    )
    out.add(
        node,
        *_of_dataset(manifest, changed),
        *_languages("ZHO"),
        (f"{DCT}identifier", literal(node)),
        (f"{DCAT}inSeries", f"<{SERIES}>"),
        (f"{DCT}relation", f"<{iris.plan(plan.key)}>"),
    )
    out.add_text(node, f"{DCT}title", f"{zh}：图谱数据", f"{en}: graph data" if en else None)
    out.add_text(node, f"{DCT}description", *what)
    _add_period(out, node, plan.period)
    if plan.place:
        out.add(node, (f"{DCT}spatial", f"<{plan.place}>"))
        out.add(plan.place, (TYPE, f"<{DCT}Location>"))
        out.add_text(plan.place, f"{RDFS}label", *plan.place_name)
    for file in documents(plan):
        _add_file(out, node, file, what)


def _of_dataset(manifest: Mapping[str, Any], changed: list[Pair]) -> list[Pair]:
    """What every dataset of ours has."""
    return [
        (TYPE, f"<{DCAT}Dataset>"),
        (f"{DCT}publisher", f"<{_PUBLISHER}>"),
        (f"{DCAT}contactPoint", f"<{_CONTACT}>"),
        (f"{DCT}license", f"<{CC0}>"),
        (f"{DCT}accessRights", f"<{_PUBLIC}>"),
        (f"{DCT}accrualPeriodicity", f"<{_IRREGULAR}>"),
        (f"{DCT}conformsTo", f"<{iris.ONTOLOGY}>"),
        (f"{DCAT}version", literal(str(manifest.get("version", "")))),
        *_subject(),
        *changed,
    ]


def _subject() -> list[Pair]:
    words = [(f"{DCAT}keyword", literal(word, language)) for language, some in KEYWORDS.items() for word in some]
    return [*words, *((f"{DCAT}theme", f"<{_THEMES}/{code}>") for code in THEMES)]


def _languages(*codes: str) -> list[Pair]:
    return [(f"{DCT}language", f"<{AUTHORITY}language/{code}>") for code in codes]


def _add_period(out: Lines, node: str, period: tuple[str, str] | None) -> None:
    if period:
        part = f"{DESCRIPTION}#from-{period[0]}-to-{period[1]}"
        out.add(node, (f"{DCT}temporal", f"<{part}>"))
        out.add(
            part,
            (TYPE, f"<{DCT}PeriodOfTime>"),
            (f"{DCAT}startDate", literal(period[0], None, f"{XSD}date")),
            (f"{DCAT}endDate", literal(period[1], None, f"{XSD}date")),
        )


def _add_file(out: Lines, dataset: str, file: File, what: tuple[str, str]) -> None:
    """A distribution; its checksum and its size where they are known."""
    url = quote(file.url, safe=_SAFE)
    name = url.removeprefix(BASE)
    node = f"{DESCRIPTION}#file/{name}"
    type_ = f"{MEDIA_TYPES}{quote(file.media_type.partition(';')[0].strip(), safe='/+.-')}"
    out.add(dataset, (f"{DCAT}distribution", f"<{node}>"))
    out.add(
        node,
        (TYPE, f"<{DCAT}Distribution>"),
        (f"{DCT}license", f"<{CC0}>"),
        (f"{DCAT}accessURL", f"<{url}>"),
        (f"{DCAT}downloadURL", f"<{url}>"),
        (f"{DCAT}mediaType", f"<{type_}>"),
        (AVAILABILITY, f"<{_STABLE}>"),
    )
    out.add(type_, (TYPE, f"<{DCT}MediaType>"))
    out.add_text(node, f"{DCT}title", file.zh, file.en)
    out.add_text(node, f"{DCT}description", *what)
    if code := FILE_TYPES.get(file.media_type):
        out.add(node, (f"{DCT}format", f"<{AUTHORITY}file-type/{code}>"))
        out.add(f"{AUTHORITY}file-type/{code}", (TYPE, f"<{DCT}MediaTypeOrExtent>"))
    if file.size is not None:
        out.add(node, (f"{DCAT}byteSize", literal(str(file.size), None, f"{XSD}nonNegativeInteger")))
    if file.sha256:
        checksum = f"{DESCRIPTION}#checksum/{name}"
        out.add(node, (f"{SPDX}checksum", f"<{checksum}>"))
        out.add(
            checksum,
            (TYPE, f"<{SPDX}Checksum>"),
            (f"{SPDX}algorithm", f"<{SPDX}checksumAlgorithm_sha256>"),
            (f"{SPDX}checksumValue", literal(file.sha256, None, f"{XSD}hexBinary")),
        )


def _add_service(out: Lines) -> None:
    out.add(
        ENDPOINT,
        (TYPE, f"<{DCAT}DataService>"),
        (f"{DCT}conformsTo", f"<{_PROTOCOL}>"),
        (f"{DCT}publisher", f"<{_PUBLISHER}>"),
        (f"{DCAT}contactPoint", f"<{_CONTACT}>"),
        (f"{DCT}license", f"<{CC0}>"),
        (f"{DCT}accessRights", f"<{_PUBLIC}>"),
        (f"{DCAT}endpointURL", f"<{ENDPOINT}>"),
        (f"{DCAT}endpointDescription", f"<{ENDPOINT}>"),
        (f"{DCAT}servesDataset", f"<{iris.DATASET}>"),
        *_subject(),
    )
    out.add_text(ENDPOINT, f"{DCT}title", "SPARQL 查询服务", "SPARQL endpoint")
    out.add_text(
        ENDPOINT,
        f"{DCT}description",
        "按 SPARQL 1.1 协议提供的只读查询，默认图是全部命名图之并。",
        "Read-only queries by the SPARQL 1.1 Protocol; the default graph is the union of all named graphs.",
    )


def _add_terms(out: Lines) -> None:
    """The class and the name of all that a description points to outside itself."""
    out.add(_PUBLISHER, (TYPE, f"<{FOAF}Agent>"), (f"{FOAF}homepage", f"<{BASE}>"))
    out.add_text(_PUBLISHER, f"{FOAF}name", *PUBLISHER)
    out.add(_CONTACT, (TYPE, f"<{VCARD}Kind>"), (f"{VCARD}hasURL", f"<{BASE}docs>"))
    out.add_text(_CONTACT, f"{VCARD}fn", *PUBLISHER)
    out.add(BASE, (TYPE, f"<{FOAF}Document>"))
    out.add(CC0, (TYPE, f"<{DCT}LicenseDocument>"), (f"{DCT}type", f"<{_PUBLIC_DOMAIN}>"))
    out.add(_PUBLIC, (TYPE, f"<{DCT}RightsStatement>"))
    out.add(_CHINA, (TYPE, f"<{DCT}Location>"))
    out.add_text(_CHINA, f"{RDFS}label", "中国", "China")
    out.add(_IRREGULAR, (TYPE, f"<{DCT}Frequency>"))
    for standard in (iris.ONTOLOGY, _PROTOCOL):
        out.add(standard, (TYPE, f"<{DCT}Standard>"))
    for code in _LANGUAGES:
        out.add(f"{AUTHORITY}language/{code}", (TYPE, f"<{DCT}LinguisticSystem>"))
    out.add(_THEMES, (TYPE, f"<{SKOS}ConceptScheme>"), (f"{DCT}title", literal("Data theme", "en")))
    concepts = {f"{_THEMES}/{code}": name for code, name in THEMES.items()}
    concepts |= {_STABLE: "stable", _PUBLIC_DOMAIN: "Public domain"}
    for concept, name in concepts.items():
        out.add(concept, (TYPE, f"<{SKOS}Concept>"), (f"{SKOS}prefLabel", literal(name, "en")))
        if concept.startswith(_THEMES):
            out.add(concept, (f"{SKOS}inScheme", f"<{_THEMES}>"))
