"""A data folder of four small plans, one below the other and beside each other, for tests that change it often."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from atkg.build import build
from conftest import DATA

PROVINCE, CITY, SISTER, BELOW = "yunnan-2021-1", "yuxi-2022-1", "yuxi-2022-2", "yuxi-2022-3"

_NUMBER = "云政办发〔2021〕1号"
_WORDS = (
    "开展反拐宣传教育，提高群众防范意识",
    "加强重点人群摸排，及时发现拐卖线索",
    "严厉打击拐卖妇女儿童犯罪",
    "做好被解救人员安置和康复工作",
)
_PLANS = {
    # key: (jurisdiction, lead, helper, plan above, how many of its measures come from there)
    PROVINCE: ("yunnan", "省公安厅", "省民政厅", None, 0),
    CITY: ("yuxi", "市公安局", "市民政局", PROVINCE, 4),
    # its first two measures share their words, and so their evidence above, with those of its sister
    SISTER: ("yuxi", "市公安局", "市妇联", PROVINCE, 4),
    BELOW: ("yuxi", "市教育局", "市民政局", CITY, 4),
}


def write(folder: Path) -> Path:
    """The data folder, written below this folder and built; it has no Violation."""
    data = folder / "data"
    shutil.copytree(DATA / "registers", data / "registers")
    for key, (place, lead, helper, above, links) in _PLANS.items():
        plan = data / "plans" / key
        plan.mkdir(parents=True)
        text = _text(lead, helper, cites=above is not None)
        (plan / "source.txt").write_text(text, encoding="utf-8")
        (plan / "plan.toml").write_text(_toml(key, place, above, text), encoding="utf-8")
        rows = [f"sec_1/sub_{number}/t1,sec_1/sub_{number}/t1,text,,true,\n" for number in range(1, links + 1)]
        (plan / "derivations.csv").write_text(
            "from,to,basis,confidence,reviewed,reason\n" + "".join(rows), encoding="utf-8"
        )
    assert build(data, folder / "out", jobs=1).report.conforms
    return data


def _text(lead: str, helper: str, *, cites: bool) -> str:
    head = f"实施方案\n\n根据{_NUMBER}，制定本方案。\n\n" if cites else "实施方案\n\n"
    measures = [
        f"（{'一二三四'[place]}）{words}。（{lead}负责，{helper}配合）\n\n" for place, words in enumerate(_WORDS)
    ]
    return f"{head}一、工作措施\n\n{''.join(measures)}"


def _toml(key: str, place: str, above: str | None, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    lines = [
        f'title = "{place}实施方案"',
        f'jurisdiction = "{place}"',
        "begin = 2021-01-01",
        "end = 2030-12-31",
        "[source]",
        'encoding = "utf-8"',
        f'sha256 = "{digest}"',
    ]
    if above:
        lines += ["[[cites]]", f'plan = "{above}"', f'number = "{_NUMBER}"']
    return "\n".join(lines) + "\n"
