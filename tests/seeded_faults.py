"""Faults of different kinds, each an edit of one file of the data folder and what must be said of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """An edit of one file, and what every format must say of it.

    Args:
        file: the file that is edited, below the data folder.
        before: the words that are replaced, once.
        after: what they become.
        shape: the shape that is broken.
        shown: the file in which the fault is shown.
        line: words that stand on the line in which it is shown, and on none before it.
    """

    file: str
    before: str
    after: str
    shape: str
    shown: str
    line: str


def graph(plan: str) -> str:
    return f"plans/{plan}/graph.ttl"


def links(plan: str) -> str:
    return f"plans/{plan}/derivation.ttl"


def text(plan: str) -> str:
    return f"plans/{plan}/source.txt"


WRITTEN = [
    # a name that no register knows, in the text of the document
    Fault(
        text("luan-2022-49"),
        "（市公安局牵头，",
        "（市公安某局牵头，",
        "Agency-registered",
        text("luan-2022-49"),
        "市公安某局",
    ),
    # the row of a link is gone: the task has no ancestor, and is shown at its words
    Fault(
        "plans/jinghai-2022-12/derivations.csv",
        "sec_2/sub_1/item_2/subitem_2/dash_1/t1,2.1.2.2.1,text,,true,\n",
        "",
        "Task-traced",
        text("jinghai-2022-12"),
        "——加强人力资源市场管理",
    ),
    # a column that is dated outside the plan, once the plan is said to end earlier
    Fault(
        "plans/luan-2022-49/plan.toml",
        "end = 2030-12-31",
        "end = 2029-12-31",
        "Milestone-deadlineWithinPlan",
        text("luan-2022-49"),
        "做好总结、评估、考核、宣传等工作",
    ),
]
"""Edits of what people write, after which the graphs are built anew."""

EDITED = [
    # a role that is no role, at the name whose role it is
    Fault(
        graph("dazu-2022-60"),
        "atkg:role <id/role/lead>",
        "atkg:role <id/role/boss>",
        "Assignment-role",
        text("dazu-2022-60"),
        "1．深化部门协同联动",
    ),
    # a recurrence that no calendar reads
    Fault(
        graph("dazu-2022-60"),
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=15",
        "EVERY YEAR",
        "Milestone-recurrence",
        text("dazu-2022-60"),
        "每年12月15日前",
    ),
    # a deadline beyond the plan, at the task whose deadline it is
    Fault(
        graph("dazu-2022-60"),
        'atkg:endDate "2030-12-31"^^xsd:date ;\n\tatkg:evidence <source/dazu-2022-60/9413-9427>',
        'atkg:endDate "2031-12-31"^^xsd:date ;\n\tatkg:evidence <source/dazu-2022-60/9413-9427>',
        "Task-deadlineWithinPlan",
        text("dazu-2022-60"),
        "（一）加强统筹协调",
    ),
    # a stage that is not in the scheme
    Fault(
        graph("jinghai-2022-12"),
        "<id/stage/prevention>",
        "<id/stage/preventing>",
        "Clause-stage",
        text("jinghai-2022-12"),
        "（1）深化多部门快速反应协同联动机制",
    ),
    # a timing that is not in the scheme, in a cell of the annex
    Fault(
        graph("luan-2022-49"),
        "atkg:timing <id/timing/period>",
        "atkg:timing <id/timing/perhaps>",
        "Milestone-timing",
        text("luan-2022-49"),
        "1.落实公安部“团圆行动”要求，",
    ),
    # the task says other words than the document
    Fault(
        graph("yunnan-2021-50"),
        'atkg:sourceText "完善儿童失踪有关信息收集',
        'atkg:sourceText "完善失踪有关信息收集',
        "Task-sourceTextAtOffset",
        text("yunnan-2021-50"),
        "完善儿童失踪有关信息收集",
    ),
    # a clause type with a slip
    Fault(
        graph("yunnan-2021-50"),
        "atkg:clauseType <id/clause-type/article> ;\n\tatkg:evidence <source/yunnan-2021-50/414-595> ;",
        "atkg:clauseType <id/clause-type/articel> ;\n\tatkg:evidence <source/yunnan-2021-50/414-595> ;",
        "Clause-clauseType",
        text("yunnan-2021-50"),
        "第二条",
    ),
    # an offset that its IRI doesn't have
    Fault(graph("yunnan-2021-50"), "oa:end 595 ", "oa:end 596 ", "Span-iri", text("yunnan-2021-50"), "第二条"),
    # a mark that is never false
    Fault(
        graph("luan-2022-49"),
        "atkg:openList true",
        "atkg:openList false",
        "Task-openList",
        text("luan-2022-49"),
        "市人社局",
    ),
    # an order that is no number
    Fault(
        graph("yuxi-2021-2030"),
        'atkg:number "二、" ;\n\tatkg:order 2 ;',
        'atkg:number "二、" ;\n\tatkg:order "three" ;',
        "Clause-order",
        text("yuxi-2021-2030"),
        "二、",
    ),
    # the basis of a link, in the table of links
    Fault(
        links("dazu-2022-60"),
        "atkg:derivationBasis <id/derivation-basis/text>",
        "atkg:derivationBasis <id/derivation-basis/guess>",
        "Derivation-derivationBasis",
        "plans/dazu-2022-60/derivations.csv",
        "sec_2/sub_1/item_1/t1,2.1.2.1",
    ),
    # a link that nobody reviewed and no score supports
    Fault(
        links("yuxi-2021-2030"),
        "atkg:reviewed true",
        "atkg:reviewed false",
        "Derivation-unreviewed",
        "plans/yuxi-2021-2030/derivations.csv",
        "sec_1/row_1/t1,art_4/par_1/t1",
    ),
    # a level that is not in the scheme, in the row of the register
    Fault(
        "registers/jurisdictions.csv",
        "Jinghai,county",
        "Jinghai,district",
        "Jurisdiction-level",
        "registers/jurisdictions.csv",
        "jinghai,",
    ),
    # a stage that is not in the scheme, in the row of another register
    Fault(
        "registers/national-clauses.csv",
        "Labour market safeguards against trafficking,prevention",
        "Labour market safeguards against trafficking,preventing",
        "Clause-stage",
        "registers/national-clauses.csv",
        "2.1.2.2.1,",
    ),
    # a body without its row, at the first place that names it
    Fault(
        "registers/agencies.csv",
        "\nbroadcasting,,",
        "\nbroadcasts,,",
        "Agency-registered",
        text("yunnan-2021-50"),
        "(一)人力资源领域。",
    ),
    # a correction that nobody built
    Fault(
        "plans/dazu-2022-60/corrections.csv",
        "checked_by\n",
        "checked_by\n1600-1602,{1600-1602},某某,笔误,核对人\n",
        "File-current",
        "plans/dazu-2022-60/corrections.csv",
        "1600-1602",
    ),
    # a date that nobody built
    Fault(
        "plans/jinghai-2022-12/plan.toml",
        "date = 2022-",
        "date = 2023-",
        "File-current",
        "plans/jinghai-2022-12/plan.toml",
        "date = 2023-",
    ),
]
"""Edits of graphs and registers, and of what people write without a build."""


def edit(data: Path, fault: Fault) -> None:
    path = data / fault.file
    old = path.read_bytes().decode()
    assert fault.before in old, fault
    source = path.with_name("source.txt")
    after = re.sub(
        r"\{(\d+)-(\d+)\}", lambda place: source.read_text(encoding="utf-8")[int(place[1]) : int(place[2])], fault.after
    )
    path.write_bytes(old.replace(fault.before, after, 1).encode())
    if path.name == "source.txt":
        toml = path.with_name("plan.toml")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        toml.write_text(re.sub(r'sha256 = ".*"', f'sha256 = "{digest}"', toml.read_text(encoding="utf-8")), "utf-8")
