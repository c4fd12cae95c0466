"""pySHACL is the judge: alone, over the union of all graphs, it finds what the compiled shapes find, only later.

The whole of fifty generated plans is judged by `tests/benchmarks/validation.py --plans 50 --judge all`; here a seeded
sample of it is, sized for a test: core constraints on generated plans with faults, and every shape on small plans.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import small_nation
from atkg import dataset
from atkg.namespaces import ATKG, BASE
from atkg.plans import read_plans
from atkg.registers import Registers
from atkg.store import Store
from atkg.validate import Shapes
from atkg.validate.judge import judged
from atkg.validate.run import faults
from conftest import DATA

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

from validation import write_nation

SHAPES = Shapes.load()
CORE = Shapes(SHAPES.core)


def ours(store: Store, shapes: Shapes) -> Counter:
    return Counter(
        (str(fault.shape), fault.component, fault.focus, str(fault.path), fault.value)
        for fault in faults(store, shapes)
    )


def theirs(results: Iterator) -> Counter:
    return Counter(
        (str(shape), component, focus, str(path), value) for shape, component, focus, path, value, *_ in results
    )


def named(found: Counter) -> set[str]:
    return {key[0].rpartition("#")[2] for key in found}


def loaded(data: Path) -> Store:
    return dataset.load(read_plans(data), Registers.load(data / "registers"))


def test_on_the_real_data_core_constraints_agree(store):
    assert ours(store, CORE) == theirs(judged(store, CORE.graph))


def test_on_generated_plans_with_faults_core_constraints_agree(tmp_path):
    store = loaded(write_nation(3, 20210409, 0.1, tmp_path))
    found = ours(store, CORE)
    assert found == theirs(judged(store, CORE.graph))
    assert "Task-leadAgency" in named(found)


FAULTS = f"""
@base <{BASE}> .
@prefix atkg: <{ATKG}> .
<id/task/yuxi-2022-1/sec_1/sub_1/t1> atkg:derivedFrom <id/task/yuxi-2022-2/sec_1/sub_1/t1> ; atkg:endDate 1 .
<id/task/yuxi-2022-1/sec_1/sub_2/t1> atkg:leadAgency <id/agency/yuxi/x-00000000> , "x"@zh , 7 .
<id/task/yuxi-2022-1/sec_1/sub_3/t1> a atkg:Clause , atkg:Milestone , atkg:Assignment , atkg:Derivation .
<id/task/yuxi-2022-1/sec_1/sub_4/t1> atkg:evidence <source/yunnan-2021-1/0-1> , <source/yuxi-2022-1/9-4> ;
    atkg:sourceText "other words"@zh , "other words"@en , "" ; atkg:order 0 , 1.5 , "one" .
<source/yuxi-2022-1/9-4> <http://www.w3.org/ns/oa#start> 9 ; <http://www.w3.org/ns/oa#end> 4 , 99999 .
<eli/yuxi-2022-1> atkg:beginDate "2031-01-01" , "2032-01-01"^^<http://www.w3.org/2001/XMLSchema#date> ;
    atkg:implementsPlan <eli/yuxi-2022-1> , <eli/nowhere-2021-1> ; <http://purl.org/dc/terms/title> "b"@zh , "c"@fr .
<id/milestone/yuxi-2022-1/m> a atkg:Milestone ; atkg:timing <id/timing/period> , <id/timing/done> ;
    atkg:statedIn <eli/yuxi-2022-1/sec_1> ; atkg:endDate "2032-01-01"^^<http://www.w3.org/2001/XMLSchema#date> .
<eli/yuxi-2022-1/sec_1/sub_9> a atkg:Clause ; atkg:partOf <eli/yuxi-2022-1/sec_1> ; atkg:number "(一)" ; atkg:order 1 .
<id/reconstructed/yuxi-2022-1/1> a atkg:Clause , atkg:ReconstructedClause ; atkg:attestedBy 3 ; atkg:number "1" .
<id/agency/yuxi/y> a atkg:Agency , atkg:Body , atkg:AgencyGroup ; atkg:function <id/role/lead> .
"""


def test_every_shape_agrees_with_one_run_of_pyshacl_over_everything(tmp_path):
    """Faults of all kinds, in the graphs of small plans beside registers and ontology."""
    data = small_nation.write(tmp_path)
    path = data / "plans" / small_nation.CITY / "graph.ttl"
    path.write_text(path.read_text(encoding="utf-8") + FAULTS, encoding="utf-8")
    store = loaded(data)
    # rdflib can't ask one graph for its graphs, so this shape has no judge here
    judgeable = SHAPES.only([root for root in SHAPES.roots if not root.endswith("Dataset-tripleInOneGraph")])
    found = ours(store, judgeable)
    assert found == theirs(judged(store, judgeable.graph))
    assert len(named(found)) > 40


def test_after_one_change_one_graph_is_read_again_and_nothing_without_one(tmp_path):
    from atkg.checks import check

    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    told = []
    for change in ("", "\n", ""):
        path = data / "plans" / "dazu-2022-60" / "graph.ttl"
        path.write_text(path.read_text(encoding="utf-8") + change, encoding="utf-8")
        told.append([])
        check(data, jobs=1, cache=tmp_path / "cache", progress=lambda part, _done, _of: told[-1].append(part))
    first, changed, unchanged = told
    plans = ["dazu-2022-60", "jinghai-2022-12", "luan-2022-49", "yunnan-2021-50", "yuxi-2021-2030"]
    assert first[1:6] == plans
    assert changed[1:3] == ["dazu-2022-60", ""]
    assert not set(plans) & set(unchanged)
