"""The tables that people and programs for tables read: which there are, and which part of a statement is in which cell.

A row is a thing as one graph tells of it. A column stands for one property with one form of value; what fits no
column (a second value, a text in another language, an IRI elsewhere) stands in `links` or `quads`, so that all
tables together say exactly what the graph says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from atkg.export.terms import STRING, Quad
from atkg.namespaces import ATKG, BASE, DCT, OA, SCHEMA, SKOS, XSD

Form = Literal["iri", "path", "slug", "text", "texts", "string", "integer", "boolean", "date", "decimal"]
"""How a cell gives a value: an IRI as it is; as the path below our base; as what follows a prefix; literals."""

SEPARATOR: Final = "|"
"""Stands between the texts of one cell."""

PATH: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]+")
"""What the URI template {+path} leaves as it is."""
SLUG: Final = re.compile(r"[A-Za-z0-9\-._~]+")
"""What the URI template {slug} leaves as it is."""
_LEXICAL: Final = {
    "integer": re.compile(r"0|-?[1-9][0-9]{0,17}"),
    "boolean": re.compile(r"true|false"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "decimal": re.compile(r"-?(?:0|[1-9][0-9]{0,8})\.(?:[0-9]{0,5}[1-9]|0)"),
}
"""The literals that have no second way to be written."""
_UNSAFE: Final = re.compile(r"^[\s\ufeff]|[\s\ufeff]$|[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]|^$")
"""Texts that some reader of CSV would change, or take for an absent one."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        name: in the CSV file and in SQL.
        zh: what it says.
        en: the same in English.
        predicate: the property that it stands for; none for `id`, `graph` and what is put together for readers.
        form: the form of its values.
        prefix: for `slug`, how the IRIs begin; for `text`, the language.
        refers: the table whose `id` it holds.
        inverse: the row is the property's object, the cell its subject.
        sql: for what is put together for readers: how.
    """

    name: str
    zh: str
    en: str
    predicate: str = ""
    form: Form = "path"
    prefix: str = ""
    refers: str = ""
    inverse: bool = False
    sql: str = ""

    def cell(self, quad: Quad) -> str | int | float | None:
        """The cell that stands for this quad; None where the column can't hold it.

        >>> Column("text", "", "", "p", "text", "zh").cell(Quad("s", "p", "甲", "literal", "", "zh", ""))
        '甲'
        >>> Column("order", "", "", "p", "integer").cell(Quad("s", "p", "01", "literal", XSD + "integer", "", ""))
        """
        value = quad.value
        if quad.kind == "iri":
            if self.form == "iri":
                return value if PATH.fullmatch(value) and not value.startswith(BASE) else None
            start = {"path": BASE, "slug": self.prefix}.get(self.form)
            pattern = PATH if self.form == "path" else SLUG
            if start is None or not value.startswith(start) or not pattern.fullmatch(value, len(start)):
                return None
            return value.removeprefix(start)
        if quad.kind != "literal":
            return None
        if self.form in ("text", "texts", "string"):
            fits = quad.datatype == STRING if self.form == "string" else quad.language == self.prefix
            if not fits or _UNSAFE.search(value) or (self.form == "texts" and SEPARATOR in value):
                return None
            return value
        if quad.datatype != f"{XSD}{self.form}" or not _LEXICAL[self.form].fullmatch(value):
            return None
        if self.form == "integer":
            return int(value)
        if self.form == "decimal":
            return float(value)
        return int(value == "true") if self.form == "boolean" else value


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the things of a class, or those that have a property."""

    name: str
    zh: str
    en: str
    columns: Sequence[Column]
    type: str = ""
    having: str = ""

    @property
    def own(self) -> Sequence[Column]:
        """The columns whose values the row's subject itself has."""
        return [column for column in self.columns if column.predicate and not column.inverse]


_KIND: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def _kind(zh: str, en: str) -> Column:
    return Column("kind", zh, en, _KIND, "slug", ATKG)


def _concept(name: str, zh: str, en: str, predicate: str, scheme: str) -> Column:
    return Column(name, zh, en, predicate, "slug", f"{BASE}id/{scheme}/")


def _names(predicate: str = f"{SKOS}prefLabel", stem: str = "name") -> tuple[Column, Column]:
    return (
        Column(stem, "中文名称", "its name in Chinese", predicate, "text", "zh"),
        Column(f"{stem}_en", "英文名称", "its name in English", predicate, "text", "en"),
    )


_LEADING: Final = """(
    SELECT group_concat(name, '、') FROM (
        SELECT coalesce(a.name, a.id) AS name FROM links l JOIN agencies a ON a.id = l.target
        WHERE l.source = t.id AND l.property = 'ROLEAgency' ORDER BY a.id
    )
)"""


def _leading(role: str) -> str:
    """The names of a task's agencies in one role, for readers."""
    return _LEADING.replace("ROLE", role)


_TEXT: Final = Column("text", "原文", "its words", f"{ATKG}sourceText", "text", "zh")
_EVIDENCE: Final = Column(
    "evidence", "所依据的原文位置", "the place it was read from", f"{ATKG}evidence", refers="spans"
)
_POSITION: Final = Column("position", "次序", "its order among its siblings", f"{ATKG}order", "integer")
_STATE: Final = _concept("text_state", "原文状态", "lost, where the words are", f"{ATKG}textState", "text-state")
_CLAUSE: Final = Column("clause", "所在条款", "the clause that states it", f"{ATKG}statedIn", refers="clauses")

TABLES: Final[Sequence[Table]] = (
    Table(
        "plans",
        "计划",
        "plans",
        (
            *_names(f"{DCT}title", "title"),
            Column("number", "发文字号", "its document number", f"{DCT}identifier", "string"),
            Column("issued", "印发日期", "the day it was issued", f"{DCT}issued", "date"),
            Column("begins", "起始日期", "its first day", f"{ATKG}beginDate", "date"),
            Column("ends", "终止日期", "its last day", f"{ATKG}endDate", "date"),
            Column("issuer", "印发机关", "who issued it", f"{ATKG}issuer", refers="agencies"),
            Column("jurisdiction", "行政区划", "where it holds", f"{ATKG}jurisdiction", refers="jurisdictions"),
            Column("source", "原文", "its text", f"{DCT}source"),
            Column("url", "网址", "where it was found", f"{SCHEMA}url", "iri"),
        ),
        type=f"{ATKG}Plan",
    ),
    Table(
        "clauses",
        "条款（包括推定的国家计划条款）",
        "clauses, the reconstructed ones of the national plan among them",
        (
            _kind("ReconstructedClause 为推定条款", "ReconstructedClause where it is known from evidence only"),
            Column("plan", "所属计划", "the plan it belongs to", refers="plans", sql="t.plan"),
            Column("part_of", "上一级", "the clause or plan it is a part of", f"{ATKG}partOf"),
            _POSITION,
            Column("reference", "引用写法", "how people cite it", f"{ATKG}reference", "string"),
            Column("number", "编号", "its number as written", f"{ATKG}number", "string"),
            Column("heading", "标题", "its heading", f"{ATKG}heading", "text", "zh"),
            _concept("type", "层次", "chapter, article, item …", f"{ATKG}clauseType", "clause-type"),
            _TEXT,
            _STATE,
            _concept("stage", "工作环节", "stage of the work", f"{ATKG}stage", "stage"),
            _EVIDENCE,
            *_names(),
            Column("presumed_number", "推定编号", "its presumed number", f"{ATKG}presumedNumber", "string"),
            _concept("number_state", "编号状态", "how sure that is", f"{ATKG}numberState", "number-state"),
            Column("attestations", "佐证数", "lineages that attest it", f"{ATKG}attestationCount", "integer"),
        ),
        type=f"{ATKG}Clause",
    ),
    Table(
        "tasks",
        "任务",
        "tasks",
        (
            Column("plan", "所属计划", "the plan it belongs to", f"{ATKG}partOf", refers="plans"),
            _CLAUSE,
            _POSITION,
            _concept("basis", "分工依据", "what assigns it", f"{ATKG}assignmentBasis", "basis"),
            _TEXT,
            _STATE,
            Column("open_list", "单位未列全", "whether 等 leaves its list open", f"{ATKG}openList", "boolean"),
            _EVIDENCE,
            Column("lead", "牵头单位", "names of its lead agencies", sql=_leading("lead")),
            Column("cooperating", "配合单位", "names of those that cooperate", sql=_leading("cooperating")),
            Column("implementing", "落实单位", "names of those that implement", sql=_leading("implementing")),
        ),
        type=f"{ATKG}Task",
    ),
    Table(
        "assignments",
        "分工：任务、单位、职责",
        "assignments: task, agency, role",
        (
            Column("task", "任务", "the task", f"{ATKG}assignment", refers="tasks", inverse=True),
            Column("agency", "单位", "the agency", f"{ATKG}agency", refers="agencies"),
            _concept("role", "职责", "lead, cooperating or implementing", f"{ATKG}role", "role"),
            Column("mention", "原文名称", "the agency's name as written", f"{ATKG}mention", "string"),
            Column("wording", "职责用语", "the word of role as written", f"{ATKG}roleWording", "string"),
            _EVIDENCE,
        ),
        type=f"{ATKG}Assignment",
    ),
    Table(
        "agencies",
        "单位",
        "agencies",
        (
            _kind("Body 为机构，AgencyGroup 为合称", "Body, or AgencyGroup for a phrase that stands for several"),
            *_names(),
            Column("other_names", "其他名称", "other names", f"{SKOS}altLabel", "texts", "zh"),
            Column("misspellings", "误写", "misspellings met", f"{SKOS}hiddenLabel", "texts", "zh"),
            Column("jurisdiction", "行政区划", "where it works", f"{ATKG}jurisdiction", refers="jurisdictions"),
            _concept("body_kind", "机构性质", "government, party …", f"{ATKG}bodyKind", "body-kind"),
        ),
        type=f"{ATKG}Agency",
    ),
    Table(
        "milestones",
        "进度要求",
        "milestones",
        (
            Column("task", "任务", "the task, where it is a task's", f"{ATKG}milestone", refers="tasks", inverse=True),
            _CLAUSE,
            _concept("timing", "时间类型", "deadline, period, recurring …", f"{ATKG}timing", "timing"),
            Column("begins", "起始日期", "its first day", f"{ATKG}beginDate", "date"),
            Column("ends", "截止日期", "its last day", f"{ATKG}endDate", "date"),
            Column("recurrence", "重复规则", "its recurrence (RFC 5545)", f"{ATKG}recurrence", "string"),
            _TEXT,
            Column("agency", "单位", "the agency of its row", f"{ATKG}agency", refers="agencies"),
            _EVIDENCE,
        ),
        type=f"{ATKG}Milestone",
    ),
    Table(
        "derivations",
        "承接关系",
        "derivations: what comes down from what",
        (
            Column("part", "承接的部分", "the part that comes down", f"{ATKG}from"),
            Column("above", "上级的部分", "what it comes down from", f"{ATKG}to"),
            _concept(
                "basis", "依据", "cited, register, text or position", f"{ATKG}derivationBasis", "derivation-basis"
            ),
            Column("confidence", "置信度", "0 to 1, where computed", f"{ATKG}confidence", "decimal"),
            Column("reviewed", "已复核", "whether a person has reviewed it", f"{ATKG}reviewed", "boolean"),
            Column("self_attested", "仅本系佐证", "only its own lineage attests it", f"{ATKG}selfAttested", "boolean"),
            Column("reason", "理由", "the reason", f"{ATKG}reason", "string"),
            _EVIDENCE,
        ),
        type=f"{ATKG}Derivation",
    ),
    Table(
        "jurisdictions",
        "行政区划",
        "jurisdictions",
        (
            *_names(),
            Column("other_names", "其他名称", "other names", f"{SKOS}altLabel", "texts", "zh"),
            _concept("level", "层级", "nation, province, prefecture or county", f"{ATKG}level", "level"),
            Column("parent", "上级区划", "the one it lies in", f"{ATKG}within", refers="jurisdictions"),
        ),
        type=f"{ATKG}Jurisdiction",
    ),
    Table(
        "concepts",
        "概念：条线、职责、工作环节等",
        "concepts: lines of work, roles, stages and others",
        (
            _kind("Function、Role、Stage", "Function, Role, Stage"),
            Column("scheme", "概念体系", "the scheme it is in", f"{SKOS}inScheme"),
            *_names(),
            Column("definition", "中文定义", "its definition in Chinese", f"{SKOS}definition", "text", "zh"),
            Column("definition_en", "英文定义", "its definition in English", f"{SKOS}definition", "text", "en"),
        ),
        type=f"{SKOS}Concept",
    ),
    Table(
        "spans",
        "原文位置（码点，不含末位）",
        "places in the texts, in code points, the end exclusive",
        (
            Column("start", "起", "its first code point", f"{OA}start", "integer"),
            Column("stop", "止", "the code point after it", f"{OA}end", "integer"),
        ),
        having=f"{OA}start",
    ),
)
"""The tables of things, in the order in which a thing's table is looked for."""

LINKS: Final = Table(
    "links",
    "其余的关系：承接、追溯、职责、条线等，每行一条",
    "all other relations, one a row: derived from, traces to, roles, lines of work …",
    (
        Column("source", "从", "from"),
        Column("property", "关系", "the property, a name of our ontology", form="slug", prefix=ATKG),
        Column("target", "到", "to"),
        Column("graph", "所在的图", "the graph it stands in"),
    ),
)

QUADS: Final = Table(
    "quads",
    "其余的全部四元组（本体、形状、全文等）",
    "all quads that no other table holds: ontology, shapes, whole texts …",
    (
        Column("subject", "主语", "IRI or blank node"),
        Column("predicate", "谓语", "IRI"),
        Column("object", "宾语", "IRI, blank node, or the text of a literal"),
        Column("kind", "种类", "iri, blank or literal"),
        Column("datatype", "数据类型", "IRI of a literal's datatype; none for plain strings"),
        Column("language", "语言", "a literal's language"),
        Column("graph", "所在的图", "IRI of the graph"),
    ),
)
