"""The profile dcat-ap: the published shapes find nothing wrong, and what they recommend is there as far as it is known."""

from __future__ import annotations

import hashlib

import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, XSD

from atkg.catalogue import Counts, File, count, dcat_lines, describe, dumps, plan_entries
from atkg.export.dcat_ap import DCAT_AP
from atkg.export.profile import Written
from atkg.namespaces import BASE
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from exporting import MANIFEST, ask, broken, files, graph, published

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SHAPES = ("dcat-ap-3.0.1/shapes.ttl", "dcat-ap-3.0.1/range.ttl")
CATALOGUE, DATASET, SERIES = (URIRef(BASE + path) for path in ("dataset", "dataset/atkg", "dataset#plans"))

WRITTEN = [
    Written("atkg.nq", "nquads", "application/n-quads", hashlib.sha256(b"a").hexdigest(), 7_606_191),
    Written("tables/任务.csv", "csvw", "text/csv", hashlib.sha256(b"b").hexdigest(), 12),
    Written("atkg.sqlite", "sqlite", "application/vnd.sqlite3", hashlib.sha256(b"c").hexdigest(), 0),
]


@pytest.fixture(scope="module")
def dcat(store, tmp_path_factory) -> Graph:
    return graph(store, DCAT_AP, tmp_path_factory.mktemp("dcat"))


@pytest.fixture(scope="module")
def release(store, tmp_path_factory) -> Graph:
    """The catalogue of a release of three files."""
    made = files(store, DCAT_AP, tmp_path_factory.mktemp("release"), written=WRITTEN)
    return Graph().parse(made["dcat-ap/atkg.ttl"])


@pytest.fixture(scope="module")
def site(store) -> Graph:
    """What the site says at /dataset, which speaks VoID too."""
    client = create_site(LocalEngine(store), MANIFEST).test_client()
    return Graph().parse(data=client.get("/dataset.ttl").data, format="turtle")


def test_the_site_says_the_same(dcat, site):
    assert set(dcat) <= set(site)


@pytest.mark.parametrize("name", ["dcat", "release", "site"])
def test_the_published_shapes_find_nothing(name, request):
    assert broken(request.getfixturevalue(name), *published(*SHAPES)) == []


# what the shapes ask for, each found when it is taken away
BREAKS = [
    (CATALOGUE, DCTERMS.publisher, None),
    (CATALOGUE, DCTERMS.title, None),
    (DATASET, DCTERMS.description, None),
    (SERIES, DCTERMS.title, None),
    (None, DCAT.accessURL, None),
    (None, DCAT.endpointURL, None),
    (None, FOAF.name, None),
    (None, SPDX.algorithm, None),
    # the class of what is pointed to
    (None, RDF.type, DCTERMS.Location),
    (None, RDF.type, DCTERMS.MediaType),
    (None, RDF.type, DCTERMS.LicenseDocument),
]


@pytest.mark.parametrize("taken", BREAKS, ids=lambda taken: f"{taken[1].n3()}")
def test_the_published_shapes_would_find(release, taken):
    shapes = published(*SHAPES)
    damaged = Graph()
    for triple in release:
        damaged.add(triple)
    damaged.remove(taken)
    assert len(damaged) < len(release)
    assert broken(damaged, *shapes)


# what is recommended and not there, and why
UNKNOWN = [
    # nobody noted when the catalogue was first issued
    "dct:issued",
    # what kind of publisher those who work on atkg are is not for us to say
    "dct:type",
    # the registers have no coordinates
    "dcat#bbox",
    "dcat#centroid",
    # 安徽's opinions name no period
    "graph/plan/anhui-2021-108 dct:temporal",
]


def test_of_the_recommended_properties_only_those_are_missing_that_nobody_knows(dcat):
    results = broken(dcat, *published("dcat-ap-3.0.1/shapes_recommended.ttl"))
    assert results
    assert [result for result in results if not any(reason in result for reason in UNKNOWN)] == []
    assert len(results) == 3 + 2 * 10


def test_each_plan_is_a_dataset_of_the_series(dcat, store):
    plans = ask(store, "SELECT ?plan { ?plan a atkg:Plan }")
    members = {str(each).removeprefix(f"{BASE}graph/plan/") for each in dcat.subjects(DCAT.inSeries, SERIES)}
    assert {f"{BASE}eli/{key}" for key in members} == {plan for (plan,) in plans}
    listed = set(dcat.objects(CATALOGUE, DCAT.dataset))
    assert listed == {DATASET, *dcat.subjects(DCAT.inSeries, SERIES)}


def test_a_plan_without_its_text_says_so(dcat):
    told = {str(text) for text in dcat.objects(URIRef(f"{BASE}graph/plan/cn-2021-13"), DCTERMS.description)}
    assert any("原文不在来源之中" in text for text in told)
    assert any("not among the sources" in text for text in told)


def test_the_files_of_a_release_have_checksum_size_and_media_type(release):
    told = {}
    for file in release.objects(DATASET, DCAT.distribution):
        if checksum := release.value(file, SPDX.checksum):
            told[str(release.value(file, DCAT.downloadURL))] = (
                str(release.value(checksum, SPDX.checksumValue)),
                int(release.value(file, DCAT.byteSize)),
                str(release.value(file, DCAT.mediaType)).rpartition("media-types/")[2],
            )
    assert told == {
        f"{BASE}download/{each.path}".replace("任务", "%E4%BB%BB%E5%8A%A1"): (each.sha256, each.size, each.media_type)
        for each in WRITTEN
    }


def test_without_a_release_the_digest_of_the_snapshot_is_the_checksum_of_the_quads(dcat):
    (checksum,) = dcat.subjects(RDF.type, SPDX.Checksum)
    assert dcat.value(checksum, SPDX.checksumValue) == Literal(
        MANIFEST["digest"].removeprefix("sha256:"), datatype=XSD.hexBinary
    )


def test_nobody_is_invented(dcat):
    assert not any("mailto:" in str(term) or "@" in str(term) for triple in dcat for term in triple)
    assert {str(name) for name in dcat.objects(None, FOAF.name)} == {"atkg 贡献者", "The atkg contributors"}


def test_one_plan_alone_is_one_dataset_beside_the_whole(store, tmp_path):
    one = graph(store, DCAT_AP, tmp_path, "luan-2022-49")
    assert set(one.objects(CATALOGUE, DCAT.dataset)) == {DATASET, URIRef(f"{BASE}graph/plan/luan-2022-49")}
    assert broken(one, *published(*SHAPES)) == []


def test_whatever_is_listed_at_the_site_can_be_had(dcat):
    """The addresses are those of pages and dumps that the site has; the downloads are shown by their own tests."""
    for url in map(str, dcat.objects(None, DCAT.downloadURL)):
        assert url.startswith((f"{BASE}data/graph/plan/", f"{BASE}graphs?default&format=", f"{BASE}download/atkg.nq"))


def test_an_empty_dataset_has_a_catalogue_too():
    store = Store()
    counts = count(store.select)
    lines = dcat_lines(counts, {}, plan_entries(store.select))
    found = Graph().parse(data="\n".join(lines), format="nt")
    assert broken(found, *published(*SHAPES)) == []


def test_a_file_with_odd_characters_in_its_name_keeps_the_lines_whole():
    odd = File('https://w3id.org/atkg/download/a b>"é.csv', "text/csv; header=present", "“引号”\n换行", 'a "quote"\\')
    lines = describe(Counts(triples=0), {"version": '1"0'}, (), [odd])
    assert len(Graph().parse(data="\n".join(lines), format="nt")) == len(lines)


def test_counts_are_kept_and_read_back(store):
    counts = count(store.select)
    assert Counts.from_json(counts.to_json()) == counts


@pytest.mark.parametrize("kept", [None, {}, [], "x", {"triples": "many"}, {"triples": 1, "classes": None}])
def test_counts_that_another_version_kept_are_counted_again(kept):
    assert Counts.from_json(kept) is None


def test_the_dumps_of_a_store_without_a_snapshot_have_no_checksum():
    assert all(file.sha256 is None for file in dumps({}))
