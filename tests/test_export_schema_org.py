"""The profile schema-org, in files and in the heads of pages: words that schema.org has, and nothing invented."""

from __future__ import annotations

import json
import re

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDF, SDO

from atkg.export.schema_org import SCHEMA_ORG, dataset, for_page
from atkg.namespaces import BASE
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from exporting import MANIFEST, ask, files

S = Namespace("https://schema.org/")

# Each class with its own properties and those it has from Thing, CreativeWork, Place or Organization, as far as they
# are used, as https://schema.org/version/latest lists them.
THING = {"alternateName", "description", "identifier", "name", "sameAs", "subjectOf", "url"}
WORK = THING | {
    "citation",
    "creativeWorkStatus",
    "creator",
    "dateModified",
    "encoding",
    "encodingFormat",
    "inLanguage",
    "isAccessibleForFree",
    "isBasedOn",
    "isPartOf",
    "keywords",
    "license",
    "position",
    "publisher",
    "spatialCoverage",
    "temporalCoverage",
    "text",
    "version",
}
LEGISLATION = WORK | {
    "legislationDate",
    "legislationEnsuresImplementationOf",
    "legislationIdentifier",
    "legislationJurisdiction",
    "legislationPassedBy",
    "legislationType",
}
MEDIA = WORK | {"contentSize", "contentUrl", "sha256"}
KNOWN = {
    "AdministrativeArea": THING | {"containedInPlace"},
    "Country": THING | {"containedInPlace"},
    "DataCatalog": WORK,
    "DataDownload": MEDIA,
    "Dataset": WORK | {"distribution", "includedInDataCatalog"},
    "GovernmentOrganization": THING | {"areaServed"},
    "Legislation": LEGISLATION,
    "LegislationObject": LEGISLATION | MEDIA | {"legislationLegalValue"},
    "Organization": THING | {"areaServed"},
    "WebPage": WORK,
}


@pytest.fixture(scope="module")
def path(store, tmp_path_factory):
    return files(store, SCHEMA_ORG, tmp_path_factory.mktemp("schema"))["schema-org/atkg.jsonld"]


@pytest.fixture(scope="module")
def things(path) -> dict[str, dict]:
    return {thing["@id"]: thing for thing in json.loads(path.read_text(encoding="utf-8"))["@graph"]}


@pytest.fixture(scope="module")
def graph(path) -> Graph:
    return Graph().parse(path)


@pytest.fixture(scope="module")
def client(store):
    return create_site(LocalEngine(store), MANIFEST).test_client()


def unknown(thing) -> list[str]:
    """The classes and properties of a thing, and of all within it, that schema.org doesn't have."""
    if isinstance(thing, list):
        return [each for one in thing for each in unknown(one)]
    if not isinstance(thing, dict) or "@value" in thing:
        return []
    own = {name for name in thing if not name.startswith("@")}
    faults = sorted(f"{thing['@type']}.{name}" for name in own - KNOWN[thing["@type"]])
    return faults + [each for name in own for each in unknown(thing[name])]


def test_every_word_is_one_of_schema_org(things):
    assert unknown(list(things.values())) == []


# a term that rdflib's list of schema.org, which is older, lacks
YOUNGER = {"legislationEnsuresImplementationOf"}


def test_every_word_is_in_a_list_of_others_too(graph):
    names = {str(term).removeprefix(str(S)) for term in (*graph.predicates(), *graph.objects(None, RDF.type))}
    names -= {str(RDF.type)}
    assert {name for name in names if name not in SDO} == YOUNGER


def test_it_is_read_without_fetching_anything(graph, store):
    plans = {(str(each),) for each in graph.subjects(RDF.type, S.Legislation) if "/eli/" in str(each)}
    assert ask(store, "SELECT ?p { ?p a atkg:Plan }") <= plans
    assert graph.value(URIRef(f"{BASE}eli/yunnan-2021-50"), S.legislationDate) == Literal("2021-10-20", datatype=S.Date)
    assert {property_ for property_ in graph.predicates() if not str(property_).startswith((str(S), str(RDF)))} == set()


def test_a_plan_says_what_a_registry_wants_to_know(things):
    plan = things[f"{BASE}eli/luan-2022-49"]
    assert plan["@type"] == "Legislation"
    assert plan["legislationIdentifier"] == "六政办秘〔2022〕49号"
    assert plan["temporalCoverage"] == "2022-01-01/2030-12-31"
    assert plan["legislationJurisdiction"]["name"] == "六安市"
    assert plan["legislationPassedBy"]["@type"] == "GovernmentOrganization"
    assert plan["encoding"]["legislationLegalValue"] == "https://schema.org/UnofficialLegalValue"
    assert {each["@id"] for each in plan["legislationEnsuresImplementationOf"]} == {
        f"{BASE}eli/cn-2021-13",
        f"{BASE}eli/anhui-2021-108",
    }


# what can't be marked is left out: these two carry out a plan that they don't cite
@pytest.mark.parametrize(
    ("plan", "above"), [("yuxi-2021-2030", "yunnan-2021-50"), ("jinghai-2022-12", "tianjin-2021-51")]
)
def test_what_the_document_does_not_say_is_only_a_basis(things, plan, above):
    told = things[f"{BASE}eli/{plan}"]
    assert [each["@id"] for each in told["isBasedOn"]] == [f"{BASE}eli/{above}"]
    ensured = told.get("legislationEnsuresImplementationOf", [])
    assert f"{BASE}eli/{above}" not in [each["@id"] for each in ensured]


def test_what_is_not_known_is_not_there(things):
    assert not {"legislationDate", "legislationIdentifier", "legislationPassedBy"} & set(
        things[f"{BASE}eli/yuxi-2021-2030"]
    )


def test_the_parts_are_those_that_were_read(things, store):
    parts = {(name,) for name, thing in things.items() if "isPartOf" in thing}
    assert parts == ask(store, "SELECT ?c { ?c a atkg:Clause FILTER NOT EXISTS { ?c a atkg:ReconstructedClause } }")


def test_a_lost_text_is_marked_and_not_filled(things):
    lost = things[f"{BASE}eli/yuxi-2021-2030/sec_3/sub_2/row_1"]
    assert lost["creativeWorkStatus"] == "原文缺失"
    assert "text" not in lost


KINDS = [
    ("yuxi/public-security", "GovernmentOrganization"),
    ("yunnan/joint-conference", "GovernmentOrganization"),
    # a party organ, a mass organisation and a company are organisations, but none of the government
    ("yuxi/publicity", "Organization"),
    ("yuxi/youth-league", "Organization"),
    ("yunnan/airport-group", "Organization"),
]


@pytest.mark.parametrize(("agency", "kind"), KINDS)
def test_organisations_are_of_the_kind_that_they_are(things, agency, kind):
    assert things[f"{BASE}id/agency/{agency}"]["@type"] == kind


def test_a_collective_is_no_organisation(things):
    assert f"{BASE}id/agency/yuxi/member-units" not in things


def test_the_dataset_has_what_search_for_datasets_asks_for(things):
    told = things[f"{BASE}dataset/atkg"]
    assert 50 <= len(told["description"]) <= 5000
    for name in ("name", "license", "creator", "distribution", "keywords", "temporalCoverage", "version"):
        assert told[name]
    assert all({"contentUrl", "encodingFormat"} <= set(each) for each in told["distribution"])


def test_one_plan_alone(store, things, tmp_path):
    made = files(store, SCHEMA_ORG, tmp_path, "luan-2022-49")
    told = json.loads(made["schema-org/luan-2022-49.jsonld"].read_text(encoding="utf-8"))["@graph"]
    assert {thing["@id"] for thing in told if thing["@type"] == "Legislation" and "isPartOf" not in thing} == {
        f"{BASE}eli/luan-2022-49"
    }
    assert all(things[thing["@id"]] == thing for thing in told)


BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
PAGES = [
    ("/page/eli/yunnan-2021-50", "Legislation", f"{BASE}eli/yunnan-2021-50"),
    ("/page/eli/yunnan-2021-50/art_5", "Legislation", f"{BASE}eli/yunnan-2021-50/art_5"),
    ("/page/id/agency/yuxi/public-security", "GovernmentOrganization", f"{BASE}id/agency/yuxi/public-security"),
    ("/page/id/agency/yuxi/youth-league", "Organization", f"{BASE}id/agency/yuxi/youth-league"),
    ("/page/id/jurisdiction/yuxi", "AdministrativeArea", f"{BASE}id/jurisdiction/yuxi"),
    ("/dataset", "Dataset", f"{BASE}dataset/atkg"),
]


@pytest.mark.parametrize(("address", "kind", "thing"), PAGES)
def test_pages_carry_in_their_heads_what_the_files_say(client, things, address, kind, thing):
    text = client.get(address, headers={"Accept": "text/html"}).text
    (block,) = BLOCK.findall(text[: text.index("</head>")])
    told = json.loads(block)
    assert told.pop("@context") == "https://schema.org"
    assert told["@type"] == kind
    assert told == things[thing]


# schema.org has no word for these
@pytest.mark.parametrize(
    "address",
    [
        "/page/id/role/lead",
        # no document at hand has it
        "/page/id/reconstructed/cn-2021-13/2.2",
        "/page/id/agency/yuxi/member-units",
        "/page/id/task/yuxi-2021-2030/sec_1/row_1/t1",
        "/docs",
    ],
)
def test_a_page_of_something_else_has_no_block(client, address):
    assert not BLOCK.findall(client.get(address).text)


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]> & \u2028 \u2029",
    '"\\',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_ends_the_block(text):
    block = for_page({"@type": "Legislation", "name": text})
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block)["name"] == text


def test_a_dataset_of_which_nothing_is_known_is_described_without_gaps():
    told = dataset({}, [], None)
    assert None not in told.values()
    assert "distribution" not in told
