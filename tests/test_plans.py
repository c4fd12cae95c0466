"""Plan folders: what plan.toml, source.txt and corrections.csv must be, and the sentence for each fault."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from atkg.errors import InputError
from atkg.extract import read_plan
from atkg.model import Citation, Role
from atkg.plans import read_plan_folder, read_plan_toml, read_plans

TEXT = "一、加强宣传。（市公按局牵头，市妇联配合）\n"
TOML = 'title = "某市方案"\njurisdiction = "yuxi"\n'


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "plans" / "yuxi-2022-1"
    path.mkdir(parents=True)
    return path


def write(folder, toml=TOML, data=None, encoding="utf-8", corrections=None):
    if data is not None:
        digest = hashlib.sha256(data).hexdigest()
        toml += f'[source]\nencoding = "{encoding}"\nsha256 = "{digest}"\n'
        (folder / "source.txt").write_bytes(data)
    (folder / "plan.toml").write_text(toml, "utf-8")
    if corrections is not None:
        (folder / "corrections.csv").write_text(corrections, "utf-8")


def refused(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert caught.value.zh != caught.value.en
    return caught.value.message("en")


def test_a_plan_is_read_from_its_folder(folder):
    write(
        folder,
        'title = "某市方案"\ntitle_en = "Scheme"\nnumber = "某政办〔2022〕1号"\njurisdiction = "yuxi"\n'
        "date = 2022-01-05\nbegin = 2022-01-01\nend = 2030-12-31\n"
        '[[cites]]\nplan = "yunnan-2021-50"\nnumber = "云政办发〔2021〕50号"\n'
        '[[cites]]\nplan = "cn-2021-13"\nbasis = "register"\nimplements = false\nreason = "由此"\n',
        TEXT.encode(),
    )
    found = read_plan_folder(folder)
    assert (found.key, found.text, found.corrections) == ("yuxi-2022-1", TEXT, ())
    assert (found.record.issued, found.record.end) == (date(2022, 1, 5), date(2030, 12, 31))
    assert found.record.cites == (
        Citation("yunnan-2021-50", "云政办发〔2021〕50号", True, "cited", None),
        Citation("cn-2021-13", None, False, "register", "由此"),
    )


def test_a_plan_that_is_only_cited_has_no_text(folder):
    write(folder)
    assert read_plan_folder(folder).text is None


TOMLS = [
    # line, sentence, content
    (2, "unknown key 'titel'", 'jurisdiction = "yuxi"\ntitel = "x"\n'),
    (None, "lacks the key 'title'", 'jurisdiction = "yuxi"\n'),
    (None, "lacks the key 'jurisdiction'", 'title = "x"\n'),
    (1, "title: expected a str, found 3", "title = 3\n"),
    (1, "title: is empty", 'title = ""\njurisdiction = "yuxi"\n'),
    (3, "date: expected a date", TOML + 'date = "2022-01-01"\n'),
    (3, "date: expected a date", TOML + "date = 2022-01-01T00:00:00\n"),
    (3, "begin 2030-01-01 is after end 2022-01-01", TOML + "begin = 2030-01-01\nend = 2022-01-01\n"),
    (3, "is not valid TOML", TOML + "number =\n"),
    (4, "unknown key 'source.sha'", TOML + '[source]\nsha = "x"\n'),
    (4, "source.sha256: expected 64 hexadecimal digits", TOML + '[source]\nsha256 = "abc"\n'),
    (3, "source.sha256: expected 64 hexadecimal digits", TOML + '[source]\nencoding = "utf-8"\n'),
    (3, "source: expected a dict", TOML + "source = 1\n"),
    (3, "cites: expected a table", TOML + "cites = [1]\n"),
    (3, "an entry of cites lacks the key 'plan'", TOML + '[[cites]]\nnumber = "x"\n'),
    (4, "needs its number as the source writes it", TOML + '[[cites]]\nplan = "cn-2021-13"\n'),
    (5, "cites.basis: expected 'cited' or 'register'", TOML + '[[cites]]\nplan = "cn-2021-13"\nbasis = "guess"\n'),
    (5, "unknown key 'cites.nummer'", TOML + '[[cites]]\nplan = "cn-2021-13"\nnummer = "x"\n'),
    (None, "is empty", ""),
]


@pytest.mark.parametrize(("line", "sentence", "content"), TOMLS)
def test_a_fault_in_plan_toml_is_named_with_its_line(folder, line, sentence, content):
    write(folder, content)
    path = folder / "plan.toml"
    message = refused(read_plan_toml, path)
    assert message.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert sentence in message


@pytest.mark.parametrize("content", ["\ufeff" + TOML, TOML.replace("\n", "\r\n")])
def test_plan_toml_can_come_from_another_system(folder, content):
    (folder / "plan.toml").write_bytes(content.encode())
    assert read_plan_toml(folder / "plan.toml").title == "某市方案"


def test_a_plan_cites_only_plans_that_have_a_folder(folder):
    write(folder, TOML + '[[cites]]\nplan = "cn-2021-13"\nnumber = "国办发〔2021〕13号"\n')
    message = refused(read_plans, folder.parent.parent)
    assert message.startswith(f"{folder / 'plan.toml'}:4: ")
    assert "cites the plan 'cn-2021-13'" in message


def test_a_data_folder_without_plans_is_named(tmp_path):
    assert "there is no such file" in refused(read_plans, tmp_path)


def test_hidden_folders_are_no_plans_and_other_names_are_refused(folder):
    write(folder)
    (folder.parent / ".cache").mkdir()
    assert [found.key for found in read_plans(folder.parent.parent)] == ["yuxi-2022-1"]
    (folder.parent / "Yuxi").mkdir()
    assert "is not a plan key" in refused(read_plans, folder.parent.parent)


SOURCES = [
    # encoding, how it is written
    ("utf-8", TEXT.encode()),
    ("utf-8", TEXT.encode("utf-8-sig")),
    ("gb18030", TEXT.encode("gb18030")),
    ("gbk", TEXT.encode("gbk")),
    ("utf-16", TEXT.encode("utf-16")),
]


@pytest.mark.parametrize(("encoding", "data"), SOURCES)
def test_a_source_is_decoded_as_plan_toml_says_without_its_mark(folder, encoding, data):
    write(folder, data=data, encoding=encoding)
    assert read_plan_folder(folder).text == TEXT


def test_line_ends_of_a_source_stand_as_they_are(folder):
    write(folder, data=TEXT.replace("\n", "\r\n").encode())
    assert read_plan_folder(folder).text == TEXT.replace("\n", "\r\n")


BAD_SOURCES = [
    (b"", "utf-8", "is empty"),
    (TEXT.encode("gbk"), "utf-8", "is not text in the encoding utf-8"),
    (b"\x00\x01\x02" * 50, "utf-8", "is not text in the encoding utf-8"),
    (TEXT.encode(), "utf-9", "no such encoding: 'utf-9'"),
]


@pytest.mark.parametrize(("data", "encoding", "sentence"), BAD_SOURCES)
def test_a_source_that_is_no_text_is_refused(folder, data, encoding, sentence):
    write(folder, data=data, encoding=encoding)
    message = refused(read_plan_folder, folder)
    assert message.startswith(f"{folder / 'source.txt'}: ")
    assert sentence in message


def test_a_source_must_be_the_text_received(folder):
    write(folder, data=TEXT.encode())
    (folder / "source.txt").write_bytes(TEXT.encode() + b" ")
    assert "source.txt is not the text received" in refused(read_plan_folder, folder)


def test_a_source_that_plan_toml_promises_must_be_there(folder):
    write(folder, data=TEXT.encode())
    (folder / "source.txt").unlink()
    assert refused(read_plan_folder, folder) == f"{folder / 'source.txt'}: there is no such file"


def test_a_source_without_a_checksum_is_not_passed_over(folder):
    write(folder)
    (folder / "source.txt").write_text(TEXT, "utf-8")
    assert "no [source]" in refused(read_plan_folder, folder)


HEADER = "place,read,meant,reason,checked_by\n"
CORRECTIONS = [
    (2, "expected start-end in code points", "eight,市公按局,市公安局,错字,甲\n"),
    (2, "the start below the end", "12-8,市公按局,市公安局,错字,甲\n"),
    (2, "the start below the end", "8-8,,市公安局,漏字,甲\n"),
    (2, "the source says “市公按局” at 8-12, not “市公安局”", "8-12,市公安局,市公按局,错字,甲\n"),
    (2, "the source says “” at 800-812", "800-812,市公按局,市公安局,错字,甲\n"),
    (2, "a correction needs a reason and who checked it", "8-12,市公按局,市公安局,,甲\n"),
    (2, "a correction needs a reason and who checked it", "8-12,市公按局,市公安局,错字,\n"),
    (2, "expected 5 values, found 3", "8-12,市公按局,市公安局\n"),
    (3, "in the order of the text and not overlap", "8-12,市公按局,市公安局,错字,甲\n10-12,按局,安局,错字,甲\n"),
]


@pytest.mark.parametrize(("line", "sentence", "rows"), CORRECTIONS)
def test_a_fault_in_corrections_is_named_with_its_line(folder, line, sentence, rows):
    write(folder, data=TEXT.encode(), corrections=HEADER + rows)
    message = refused(read_plan_folder, folder)
    assert message.startswith(f"{folder / 'corrections.csv'}:{line}: ")
    assert sentence in message


def test_a_correction_changes_what_is_read_and_not_what_is_claimed(folder, registers):
    write(folder, data=TEXT.encode(), corrections=HEADER + "8-12,市公按局,市公安局,错字,甲\n")
    found = read_plan_folder(folder)
    reading = read_plan(found.record, found.text, registers, found.corrections)
    [task] = reading.tasks
    lead, helper = task.assignments
    assert (lead.mention, lead.name, lead.role) == ("市公按局", "市公安局", Role.LEAD)
    assert found.text[lead.span.start : lead.span.end] == "市公按局"
    assert (helper.mention, found.text[helper.span.start : helper.span.end]) == ("市妇联", "市妇联")


def test_a_correction_can_change_the_outline(folder, registers):
    # the bracket that is missing is put behind the word it follows
    text = "一、加强宣传。市公安局牵头的工作。\n"
    write(folder, data=text.encode(), corrections=HEADER + "7-17,市公安局牵头的工作。,（市公安局牵头）,误排,甲\n")
    found = read_plan_folder(folder)
    [task] = read_plan(found.record, found.text, registers, found.corrections).tasks
    assert task.text == "加强宣传。"
    # a span that touches a correction takes all of it
    assert [a.mention for a in task.assignments] == ["市公安局牵头的工作。"]
    assert [a.name for a in task.assignments] == ["市公安局"]
