"""The columns of the named queries: which a query has, and what people call them in Chinese and in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from atkg.sparql import Token, tokens

LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "above": ("承接自", "derived from"),
    "agencies": ("单位", "agencies"),
    "agency": ("单位", "agency"),
    "agencyLabel": ("单位", "agency"),
    "asHelper": ("配合项数", "as helper"),
    "asImplementer": ("落实项数", "carrying out"),
    "asLead": ("牵头项数", "as lead"),
    "assignment": ("分工", "assignment"),
    "attestationCount": ("佐证数", "attestations"),
    "basisLabel": ("承接依据", "basis"),
    "beginDate": ("起始日", "begin date"),
    "branch": ("分支", "branch"),
    "citedIssued": ("所引文件日期", "date of the plan cited"),
    "citedNumber": ("所引文号", "number of the plan cited"),
    "citedPlan": ("所引计划", "plan cited"),
    "citedTitle": ("所引计划", "plan cited"),
    "cites": ("文中引用", "cites it"),
    "clause": ("条款", "clause"),
    "clauseText": ("条款文字", "words of the clause"),
    "clausesWithoutTask": ("无任务的条款数", "clauses without a task"),
    "confidence": ("置信度", "confidence"),
    "depth": ("层级", "depth"),
    "derivation": ("承接关系", "derivation"),
    "descriptiveTitle": ("说明性标题", "descriptive title"),
    "dueDate": ("到期日", "due date"),
    "earliest": ("最早期限", "earliest deadline"),
    "end": ("终点", "end"),
    "endDate": ("截止日", "end date"),
    "from": ("承接方", "lower end"),
    "function": ("条线", "line of work"),
    "functionLabel": ("条线", "line of work"),
    "graph": ("图", "graph"),
    "group": ("统称", "group"),
    "groupLabel": ("统称", "group"),
    "hasText": ("有原文", "text at hand"),
    "heading": ("标题", "heading"),
    "helpLinesHere": ("本地配合条线", "lines that help here"),
    "helpers": ("配合单位", "cooperating agencies"),
    "implementers": ("落实单位", "implementing agencies"),
    "implements": ("贯彻落实", "carries it out"),
    "inAllOthers": ("其他各地都有", "in all others"),
    "issued": ("印发日期", "date of issue"),
    "issuerLabel": ("印发单位", "issuer"),
    "jurisdiction": ("辖区", "jurisdiction"),
    "jurisdictionLabel": ("辖区", "jurisdiction"),
    "kindLabel": ("机构性质", "kind of body"),
    "latest": ("最晚期限", "latest deadline"),
    "leadCount": ("牵头单位数", "lead agencies"),
    "leadInBoth": ("两级都牵头的条线", "lines that lead in both"),
    "leadLinesHere": ("本地牵头条线", "lines that lead here"),
    "leadOnlyAbove": ("只在上级牵头的条线", "lines that lead only above"),
    "leadOnlyHere": ("只在此处牵头的条线", "lines that lead only here"),
    "leads": ("牵头单位", "lead agencies"),
    "levelLabel": ("行政层级", "level"),
    "localMeasures": ("本地措施", "local measures"),
    "measureText": ("年度举措", "measure of the year"),
    "member": ("成员", "member"),
    "memberLabel": ("成员", "member"),
    "mention": ("文中名称", "name as written"),
    "milestone": ("进度要求", "milestone"),
    "milestoneText": ("进度要求文字", "words of the milestone"),
    "name": ("名称", "name"),
    "nameKind": ("名称种类", "kind of name"),
    "nameLanguage": ("语言", "language"),
    "nationalClause": ("国家计划条款", "national clause"),
    "nationalTitle": ("国家计划条款（说明性标题）", "national clause (descriptive title)"),
    "neither": ("未溯源且非本地", "neither traced nor local"),
    "number": ("编号", "number"),
    "object": ("宾语", "object"),
    "openList": ("列举未尽", "open list"),
    "otherClause": ("另一条款", "other clause"),
    "otherGraph": ("另一图", "other graph"),
    "otherPlans": ("其他计划数", "other plans"),
    "part": ("条款或任务", "clause or task"),
    "partText": ("文字", "words"),
    "partsTaken": ("已承接的下级条款数", "parts of it taken up"),
    "plan": ("计划", "plan"),
    "planAbove": ("上级计划", "plan above"),
    "planIssued": ("印发日期", "date of issue"),
    "planNumber": ("文号", "number of the plan"),
    "planTitle": ("计划", "plan"),
    "plansWithLine": ("有此条线的其他计划数", "other plans with this line"),
    "predicate": ("谓语", "predicate"),
    "presumedNumber": ("推定编号", "presumed number"),
    "reason": ("理由", "reason"),
    "recoveredText": ("补回文字", "recovered text"),
    "recurrence": ("重复规则", "recurrence"),
    "reference": ("条款号", "reference"),
    "referenceAbove": ("上级条款号", "reference above"),
    "referencesHere": ("本地条款号", "references here"),
    "remainingText": ("残存文字", "what is left of the text"),
    "responsible": ("责任单位", "responsible"),
    "reviewed": ("已复核", "reviewed"),
    "roleLabel": ("角色", "role"),
    "roleWording": ("角色用词", "wording of the role"),
    "selfAttested": ("自证", "self-attested"),
    "selfAttestedOnly": ("仅自证", "self-attested only"),
    "sharedWords": ("共同文字", "shared words"),
    "span": ("原文位置", "place in the text"),
    "stage": ("工作环节", "stage"),
    "stageLabel": ("工作环节", "stage"),
    "start": ("起点", "start"),
    "state": ("承接情况", "taken up"),
    "step": ("第几步", "step"),
    "subject": ("主语", "subject"),
    "takenElsewhere": ("已承接的其他辖区", "taken up elsewhere"),
    "task": ("任务", "task"),
    "taskAbove": ("上级任务", "task above"),
    "taskText": ("任务文字", "words of the task"),
    "tasks": ("任务数", "tasks"),
    "tasksOfPlan": ("计划任务总数", "tasks of the plan"),
    "tasksWithoutSelfAttested": ("任务数（不计自证）", "tasks, self-attested ones apart"),
    "text": ("文字", "words"),
    "textAbove": ("上级文字", "words above"),
    "textKind": ("文字来源", "kind of words"),
    "timing": ("时间类型", "timing"),
    "timingLabel": ("时间类型", "timing"),
    "to": ("被承接方", "upper end"),
    "traced": ("已溯源", "traced"),
    "tracedPercent": ("溯源比例（%）", "traced, per cent"),
    "tracedPercentWithoutSelfAttested": ("溯源比例（%，不计自证）", "traced, per cent, self-attested ones apart"),
    "typeLabel": ("条款类型", "type of clause"),
    "usedIn": ("使用之处", "used in"),
}
"""What people call each column of the named queries."""

_REFERENCES: Final = ("from", "task", "part", "clause", "milestone")
_REFERENCES_ABOVE: Final = ("taskAbove", "above", "to")


def column_label(name: str, language: str) -> str:
    """The column's name for people; the variable's own where there is none."""
    zh, en = LABELS.get(name, (name, name))
    return zh if language == "zh" else en


def columns_of(text: str) -> list[str]:
    """The variables that a SELECT names, in order.

    >>> columns_of("PREFIX a: <b#> SELECT DISTINCT ?x (MAX(?y) AS ?z) WHERE { SELECT ?n WHERE {} }")
    ['x', 'z']
    """
    return list(_projected(list(tokens(text))))


def _projected(found: list[Token]) -> Iterator[str]:
    start = next((index for index, token in enumerate(found) if token.word == "SELECT"), len(found))
    depth = 0
    for before, token in zip(found[start:], found[start + 1 :], strict=False):
        if token.text == "{" or token.word == "WHERE":
            return
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if token.kind == "variable" and (depth == 0 or (depth == 1 and before.word == "AS")):
            yield token.text[1:]


def companions(columns: list[str]) -> dict[str, str]:
    """For columns that hold things, the column that says what each is called: one cell for people.

    >>> companions(["plan", "planTitle", "reference", "task", "taskText"])
    {'plan': 'planTitle', 'task': 'reference'}
    """
    found: dict[str, str] = {}
    for name in columns:
        named = (f"{name}Label", f"{name}Title", f"{name.removesuffix('Plan')}Title")
        if partner := next((each for each in named if each in columns and each not in found.values()), None):
            found[name] = partner
    for names, reference in ((_REFERENCES, "reference"), (_REFERENCES_ABOVE, "referenceAbove")):
        thing = next((name for name in names if name in columns and name not in found), None)
        if thing and reference in columns:
            found[thing] = reference
    if "nationalClause" in columns and "nationalTitle" in columns:
        found["nationalClause"] = "nationalTitle"
    return found
