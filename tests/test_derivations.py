"""Every task of every plan descends from a clause of the national plan, or is declared a local measure."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from atkg.build import build
from atkg.cli import main
from atkg.derivation import read_rows
from atkg.errors import InputError
from atkg.extract.text import normalise
from atkg.model import Reading
from atkg.national import read_register
from atkg.store import Store
from conftest import DATA

PREFIXES = """
PREFIX atkg: <https://w3id.org/atkg/ontology#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX oa: <http://www.w3.org/ns/oa#>
"""
NATIONAL = "https://w3id.org/atkg/eli/cn-2021-13"


def count(store: Store, pattern: str) -> int:
    return int(store.select(f"{PREFIXES} SELECT (COUNT(DISTINCT ?task) AS ?n) WHERE {{ {pattern} }}")[0]["n"])


def test_every_task_is_traced_to_the_national_plan_or_declared_local(store: Store):
    local_plan = "?task a atkg:Task ; atkg:partOf ?plan . ?plan atkg:implementsPlan ?above ."
    traced = f"?task atkg:tracesTo ?end . ?end atkg:partOf+ <{NATIONAL}> ."
    assert count(store, local_plan) == 297
    assert count(store, f"{local_plan} {traced}") + count(store, f"{local_plan} ?task atkg:localMeasure true .") == 297


def test_the_share_without_the_self_attested_links_is_what_the_readme_says(store: Store):
    alone = """
        ?task a atkg:Task ; atkg:derivedFrom ?any .
        FILTER NOT EXISTS {
            ?link atkg:from ?task ; atkg:to ?target .
            FILTER NOT EXISTS { ?link atkg:selfAttested true }
        }"""
    assert count(store, alone) == 12
    readme = (DATA.parent / "README.md").read_text(encoding="utf-8")
    assert "297 of 297" in readme and "285 of 297" in readme


def test_every_chain_from_yuxi_goes_through_yunnan_and_ends_in_the_national_plan(store: Store):
    yuxi = "?task atkg:partOf <https://w3id.org/atkg/eli/yuxi-2021-2030> ; a atkg:Task ."
    up = "?task atkg:derivedFrom ?up . ?up atkg:partOf+ <https://w3id.org/atkg/eli/yunnan-2021-50> ."
    assert count(store, yuxi) == count(store, f"{yuxi} {up}") == 54
    # articles 36 and 37 of 云南 name no body, so they are clauses without a task
    assert count(store, f"{yuxi} {up} ?up a atkg:Task .") == 52
    assert count(store, f"{yuxi} ?task atkg:tracesTo ?end . ?end atkg:partOf+ <{NATIONAL}> .") == 54


def test_nothing_traces_to_itself_or_within_its_own_plan(store: Store):
    assert not store.ask(f"{PREFIXES} ASK {{ ?part atkg:tracesTo ?part }}")
    within = (
        "?part atkg:derivedFrom ?above . ?part atkg:partOf+ ?plan . ?above atkg:partOf+ ?plan . ?plan a atkg:Plan ."
    )
    assert not store.ask(f"{PREFIXES} ASK {{ {within} }}")


def test_each_attestation_of_the_register_is_found_in_the_links(store: Store):
    """attested_by is a floor: the clause cited, what it states, or what is below it traces to the register's clause."""
    missing = store.select(f"""{PREFIXES}
        SELECT ?clause ?part WHERE {{
            ?clause a atkg:ReconstructedClause ; atkg:attestedBy ?part .
            FILTER NOT EXISTS {{
                {{ ?below atkg:partOf* ?part }} UNION {{ ?below atkg:statedIn/atkg:partOf* ?part }}
                ?below atkg:tracesTo ?target .
                FILTER (?target = ?clause || EXISTS {{ ?target atkg:statedIn ?clause }})
            }}
        }}""")
    assert not missing


def test_the_register_counts_as_many_lineages_as_it_cites():
    lineages = {"yunnan": "yunnan", "yuxi": "yunnan", "luan": "anhui", "dazu": "chongqing", "jinghai": "tianjin"}
    clauses = read_register(DATA / "registers" / "national-clauses.csv")
    assert len(clauses) == 108
    for clause in clauses.values():
        assert clause.attestation_count == len({lineages[found.place] for found in clause.attested_by}), clause.id


def test_the_six_lost_texts_are_recovered_beside_a_derivation_and_stay_lost(store: Store):
    rows = store.select(f"""{PREFIXES}
        SELECT ?task ?recovered ?above WHERE {{
            ?task atkg:recoveredText ?recovered ; atkg:textState ?lost ; atkg:derivedFrom/atkg:sourceText ?above .
            FILTER NOT EXISTS {{ ?task atkg:sourceText ?text }}
        }}""")
    assert len({row["task"] for row in rows}) == 6
    assert all(row["recovered"] == row["above"] for row in rows)


def test_shared_words_stand_on_both_sides_where_the_evidence_points(store: Store, readings: dict[str, Reading]):
    rows = store.select(f"""{PREFIXES}
        SELECT ?link ?span WHERE {{
            ?link atkg:derivationBasis <https://w3id.org/atkg/id/derivation-basis/text> ; atkg:evidence ?span .
        }} ORDER BY ?link ?span""")
    words: dict[str, list[str]] = {}
    for row in rows:
        key, _, place = row["span"].removeprefix("https://w3id.org/atkg/source/").partition("/")
        start, _, end = place.partition("-")
        words.setdefault(row["link"], []).append(normalise(readings[key].text[int(start) : int(end)]))
    pairs = [pair for pair in words.values() if len(pair) == 2]
    assert len(pairs) > 300
    widths = str.maketrans("，；：（）．！？", ",;:().!?")
    assert all(first.translate(widths) == second.translate(widths) for first, second in pairs)


TELLING = [
    # one article orders praise, blame and a veto; each clause is shown the sentence that it stands for
    ("eli/dazu-2022-60/sec_7/sub_3", "3.3b", "表彰"),
    ("eli/dazu-2022-60/sec_7/sub_3", "3.3c", "通报批评"),
    ("eli/yunnan-2021-50/art_37", "3.3", "平安"),
    ("eli/yunnan-2021-50/art_37", "3.3b", "表彰"),
    ("eli/yunnan-2021-50/art_37", "3.3c", "通报批评"),
    ("eli/yunnan-2021-50/art_37", "3.3d", "一票否决"),
    ("id/task/dazu-2022-60/sec_3/sub_6/item_1/t1", "2.2.2.2.1", "偷盗婴幼儿"),
    ("id/task/dazu-2022-60/sec_3/sub_6/item_1/t1", "2.2.2.2.3", "聚众阻碍"),
    ("id/task/dazu-2022-60/sec_3/sub_6/item_1/t1", "2.2.2.2.6", "被胁迫"),
    # a comma in another width is the same comma
    ("id/task/yuxi-2021-2030/sec_2/sub_2/row_1/t1", None, "完善娱乐场所从业人员名簿"),
]


@pytest.mark.parametrize(("part", "clause", "words"), TELLING, ids=[f"{row[0]} {row[1]}" for row in TELLING])
def test_the_wording_that_is_shown_is_that_of_the_clause(
    part, clause, words, store: Store, readings: dict[str, Reading]
):
    to = f"<https://w3id.org/atkg/id/reconstructed/cn-2021-13/{clause}>" if clause else "?to"
    rows = store.select(f"""{PREFIXES}
        SELECT ?span WHERE {{ ?link atkg:from <https://w3id.org/atkg/{part}> ; atkg:to {to} ; atkg:evidence ?span }}""")
    shown = set()
    for row in rows:
        key, _, place = row["span"].removeprefix("https://w3id.org/atkg/source/").partition("/")
        start, _, end = place.partition("-")
        shown.add(readings[key].text[int(start) : int(end)])
    assert len(rows) == 2
    assert all(words in text for text in shown), shown


HEADER = "from,to,basis,confidence,reviewed,reason\n"
FAULTS = [
    # a clause that isn't there
    ("sec_9/t1,2.1.2.1,text,,true,", "no sec_9/t1 in dazu-2022-60"),
    ("sec_2/sub_1/item_1/t1,9.9,text,,true,", "no 9.9 in the plan above, cn-2021-13"),
    # its own plan
    ("sec_2/sub_1/item_1/t1,sec_2/sub_1/item_2/t1,text,,true,", "in the plan above"),
    # twice the same
    ("sec_2/sub_1/item_1/t1,2.1.2.1,text,,true,\nsec_2/sub_1/item_1/t1,2.1.2.1,text,,true,", "repeats line 2"),
    # both at once
    ("sec_2/sub_1/item_1/t1,,,,true,local\nsec_2/sub_1/item_1/t1,2.1.2.1,text,,true,", "declared a local measure"),
    ("sec_2/sub_1/item_1/t1,,,,true,", "needs a reason"),
    ("sec_2/sub_1/item_1/t1,2.1.2.1,guess,,true,", "basis"),
    ("sec_2/sub_1/item_1/t1,2.1.2.1,text,1.5,true,", "confidence"),
    ("sec_2/sub_1/item_1/t1,2.1.2.1,text,,yes,", "reviewed"),
]


@pytest.mark.parametrize(("rows", "words"), FAULTS, ids=[fault[1] for fault in FAULTS])
def test_a_faulty_derivation_is_named_with_file_and_line(rows, words, tmp_path):
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = data / "plans" / "dazu-2022-60" / "derivations.csv"
    path.write_text(HEADER + rows + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=words) as error:
        build(data, tmp_path / "out")
    assert str(path) in str(error.value)
    assert error.value.line == 1 + len(rows.splitlines())


def test_a_task_without_derivation_or_declaration_is_a_violation(tmp_path):
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = data / "plans" / "dazu-2022-60" / "derivations.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("sec_2/sub_1/item_1/t1,")), encoding="utf-8")
    report = build(data, tmp_path / "out").report
    broken = [
        (result.shape, result.node.rpartition("atkg/")[2]) for result in report.results if result.level == "violation"
    ]
    assert broken == [("Task-traced", "id/task/dazu-2022-60/sec_2/sub_1/item_1/t1")]


def test_a_proposal_counts_from_the_threshold_on_and_says_that_nobody_reviewed_it(tmp_path):
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = data / "plans" / "dazu-2022-60" / "derivations.csv"
    text = path.read_text(encoding="utf-8")
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("sec_2/sub_1/item_1/t1,"))
    for confidence, counts in (("0.59", False), ("0.6", True)):
        path.write_text(f"{kept}sec_2/sub_1/item_1/t1,2.1.2.1,text,{confidence},false,\n", encoding="utf-8")
        assert len(read_rows(path)) == len(kept.splitlines())
        report = build(data, tmp_path / "out").report
        assert report.conforms == counts
        graph = (path.parent / "derivation.ttl").read_text(encoding="utf-8")
        assert ("atkg:reviewed false" in graph) == counts


SECOND = "第一章 总则\n\n第一条 学校宣传。将反拐教育纳入中小学教育教学活动中，提高学生自我保护意识。（省教育厅负责，省公安厅配合）\n"


def test_a_second_plan_of_a_jurisdiction_finds_its_way_in_and_disturbs_nothing(tmp_path):
    """The register cites 云南 by name; another plan of 云南 must not stand in for the one it means."""
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    folder = data / "plans" / "yunnan-2023-7"
    folder.mkdir()
    (folder / "source.txt").write_text(SECOND, encoding="utf-8")
    digest = hashlib.sha256(SECOND.encode()).hexdigest()
    (folder / "plan.toml").write_text(
        'title = "云南省补充方案"\njurisdiction = "yunnan"\nbegin = 2023-01-01\nend = 2030-12-31\n'
        f'[source]\nencoding = "utf-8"\nsha256 = "{digest}"\n'
        '[[cites]]\nplan = "cn-2021-13"\nbasis = "register"\nreason = "补充方案。 A supplement."\n',
        encoding="utf-8",
    )
    report = build(data, tmp_path / "out").report
    broken = [(result.shape, result.plan) for result in report.results if result.level == "violation"]
    assert broken == [("Task-traced", "yunnan-2023-7")]
    proposed = CliRunner().invoke(main, ["--data", str(data), "align", "yunnan-2023-7", "--write"])
    assert proposed.exit_code == 0, proposed.output
    rows = read_rows(folder / "derivations.csv")
    assert ("art_1/t1", "2.5.2.1.3") in {(row.source, row.to) for row in rows}
    assert build(data, tmp_path / "out").report.conforms
