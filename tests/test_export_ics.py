"""The calendars: what is due on which day, in the document's words, as other programs read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from dateutil.rrule import rrulestr
from rdflib.namespace import RDF, SKOS

from atkg.export.ics import ICS, OCTETS, Event, calendar, first_day, fold, stamp_of, written
from atkg.namespaces import ATKG, BASE
from atkg.store import Store
from atkg.web.engine import LocalEngine
from atkg.web.site import create_site
from exporting import MANIFEST, ask, files


@pytest.fixture(scope="module")
def made(store, tmp_path_factory):
    return {name: path.read_bytes() for name, path in files(store, ICS, tmp_path_factory.mktemp("ics")).items()}


@pytest.fixture(scope="module")
def events(made) -> dict[str, icalendar.Event]:
    """All events by the path of their milestone."""
    return {
        str(event["UID"]): event
        for data in made.values()
        for event in icalendar.Calendar.from_ical(data).walk("VEVENT")
    }


def uid(milestone: str) -> str:
    return f"id.milestone.{milestone.replace('/', '.')}@w3id.org"


def test_a_jurisdiction_where_something_falls_due_has_a_file(made):
    assert set(made) == {"ics/dazu.ics", "ics/luan.ics", "ics/yuxi.ics"}


def test_every_commitment_with_a_day_or_a_rule_is_an_event(events, store):
    dated = ask(
        store,
        """SELECT ?m { ?m a atkg:Milestone
            OPTIONAL { ?m atkg:endDate ?end } OPTIONAL { ?m atkg:recurrence ?rule } FILTER (BOUND(?end) || BOUND(?rule)) }""",
    )
    assert set(events) == {uid(milestone.removeprefix(f"{BASE}id/milestone/")) for (milestone,) in dated}
    assert len(events) == 119


def test_others_read_it_without_complaint(made):
    for data in made.values():
        read = icalendar.Calendar.from_ical(data)
        assert [error for part in read.walk() for error in part.errors] == []
        assert read["VERSION"] == "2.0"
        # a method would make it a message, which has an organizer
        assert "METHOD" not in read
        assert not [part for part in read.walk("VEVENT") if not {"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= set(part)]


def test_lines_are_folded_and_no_character_is_split(made):
    for data in made.values():
        assert b"\n" not in data.replace(b"\r\n", b"")
        for line in data.split(b"\r\n"):
            assert len(line) <= OCTETS
            line.decode()


DAYS = [
    # 2022年一季度内
    ("yuxi-2021-2030/sec_7/sub_1/row_1/m1", date(2022, 3, 31)),
    # 2025年年底前
    ("yuxi-2021-2030/sec_2/sub_1/row_3/m2", date(2025, 12, 31)),
    # 2030年年底进行终期评估
    ("dazu-2022-60/sec_7/sub_1/m3", date(2030, 12, 31)),
    # a measure of the column 2023-2029 stands on the last day of the column
    ("luan-2022-49/annex/row_12/col_2023-2029/item_1/m1", date(2029, 12, 31)),
]


@pytest.mark.parametrize(("milestone", "day"), DAYS)
def test_an_event_lasts_one_whole_day(events, milestone, day):
    event = events[uid(milestone)]
    assert event.decoded("DTSTART") == day
    assert event.decoded("DTEND") == day + timedelta(1)
    assert event["DTSTART"].params["VALUE"] == "DATE"


RULES = [
    # 每年12月15日前: from the plan's issue in May 2022 to its end
    ("dazu-2022-60/sec_7/sub_4/m1", date(2022, 12, 15), date(2030, 12, 15), 9),
    # 每年2月15日前: the table has no date of its own, and the plan that it carries out was issued in October 2021
    ("yuxi-2021-2030/sec_7/sub_1/row_1/m2", date(2022, 2, 15), date(2030, 2, 15), 9),
    # 从2022年开始
    ("yuxi-2021-2030/sec_5/sub_1/row_1/m1", date(2022, 12, 31), date(2030, 12, 31), 9),
]


@pytest.mark.parametrize(("milestone", "first", "last", "times"), RULES)
def test_a_yearly_duty_recurs_until_the_plan_ends(events, milestone, first, last, times):
    event = events[uid(milestone)]
    begin = datetime.combine(event.decoded("DTSTART"), datetime.min.time())
    days = list(rrulestr(event["RRULE"].to_ical().decode(), dtstart=begin))
    assert (days[0].date(), days[-1].date(), len(days)) == (first, last, times)


def test_only_what_the_document_says_recurs_does(events, store):
    recurring = ask(store, "SELECT ?m { ?m atkg:recurrence ?rule }")
    assert {name for name, event in events.items() if "RRULE" in event} == {
        uid(milestone.removeprefix(f"{BASE}id/milestone/")) for (milestone,) in recurring
    }


def test_the_title_names_who_leads_and_the_description_where_it_is_said(events):
    event = events[uid("yuxi-2021-2030/sec_2/sub_1/row_1/m1")]
    assert str(event["SUMMARY"]).startswith(
        "玉溪市人力资源社会保障局、玉溪市公安局、玉溪市残联：2023年年底以前，实现人力资源市场管理的进一步规范"
    )
    told = str(event["DESCRIPTION"])
    for words in (
        "进度要求：2023年年底以前",
        "任务：",
        "牵头：玉溪市人力资源社会保障局",
        "配合：",
        "出处：《玉溪市反对拐卖人口行动计划",
    ):
        assert words in told
    assert event["URL"] == f"{BASE}id/task/yuxi-2021-2030/sec_2/sub_1/row_1/t1"
    assert {str(each) for each in event["CATEGORIES"].cats} == {"限期", "预防"}


def test_of_many_leads_the_title_names_a_few_and_the_number(events):
    crowded = [event for event in events.values() if "个单位：" in str(event["SUMMARY"])]
    assert crowded
    for event in crowded:
        names = next(line for line in str(event["DESCRIPTION"]).split("\n") if line.startswith("牵头："))
        assert f"等{names.count('、') + 1}个单位：" in str(event["SUMMARY"])


def test_why_an_event_stands_on_the_last_day_is_said(events):
    period = str(events[uid("luan-2022-49/annex/row_12/col_2023-2029/item_1/m1")]["DESCRIPTION"])
    assert "2023-01-01至2029-12-31；日历记在最后一天" in period
    year = str(events[uid("yuxi-2021-2030/sec_2/sub_1/row_1/m1")]["DESCRIPTION"])
    assert "记在该年最后一天" in year


def test_what_the_document_calls_done_says_that_it_is_the_documents_word(events):
    assert str(events[uid("yuxi-2021-2030/sec_1/row_1/m2")]["SUMMARY"]).startswith("（文件称已完成）")


def test_a_text_that_was_lost_is_not_passed_off_as_the_plans_own(events, store):
    recovered = ask(store, "SELECT ?m ?w { ?t atkg:recoveredText ?w ; atkg:milestone ?m }")
    shown = 0
    for milestone, words in recovered:
        if event := events.get(uid(milestone.removeprefix(f"{BASE}id/milestone/"))):
            shown += 1
            assert f"（原文缺失，以下文字取自上级计划）{words}" in str(event["DESCRIPTION"])
    assert shown


def test_the_stamp_is_that_of_the_build_and_not_of_now(events):
    assert {event.decoded("DTSTAMP") for event in events.values()} == {datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}


STAMPS = [
    ("2026-01-02T03:04:05+00:00", "20260102T030405Z"),
    # a clock of another zone
    ("2026-01-02T03:04:05+08:00", "20260101T190405Z"),
    # a store that was never published
    (None, "19700101T000000Z"),
]


@pytest.mark.parametrize(("built", "stamp"), STAMPS)
def test_stamps(built, stamp):
    assert stamp_of({"built": built}) == stamp


def test_one_plan_alone_has_its_own_events(store, made, tmp_path):
    one = files(store, ICS, tmp_path, "luan-2022-49", "yunnan-2021-50")
    # nothing in 云南's rules has a date, and whoever asks for them gets to see that
    assert list(one) == ["ics/luan-2022-49.ics", "ics/yunnan-2021-50.ics"]
    assert not icalendar.Calendar.from_ical(one["ics/yunnan-2021-50.ics"].read_bytes()).walk("VEVENT")
    assert one["ics/luan-2022-49.ics"].read_bytes() == made["ics/luan.ics"]


FIRST = [
    ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31", date(2021, 12, 31), date(2021, 12, 31)),
    ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31", date(2021, 4, 1), date(2022, 3, 31)),
    # the last day of each half-year, quarter and month
    ("FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1", date(2021, 7, 1), date(2021, 12, 31)),
    ("FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1", date(2021, 4, 1), date(2021, 6, 30)),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2024, 2, 1), date(2024, 2, 29)),
    # a leap day waits for its year
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", date(2021, 1, 1), date(2024, 2, 29)),
    # what no calendar has
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(2021, 1, 1), None),
    # rules that no text gives: better no event than a wrong day
    ("FREQ=WEEKLY;BYDAY=MO", date(2021, 1, 1), None),
    ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1\r\nATTENDEE:x", date(2021, 1, 1), None),
    ("", date(2021, 1, 1), None),
]


@pytest.mark.parametrize(("rule", "start", "day"), FIRST)
def test_the_first_day_of_a_rule(rule, start, day):
    assert first_day(rule, start) == day


@pytest.mark.parametrize("rule", [rule for rule, _, day in FIRST if day])
def test_the_first_day_is_what_others_find(rule):
    start = datetime(2021, 5, 6)
    assert first_day(rule, start.date()) == rrulestr(rule, dtstart=start)[0].date()


def test_text_from_outside_adds_no_property():
    event = Event(
        "u",
        date(2022, 12, 31),
        None,
        "甲局：一\r\nATTENDEE:mailto:x@example.org\x00",
        "一；;二,三\\n四\n五\u2028六",
        f"{BASE}x",
        ("甲,乙", "丙;丁"),
    )
    (read,) = icalendar.Calendar.from_ical(written("某,地", f"{BASE}c", [event], "19700101T000000Z")).walk("VEVENT")
    assert "ATTENDEE" not in read
    assert str(read["DESCRIPTION"]) == "一；;二,三\\n四\n五\u2028六"
    assert [str(each) for each in read["CATEGORIES"].cats] == ["甲,乙", "丙;丁"]


@pytest.mark.parametrize("line", ["", "A" * 75, "A" * 76, "中" * 200, "A" + "😀" * 60, "x" * 74 + "é" + "y" * 80])
def test_a_folded_line_is_unfolded_to_itself(line):
    folded = fold(line)
    assert folded.endswith(b"\r\n")
    assert folded[:-2].replace(b"\r\n ", b"").decode() == line
    assert all(len(part) <= OCTETS for part in folded.split(b"\r\n"))


def test_a_calendar_without_events_is_one_too(store):
    data = calendar(store.select, "tianjin", MANIFEST)
    read = icalendar.Calendar.from_ical(data)
    assert not read.walk("VEVENT")
    # RFC 5545: one component at least
    assert read.subcomponents


def test_a_date_that_no_calendar_has_makes_no_event():
    plan, clause, place = f"{BASE}eli/p", f"{BASE}eli/p/art_1", f"{BASE}id/jurisdiction/x"
    timing = f"{BASE}id/timing/deadline"
    lines = [
        f"<{place}> <{RDF.type}> <{ATKG}Jurisdiction> <{BASE}g> .",
        f'<{place}> <{SKOS.prefLabel}> "某地"@zh <{BASE}g> .',
        f'<{timing}> <{SKOS.prefLabel}> "期限"@zh <{BASE}g> .',
        f"<{plan}> <{RDF.type}> <{ATKG}Plan> <{BASE}g> .",
        f'<{plan}> <http://purl.org/dc/terms/title> "计划"@zh <{BASE}g> .',
        f"<{plan}> <{ATKG}jurisdiction> <{place}> <{BASE}g> .",
        f"<{clause}> <{ATKG}partOf> <{plan}> <{BASE}g> .",
    ]
    for name, day in (("m1", "2022-02-30"), ("m2", "2022-02-28")):
        milestone = f"{BASE}id/milestone/p/art_1/{name}"
        lines += [
            f"<{milestone}> <{RDF.type}> <{ATKG}Milestone> <{BASE}g> .",
            f"<{milestone}> <{ATKG}statedIn> <{clause}> <{BASE}g> .",
            f"<{milestone}> <{ATKG}timing> <{timing}> <{BASE}g> .",
            f'<{milestone}> <{ATKG}endDate> "{day}"^^<http://www.w3.org/2001/XMLSchema#date> <{BASE}g> .',
        ]
    data = calendar(Store.from_quads(lines).select, "x", {})
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert event.decoded("DTSTART") == date(2022, 2, 28)
    # nobody leads, no words are there
    assert str(event["SUMMARY"]) == "（原文缺失）"


@pytest.fixture(scope="module")
def client(store):
    return create_site(LocalEngine(store), MANIFEST).test_client()


@pytest.mark.parametrize("place", ["yuxi", "luan", "dazu"])
def test_the_site_gives_the_same_calendar(client, made, place):
    answer = client.get(f"/calendar/{place}.ics")
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.data == made[f"ics/{place}.ics"]
    again = client.get(f"/calendar/{place}.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_site_has_a_calendar_for_a_jurisdiction_where_nothing_falls_due(client):
    answer = client.get("/calendar/tianjin.ics")
    assert answer.status_code == 200
    assert b"BEGIN:VEVENT" not in answer.data


@pytest.mark.parametrize(("language", "heading"), [("zh", "<h1>日历</h1>"), ("en", "<h1>Calendars</h1>")])
def test_the_calendars_are_listed_and_each_place_leads_to_its_own(client, language, heading):
    text = client.get(f"/calendar?lang={language}").text
    assert heading in text
    for place in ("dazu", "jinghai", "luan", "yunnan", "yuxi"):
        assert f'href="/calendar/{place}.ics"' in text
        assert f'href="/calendar/{place}.ics"' in client.get(f"/page/id/jurisdiction/{place}?lang={language}").text


UNKNOWN = [
    # a slip of the finger: the nearest is named
    ("/calendar/yuxii.ics", "/calendar/yuxi.ics"),
    ("/calendar/beijing.ics", "/calendar/jinghai.ics"),
    ("/calendar/YUXI.ics", "/calendar/"),
    # no SPARQL comes through
    ("/calendar/%3E%20%3Fp%20%3Fo%20%7D%20%23.ics", "/calendar/"),
    ("/calendar/" + "x" * 500 + ".ics", "/calendar/"),
]


@pytest.mark.parametrize(("address", "named"), UNKNOWN)
def test_an_unknown_calendar_is_404_and_names_others(client, address, named):
    answer = client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert named in answer.text
