"""Proposals for derivations: small cases, figures that must not fall, and what a proposal must never be."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from atkg.align import Known, Verdict, evaluate, propose, write_rows
from atkg.align.evaluation import Figures
from atkg.align.features import Above, Corpus, features
from atkg.align.models import Learner
from atkg.align.orders import Kind, lineage, orders, phrases, plan_targets
from atkg.derivation import THRESHOLD, Row, attested, by_reference, parts, read_rows
from atkg.errors import UsageError
from atkg.extract import guess_record, read_plan
from atkg.national import read_register
from conftest import DATA

ACCEPTED = 0.6
"""Where precision is above 0.95."""


@pytest.fixture(scope="module")
def known(readings, registers) -> Known:
    path = DATA / "registers" / "national-clauses.csv"
    clauses = read_register(path)
    stating = {key: {task.clause for task in reading.tasks} for key, reading in readings.items()}
    references = {
        key: by_reference(sorted((c.path, c.reference, c.path in stating[key]) for c in reading.clauses))
        for key, reading in readings.items()
    }
    places = {reading.plan.jurisdiction: key for key, reading in readings.items()}
    return Known(clauses, attested(clauses, places, references, path), readings, registers)


@pytest.fixture(scope="module")
def evaluation(known):
    return evaluate(known)


@pytest.fixture(scope="module")
def from_yunnan(readings, known):
    return propose(readings["yuxi-2021-2030"], known, readings["yunnan-2021-50"])


@pytest.fixture(scope="module")
def from_register(readings, known):
    return {key: propose(readings[key], known) for key in sorted(readings)}


PHRASES = [
    # the marks go, and a short piece joins the next one
    ("完善机制，加强上下联动，依法严惩", ("完善机制加强上下联动", "依法严惩")),
    # a list is one phrase
    ("提供寻亲、落户、求学等服务。", ("提供寻亲落户求学等服务",)),
    # too little to stand alone at the end
    ("开展反拐宣传活动，等等", ("开展反拐宣传活动等等",)),
    ("", ()),
    ("。", ()),
]


@pytest.mark.parametrize(("text", "expected"), PHRASES)
def test_a_text_falls_into_phrases(text, expected):
    assert phrases(text) == expected


def test_orders_are_tasks_other_duties_and_headings(known):
    luan = {order.source: order for order in known.orders["luan-2022-49"]}
    # a task, and what the clause says beside its task
    assert luan["sec_4/sub_1/t1"].kind is Kind.TEXT
    assert luan["sec_4/sub_1"].phrases[0].startswith("积极动员社会组织")
    # a yearly measure has the lines of its agency
    measure = luan["annex/row_7/col_2022/item_1"]
    assert (measure.kind, measure.lead, measure.heading) == (Kind.ROW, {"health"}, "")
    # the row of an agency is no heading, a section is
    assert "annex/row_7" not in luan
    assert luan["sec_3"].kind is Kind.HEADING
    yuxi = {order.source: order for order in known.orders["yuxi-2021-2030"]}
    assert yuxi["sec_3/sub_2/row_2/t1"].kind is Kind.LOST
    # a heading that the register cites by its only row
    assert "sec_7/sub_2" not in yuxi


def test_every_order_is_a_part(known):
    for key, given in known.orders.items():
        assert {order.source for order in given} <= parts(known.readings[key]).keys()
        assert len({order.source for order in given}) == len(given)
        covered = {order.source for order in given}
        assert {f"{task.clause}/t{task.index}" for task in known.readings[key].tasks} <= covered


def test_a_phrase_of_a_part_that_attests_several_clauses_counts_for_the_supported_one(known):
    learner = Learner(known)
    above = learner.above("chongqing")
    # 云南 15(四) attests three clauses; what it says of brokers, 静海 and 六安 say of one of them
    place = {target.to: n for n, target in enumerate(above.targets)}
    word = learner.corpus.places(["坚决取缔非法职业中介婚姻中介机构"])[0]
    weights = {
        to: max(above.weight[(above.words == word) & (above.of == place[to])]) for to in ("2.2.2.2.4", "2.2.2.2.5b")
    }
    assert weights["2.2.2.2.5b"] == 1
    assert weights["2.2.2.2.4"] < 0.7


# lineage: precision and recall at ACCEPTED that must be kept; a little below what is reached
FLOORS = {
    None: (0.955, 0.82),
    "anhui": (0.96, 0.59),
    "chongqing": (0.97, 0.94),
    "tianjin": (0.94, 0.92),
    "yunnan": (0.93, 0.80),
}


@pytest.mark.parametrize("hidden", FLOORS)
def test_the_figures_do_not_fall(hidden, evaluation):
    precision, recall = FLOORS[hidden]
    figures = evaluation.figures(ACCEPTED, hidden)
    assert figures.precision >= precision
    assert figures.recall >= recall
    assert figures.lenient >= figures.precision


def test_the_threshold_of_the_graph_is_precise(evaluation):
    figures = evaluation.figures(THRESHOLD)
    assert figures.precision >= 0.95
    assert figures.recall >= 0.76


def test_scores_are_shares_of_right_links(evaluation):
    for low, high in ((0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        here = [link for link in evaluation.links if low <= link.score < high]
        right = sum(link.right for link in here) / len(here)
        assert abs(right - sum(link.score for link in here) / len(here)) < 0.12


def test_every_link_of_the_register_is_counted_once(evaluation, known):
    links = [(link.plan, link.clause, link.to) for link in evaluation.links if link.right]
    assert len(links) == len(set(links))
    gold = {(plan, clause, to) for (plan, clause), several in known.gold.items() for to in several}
    assert set(links) | set(evaluation.unattested) == gold
    assert not set(links) & set(evaluation.unattested)
    assert {plan for plan, _, _ in evaluation.unattested} == {"jinghai-2022-12"}
    assert all(link.clause.startswith("annex/") and not link.right for link in evaluation.unjudged)


def test_figures_of_nothing():
    none = Figures(0, 0, 0, 0)
    assert (none.precision, none.lenient, none.recall, none.f1) == (1, 1, 1, 1)
    assert Figures(4, 2, 3, 2).f1 == pytest.approx(2 / 3)
    assert Figures(4, 2, 3, 2).lenient == 0.75


def test_nothing_of_the_own_lineage_is_looked_at(from_register, from_yunnan, readings, registers, known):
    for key, proposals in from_register.items():
        own = lineage(readings[key], registers)
        for proposal in proposals:
            assert proposal.to is None or proposal.to in known.clauses
            assert all(plan == key or known.lineage(plan) != own for plan, _ in proposal.evidence)
    above = parts(readings["yunnan-2021-50"])
    assert {proposal.to for proposal in from_yunnan} <= above.keys() | {None}


def test_every_task_has_a_proposal(from_register, readings):
    for key, proposals in from_register.items():
        sources = {proposal.source for proposal in proposals}
        assert {f"{task.clause}/t{task.index}" for task in readings[key].tasks} <= sources


def test_proposals_are_ranked_and_their_verdict_follows_the_score(from_register):
    for proposals in from_register.values():
        for before, after in zip(proposals, proposals[1:], strict=False):
            assert before.source != after.source or before.score >= after.score
        for proposal in proposals:
            assert 0 <= proposal.score <= 1
            assert (proposal.verdict is Verdict.ACCEPT) == (proposal.score >= THRESHOLD)
            assert (proposal.verdict is Verdict.LOCAL) == (proposal.to is None)


def test_evidence_is_the_same_wording_on_both_sides(from_register, readings):
    widths = str.maketrans("，；：（）．！？", ",;:().!?")
    for key, proposals in from_register.items():
        for proposal in proposals:
            if proposal.basis == "text" and proposal.evidence:
                (here, there) = [
                    readings[plan].text[s.start : s.end].translate(widths) for plan, s in proposal.evidence
                ]
                assert here == there
                assert proposal.evidence[0][0] == key


# lost row: the article of 云南 in whose place it stands, with the same agencies
LOST = {
    "sec_3/sub_1/row_4/t1": "art_13/sub_4/t1",
    "sec_3/sub_2/row_1/t1": "art_14/sub_1/t1",
    "sec_3/sub_2/row_2/t1": "art_14/sub_2/t1",
    "sec_3/sub_2/row_3/t1": "art_14/sub_3/t1",
    "sec_3/sub_3/row_1/t1": "art_15/sub_1/t1",
    "sec_3/sub_3/row_2/t1": "art_15/sub_2/t1",
}


def test_lost_rows_are_proposed_by_position(from_yunnan, readings):
    found = {
        source: [proposal for proposal in from_yunnan if proposal.source == source]
        for source in {proposal.source for proposal in from_yunnan if proposal.basis == "position"}
    }
    assert found.keys() == LOST.keys()
    # 三(三)1 and 2 name the same three agencies, so that the place alone has to tell them apart
    assert sum(found[source][0].to == to for source, to in LOST.items()) >= 5
    for source, to in LOST.items():
        (right,) = [proposal for proposal in found[source] if proposal.to == to]
        assert {plan for plan, _ in right.evidence} == {"yuxi-2021-2030", "yunnan-2021-50"}
        units = [readings[plan].text[span.start : span.end] for plan, span in right.evidence]
        assert all("市公安局" in words or "省公安厅" in words for words in units)


def test_the_parts_of_a_plan_that_repeats_the_one_above_are_accepted(from_yunnan, known):
    accepted = {(proposal.source, proposal.to) for proposal in from_yunnan if proposal.verdict is Verdict.ACCEPT}
    assert len(accepted) >= 60
    for pair in (
        ("sec_2/sub_1/row_1/t1", "art_8/sub_1/t1"),
        ("sec_5/sub_5/row_1/t1", "art_25/t1"),
        ("sec_2/sub_1", "art_8"),
        ("sec_7", "chp_8"),
    ):
        assert pair in accepted
    shared = [
        known.gold.get(("yuxi-2021-2030", source.partition("/t")[0]), set())
        & known.gold.get(("yunnan-2021-50", to.partition("/t")[0]), set())
        for source, to in accepted
    ]
    assert sum(map(bool, shared)) / len(accepted) > 0.9


OTHER_CITY = """青山市贯彻中国反对拐卖人口行动计划（2021—2030年）实施方案
一、预防犯罪
（一）规范我市人力资源市场秩序，督促职业介绍机构、劳务派遣单位做好反拐教育培训，清理整治非法职业中介。（市人力资源社会保障局负责，市公安局配合）
（二）管好娱乐场所治安，落实从业人员名簿和营业日志制度，依法取缔营利性陪侍。（市公安局、市文化和旅游局负责）
（三）严格出生医学证明管理，落实孕产妇出入院信息登记和身份核实，打击代孕。（市卫生健康委负责，市公安局配合）
（四）推广高标准农田建设，改善灌溉设施。（市农业农村局负责）
二、打击犯罪
（一）对拐卖儿童案件落实“一长三包责任制”，专案组对侦查破案负总责，案件不破不得撤销。（市公安局负责）
（二）采集失踪儿童父母血样录入打拐DNA信息库，对来历不明儿童落户先行采血比对。（市公安局负责，市民政局配合）
三、救助安置
（一）为被拐卖受害人指定医疗机构，提供心理疏导和治疗，开展残疾等级评定。（市卫生健康委、市残联负责）
（二）帮助被解救的适龄儿童入学，需要异地就学的帮助联系学校。（市教育局负责，市民政局配合）
"""

# task: the clause a reader would name, None for what is of this city alone
EXPECTED = {
    "sec_1/sub_1/t1": "2.1.2.2.1",
    "sec_1/sub_2/t1": "2.1.2.2.2",
    "sec_1/sub_3/t1": "2.1.2.3.3",
    "sec_1/sub_4/t1": None,
    "sec_2/sub_1/t1": "2.2.2.1.4",
    "sec_2/sub_2/t1": "2.2.2.1.6",
    "sec_3/sub_1/t1": "2.3.2.3.4",
    "sec_3/sub_2/t1": "2.3.2.4.1",
}


@pytest.fixture(scope="module")
def other_city(registers, known):
    reading = read_plan(guess_record(OTHER_CITY, "qingshan", registers), OTHER_CITY, registers)
    return propose(reading, known)


@pytest.mark.parametrize("source", EXPECTED)
def test_a_plan_of_a_city_that_nobody_knows(source, other_city):
    best = next(proposal for proposal in other_city if proposal.source == source)
    assert best.to == EXPECTED[source]
    if best.to:
        assert best.score > 0.5
        assert best.evidence
    else:
        assert best.verdict is Verdict.LOCAL


def test_a_register_that_too_few_lineages_attest(known, readings):
    few = {key: readings[key] for key in ("dazu-2022-60", "jinghai-2022-12")}
    places = {clause: [place for place in there if place[0] in few] for clause, there in known.attested.items()}
    with pytest.raises(UsageError):
        propose(readings["dazu-2022-60"], replace(known, readings=few, attested=places))


@pytest.mark.parametrize(
    "text", ["", "没有任务。", "加强城市绿化。（市住房城乡建设局负责）\n加强食品安全监管。（市市场监管局负责）"]
)
def test_a_text_on_something_else_has_no_ancestor(text, registers, known):
    reading = read_plan(guess_record(text, "else", registers), text, registers)
    found = propose(reading, known)
    assert {proposal.source for proposal in found} >= {f"{task.clause}/t{task.index}" for task in reading.tasks}
    assert all(proposal.verdict is not Verdict.ACCEPT and proposal.score < 0.5 for proposal in found)


def test_a_plan_above_that_orders_nothing(registers, readings, known):
    above = read_plan(guess_record("", "above", registers), "", registers)
    found = propose(readings["dazu-2022-60"], known, above)
    assert {proposal.verdict for proposal in found} == {Verdict.LOCAL}


def test_features_of_a_single_target(known):
    given = known.orders["dazu-2022-60"][:3]
    corpus = Corpus([given], [])
    found = features(given, Above(plan_targets(given)[1:2], corpus))
    assert all(values.shape == (3, 1) for values in found.values())


def test_reviewed_rows_stay_as_they_are(from_register, tmp_path):
    proposals = from_register["dazu-2022-60"]
    reviewed = [
        Row(2, "sec_3/sub_1/t1", "2.2.2.1", "text", None, True, "核对过, 见“上级”。"),
        Row(3, "sec_5/sub_4/t1", None, "", None, True, "本地措施 local"),
        Row(4, "sec_7/sub_3", "3.3c", "text", 0.5, True, ""),
    ]
    path = tmp_path / "derivations.csv"
    path.write_text(
        write_rows(proposals, [*reviewed, Row(5, "sec_2", "2.6", "text", 0.1, False, "")]), encoding="utf-8"
    )
    rows = read_rows(path)
    assert [replace(row, line=0) for row in rows[:3]] == [replace(row, line=0) for row in reviewed]
    new = rows[3:]
    assert new
    assert not any(row.reviewed for row in new)
    assert not {row.source for row in new} & {row.source for row in reviewed}
    assert ("sec_2", "2.6") not in {(row.source, row.to) for row in new}
    # nothing is declared local without a person
    assert all(row.to for row in new)
    assert all(row.confidence is not None and row.basis == "text" for row in new)
    assert write_rows(proposals, rows) == path.read_text(encoding="utf-8")


def test_a_local_measure_gets_no_row(from_register):
    local = {proposal.source for proposal in from_register["luan-2022-49"] if proposal.verdict is Verdict.LOCAL}
    assert "annex/row_1/col_2030" in local
    rows = list(csv.DictReader(io.StringIO(write_rows(from_register["luan-2022-49"], []))))
    assert not local & {row["from"] for row in rows}


SAME = """
import hashlib, sys
sys.path.insert(0, {tests!r})
import pytest
from conftest import DATA
import test_align as here
from atkg.extract import read_plan
from atkg.plans import read_plans
from atkg.registers import Registers
registers = Registers.load(DATA / "registers")
readings = {{p.key: read_plan(p.record, p.text, registers, p.corrections) for p in read_plans(DATA) if p.text is not None}}
known = here.known.__wrapped__(readings, registers)
print(here.digest(here.propose(readings["luan-2022-49"], known)))
"""


def digest(proposals) -> str:
    return hashlib.sha256(repr(proposals).encode()).hexdigest()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_proposals_under_any_hash_seed(seed, from_register):
    code = SAME.format(tests=str(DATA.parent / "tests"))
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(DATA.parent / "src")},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert answer.stdout.strip() == digest(from_register["luan-2022-49"])
