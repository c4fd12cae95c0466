"""Registers, agencies and the catalogue as quads: identities, labels, what the dataset is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from atkg import iris
from atkg.graph.terms import TYPE, node, term, text
from atkg.namespaces import ADMS, ATKG, BASE, DCT, OWL, SCHEMA, SKOS, VOID, XSD
from atkg.registers import Known, Registers

LICENCE: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
"""CC0 1.0: the licence of the data."""


def agency_lines(registers: Registers, used: Mapping[str, Counter[str]], homes: Mapping[str, str]) -> Iterator[str]:
    """graph/register/agencies: the agencies used, with their names as the documents write them.

    Args:
        registers: the registers.
        used: agency IRI → how often each name stands for it.
        homes: agency IRI → a jurisdiction whose plan uses it, in which its names are looked up.
    """
    end = f"<{iris.graph('register', 'agencies')}> ."
    for agency, mentions in sorted(used.items()):
        place, _, slug = agency.removeprefix(BASE + "id/agency/").partition("/")
        subject = node(agency)
        known = _known(registers, mentions, homes[agency], slug)
        yield f"{subject} {TYPE} {term('Agency')} {end}"
        yield f"{subject} {term('jurisdiction')} {node(iris.jurisdiction(place))} {end}"
        if not known:
            if mentions:
                yield f"{subject} <{SKOS}prefLabel> {text(min(mentions), 'zh')} {end}"
            continue
        row = next(iter(known.values())).row
        yield f"{subject} {TYPE} {term('AgencyGroup' if row.is_group else 'Body')} {end}"
        for function in row.functions:
            yield f"{subject} {term('function')} {node(iris.concept('function', function))} {end}"
        if not row.is_group:
            yield f"{subject} {term('bodyKind')} {node(iris.concept('body-kind', row.kind))} {end}"
        jurisdiction = registers.jurisdictions[place]
        label = row.label_zh.format(J=jurisdiction.name_zh, P=jurisdiction.place_zh) or _label(known)
        yield f"{subject} <{SKOS}prefLabel> {text(label, 'zh')} {end}"
        if row.label_en:
            yield f"{subject} <{SKOS}prefLabel> {text(row.label_en.format(J=jurisdiction.name_en), 'en')} {end}"
        for mention in sorted(mentions):
            if mention != label:
                misspelt = mention in known and known[mention].misspelt
                yield f"{subject} <{SKOS}{'hiddenLabel' if misspelt else 'altLabel'}> {text(mention, 'zh')} {end}"


def _known(registers: Registers, mentions: Iterable[str], home: str, slug: str) -> dict[str, Known]:
    """Mention → what the register knows of it, the most frequent mention first."""
    known = {}
    ranked = mentions.most_common() if isinstance(mentions, Counter) else [(mention, 1) for mention in mentions]
    for mention, _ in sorted(ranked, key=lambda pair: (-pair[1], -len(pair[0]), pair[0])):
        for candidate in registers.candidates(mention, home):
            if candidate.row.slug == slug:
                known[mention] = candidate
    return known


def _label(known: Mapping[str, Known]) -> str:
    """The full form of the most frequent name, one without a fault where there is one."""
    return min(known.values(), key=lambda candidate: candidate.misspelt).full_name


def register_lines(registers: Registers) -> Iterator[str]:
    """graph/register/jurisdictions, functions, stages and concepts."""
    yield from _jurisdictions(registers)
    concepts = [
        ("functions", registers.functions),
        ("concepts", registers.concepts),
    ]
    for name, rows in concepts:
        end = f"<{iris.graph('register', name)}> ."
        kinds = {"function": "Function", "role": "Role"}
        for row in rows:
            subject = node(iris.concept(row.scheme, row.slug))
            yield from _concept(subject, row.scheme, row.label_zh, row.label_en, kinds.get(row.scheme), end)
            for language, definition in (("zh", row.definition_zh), ("en", row.definition_en)):
                if definition:
                    yield f"{subject} <{SKOS}definition> {text(definition, language)} {end}"
    end = f"<{iris.graph('register', 'stages')}> ."
    for stage in registers.stages:
        subject = node(iris.concept("stage", stage.slug))
        yield from _concept(subject, "stage", stage.label_zh, stage.label_en, "Stage", end)
    end = f"<{iris.graph('register', 'concepts')}> ."
    for scheme in registers.schemes:
        subject = node(iris.scheme(scheme.slug))
        yield f"{subject} {TYPE} <{SKOS}ConceptScheme> {end}"
        yield f"{subject} <{SKOS}prefLabel> {text(scheme.label_zh, 'zh')} {end}"
        yield f"{subject} <{SKOS}prefLabel> {text(scheme.label_en, 'en')} {end}"


def _concept(subject: str, scheme: str, zh: str, en: str, kind: str | None, end: str) -> Iterator[str]:
    yield f"{subject} {TYPE} <{SKOS}Concept> {end}"
    if kind:
        yield f"{subject} {TYPE} {term(kind)} {end}"
    yield f"{subject} <{SKOS}inScheme> {node(iris.scheme(scheme))} {end}"
    yield f"{subject} <{SKOS}prefLabel> {text(zh, 'zh')} {end}"
    yield f"{subject} <{SKOS}prefLabel> {text(en, 'en')} {end}"


_ELSEWHERE: Final = {
    "wikidata": "http://www.wikidata.org/entity/{}",
    "geonames": "https://sws.geonames.org/{}/",
}


def _jurisdictions(registers: Registers) -> Iterator[str]:
    end = f"<{iris.graph('register', 'jurisdictions')}> ."
    for place in registers.jurisdictions.values():
        subject = node(iris.jurisdiction(place.slug))
        yield f"{subject} {TYPE} {term('Jurisdiction')} {end}"
        yield f"{subject} {term('level')} {node(iris.concept('level', place.level))} {end}"
        yield f"{subject} <{SKOS}prefLabel> {text(place.name_zh, 'zh')} {end}"
        yield f"{subject} <{SKOS}prefLabel> {text(place.name_en, 'en')} {end}"
        if place.place_zh != place.name_zh:
            yield f"{subject} <{SKOS}altLabel> {text(place.place_zh, 'zh')} {end}"
        if place.within:
            yield f"{subject} {term('within')} {node(iris.jurisdiction(place.within))} {end}"
    for code in registers.identifiers:
        subject = node(iris.jurisdiction(code.slug))
        if template := _ELSEWHERE.get(code.scheme):
            match = "exactMatch" if code.match == "exact" else "closeMatch"
            yield f"{subject} <{SKOS}{match}> {node(template.format(code.identifier))} {end}"
            continue
        identifier = node(iris.jurisdiction_code(code.slug, code.scheme, code.identifier))
        yield f"{subject} <{ADMS}identifier> {identifier} {end}"
        yield f"{identifier} {TYPE} <{ADMS}Identifier> {end}"
        yield f"{identifier} <{SKOS}notation> {text(code.identifier)} {end}"
        yield f"{identifier} <{ADMS}schemaAgency> {text(code.scheme)} {end}"
        for name, when in (("validFrom", code.valid_from), ("validThrough", code.valid_until)):
            if when:
                kind = "gYear" if len(when) == 4 else "date"
                yield f'{identifier} <{SCHEMA}{name}> "{when}"^^<{XSD}{kind}> {end}'


def catalogue_lines(version: str) -> Iterator[str]:
    """graph/catalogue: what the dataset is, and on what terms it may be used."""
    end = f"<{iris.graph('catalogue')}> ."
    subject = node(iris.DATASET)
    yield f"{subject} {TYPE} <{VOID}Dataset> {end}"
    yield f"{subject} <{DCT}title> {text('反对拐卖人口行动计划知识图谱', 'zh')} {end}"
    yield f"{subject} <{DCT}title> {text('Knowledge graph of the action plans against human trafficking', 'en')} {end}"
    yield f"{subject} <{DCT}license> <{LICENCE}> {end}"
    yield f"{subject} <{DCT}conformsTo> {node(iris.ONTOLOGY)} {end}"
    yield f"{subject} <{OWL}versionInfo> {text(version)} {end}"
    yield f"{subject} <{VOID}uriSpace> {text(BASE)} {end}"
    yield f"{subject} <{VOID}vocabulary> {node(ATKG)} {end}"
