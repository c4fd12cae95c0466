"""The registers: names that stand for one body, for several, for none; and what is wrong with a row, by its line."""

from __future__ import annotations

import shutil

import pytest

from atkg.errors import InputError
from atkg.registers import Registers, normalise_name, read_csv
from conftest import DATA

NAMES = [
    # the level's own word, the full name, the bare name
    ("yuxi", "市公安局", ["yuxi/public-security"]),
    ("yuxi", "玉溪市公安局", ["yuxi/public-security"]),
    ("yunnan", "省公安厅", ["yunnan/public-security"]),
    # a body of a place above, as a plan below names it
    ("yuxi", "云南省公安厅", ["yunnan/public-security"]),
    ("dazu", "重庆市大足区人民政府办公室", ["dazu/government-office"]),
    ("luan", "公安部", ["cn/public-security"]),
    ("luan", "国资委", ["luan/state-assets"]),
    ("luan", "国务院国资委", ["cn/state-assets"]),
    # a name with a bracket, in either width and with a space
    ("jinghai", "区委统战部(区民族和宗教事务 委员会）", ["jinghai/united-front-ethnic-religious"]),
    # two names of one body, and one name that is another body elsewhere
    ("yuxi", "市教育局", ["yuxi/education-sports"]),
    ("luan", "市教育局", ["luan/education"]),
    ("jinghai", "公安静海分局", ["jinghai/public-security"]),
    # misspellings
    ("yuxi", "市委宣传部分", ["yuxi/publicity"]),
    # collectives
    ("luan", "各县区人民政府", ["luan/county-governments"]),
    # unknown, here or anywhere; a place that is not registered knows none
    ("yuxi", "区公安局", []),
    ("yuxi", "市某某局", []),
    ("nowhere", "市公安局", []),
    ("yuxi", "", []),
]


@pytest.mark.parametrize(("place", "name", "expected"), NAMES)
def test_a_name_stands_for_a_registered_agency(registers, place, name, expected):
    assert [f"{known.jurisdiction}/{known.row.slug}" for known in registers.candidates(name, place)] == expected


def test_a_misspelling_is_known_as_one(registers):
    assert [known.misspelt for known in registers.candidates("市委宣传部分", "yuxi")] == [True]
    assert [known.misspelt for known in registers.candidates("市委宣传部", "yuxi")] == [False]


def test_a_name_is_compared_without_space_and_width():
    assert normalise_name("区委统战部（区民族和\u3000宗教事务委员会） ") == "区委统战部(区民族和宗教事务委员会)"


def test_the_pattern_of_subjects_takes_the_longest_name_first(registers):
    pattern = registers.subject_pattern("dazu")
    assert pattern.match("区反拐联席会议成员单位应报送").group() == "区反拐联席会议成员单位"
    assert registers.subject_pattern("nowhere").match("市公安局") is None


def test_the_lineage_of_a_place_ends_with_the_nation(registers):
    assert [place.slug for place in registers.lineage("yuxi")] == ["yuxi", "yunnan", "cn"]
    assert list(registers.lineage("nowhere")) == []


STAGES = [
    (["预防犯罪", "保障措施"], "prevention"),
    (["总则", "打击、解救"], "enforcement"),
    (["总则"], None),
    ([], None),
]


@pytest.mark.parametrize(("headings", "expected"), STAGES)
def test_the_outermost_telling_heading_names_the_stage(registers, headings, expected):
    assert registers.stage(headings) == expected


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(DATA / "registers", tmp_path / "registers")


AGENCY = "x,,{{L}}某局,,{function},{kind},,,\n"
FAULTS = [
    # each row names only what is registered
    ("agencies.csv", "x,,某局,,nothing,government,,,\n", "function: 'nothing'"),
    ("agencies.csv", "x,,某局,,health,nothing,,,\n", "kind: 'nothing'"),
    ("agencies.csv", "x,nowhere,某局,,health,government,,,\n", "scope: 'nowhere'"),
    # a body has a line, a group has none
    ("agencies.csv", "x,,某局,,,government,,,\n", "a body has one function or more"),
    ("agencies.csv", "x,,各单位,,health,group,,,\n", "a body has one function or more"),
    # place-holders
    ("agencies.csv", "x,,{X}某局,,health,government,,,\n", "expected {L}, {J} or {P}"),
    ("agencies.csv", "x,,某局},,health,government,,,\n", "expected {L}, {J} or {P}"),
    # a slug twice in one scope
    ("agencies.csv", "court,nation,某法院,,court,judicial,,,\n", "'court'"),
    ("agencies.csv", ",,某局,,health,government,,,\n", "is empty"),
    # columns
    ("agencies.csv", "x,,某局\n", "expected 9 values, found 3"),
    ("jurisdictions.csv", "yuxi,某市,某,X,prefecture,yunnan,\n", "'yuxi' is there twice"),
    ("jurisdictions.csv", "x,某市,某,X,prefecture,nowhere,\n", "no jurisdiction 'nowhere'"),
    ("jurisdictions.csv", "x,某市,某,X,prefecture,x,\n", "'x' lies within itself"),
    ("stages.csv", "x,甲,X,(\n", "is not a regular expression"),
]


@pytest.mark.parametrize(("name", "row", "sentence"), FAULTS)
def test_a_fault_in_a_register_is_named_with_its_line(folder, name, row, sentence):
    path = folder / name
    path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + row, "utf-8")
    line = path.read_text("utf-8").count("\n")
    with pytest.raises(InputError) as caught:
        Registers.load(folder)
    assert caught.value.message("en").startswith(f"{path}:{line}: ")
    assert sentence in caught.value.message("en")


FILES = [
    (None, "there is no such file"),
    (b"", "expected the columns slug,"),
    (b"slug,name\n", "found slug,name"),
    ("slug,甲\n".encode("gbk"), "is not UTF-8 text"),
    (b'slug,label_zh,label_en,headings\n"x\n', "is not valid CSV"),
]


@pytest.mark.parametrize(("content", "sentence"), FILES)
def test_a_register_that_can_t_be_read_is_named(folder, content, sentence):
    path = folder / "stages.csv"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        Registers.load(folder)
    assert str(path) in caught.value.message("en")
    assert sentence in caught.value.message("en")


def test_rows_have_their_line_numbers_and_stripped_values(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes('\ufeffa,b\r\n 1 ,"x\ny"\r\n\r\n2,\r\n'.encode())
    assert list(read_csv(path, ("a", "b"))) == [(3, {"a": "1", "b": "x\ny"}), (5, {"a": "2", "b": ""})]
