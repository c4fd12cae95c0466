"""The same files over HTTP: made once beside the queries, sent whole or from where a client stopped."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from serving import LINUX, Server, published, serving, wait_for

from atkg.export import PROFILES, Source
from atkg.export.release import release
from atkg.resources import VERSION
from atkg.snapshot import current_snapshot
from atkg.store import Store
from atkg.web import downloads
from atkg.web.downloads import Shelf, State
from atkg.web.engine import LocalEngine
from atkg.web.messages import Request
from atkg.web.problem import Problem
from atkg.web.site import create_site

MANIFEST = {"digest": "sha256:0", "quads": 1, "version": "0.1.0", "validation": {}}
LINE = '<urn:a> <urn:b> "c" <https://w3id.org/atkg/graph/plan/x> .'
MADE_WITHIN = 120.0
"""Seconds for the files to be there on a busy machine."""


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has made its files; while it did so, it answered questions."""
    with serving(published(tmp_path_factory.mktemp("downloads"), store.nquads())) as running:
        early = running.request("/download/atkg.nq", headers={"Accept-Language": "en"})
        assert (early.status, early.headers["retry-after"], early.headers["cache-control"]) == (503, "5", "no-store")
        assert "the files are being made" in early.text
        running.is_well()
        assert wait_for(lambda: running.request("/download/atkg.nq", method="HEAD").status == 200, MADE_WITHIN)
        yield running


def test_a_file_is_that_of_the_digest(server):
    reply = server.request("/download/atkg.nq")
    digest = hashlib.sha256(reply.body).hexdigest()
    assert json.loads(server.request("/healthz").body)["digest"] == f"sha256:{digest}"
    assert reply.headers["etag"] == f'"{digest}"'
    assert reply.headers["content-disposition"] == 'attachment; filename="atkg.nq"'
    assert reply.headers["content-type"] == "application/n-quads"
    assert int(reply.headers["content-length"]) == len(reply.body)


def test_every_listed_file_is_there_with_its_type_and_checksum(server):
    listed = server.request("/download/manifest.json").json["files"]
    assert {file["profile"] for file in listed} == set(PROFILES)
    for file in listed:
        reply = server.request(f"/download/{file['path']}")
        assert (reply.status, reply.media_type) == (200, file["media_type"])
        assert hashlib.sha256(reply.body).hexdigest() == file["sha256"]
    assert b"  atkg.nq\n" in server.request("/download/SHA256SUMS").body


def test_a_head_is_the_get_without_its_body(server):
    get, head = (server.request("/download/csvw/tasks.csv", method=method) for method in ("GET", "HEAD"))
    assert head.body == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}
    assert head.headers["content-type"] == "text/csv; charset=utf-8"


# header, status, first and last byte of what comes
RANGES = [
    ({"Range": "bytes=0-9"}, 206, (0, 9)),
    # to go on where one stopped
    ({"Range": "bytes=100-"}, 206, (100, -1)),
    ({"Range": "bytes=-10"}, 206, (-10, -1)),
    # more than there is
    ({"Range": "bytes=10-999999999999"}, 206, (10, -1)),
    # several, another unit, backwards, and what is none: the whole
    ({"Range": "bytes=0-1,5-6"}, 200, (0, -1)),
    ({"Range": "lines=0-1"}, 200, (0, -1)),
    ({"Range": "bytes=9-0"}, 200, (0, -1)),
    ({"Range": "bytes=-"}, 200, (0, -1)),
    ({"Range": f"bytes={'9' * 40}-"}, 200, (0, -1)),
    # the file has changed since
    ({"Range": "bytes=0-9", "If-Range": '"other"'}, 200, (0, -1)),
]


@pytest.mark.parametrize(("headers", "status", "place"), RANGES, ids=lambda each: str(each)[:40])
def test_a_client_goes_on_where_it_stopped(server, headers, status, place):
    whole = server.request("/download/atkg.ttl").body
    reply = server.request("/download/atkg.ttl", headers=headers)
    first, last = (each % len(whole) for each in place)
    assert (reply.status, reply.body) == (status, whole[first : last + 1])
    if status == 206:
        assert reply.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


def test_a_range_outside_of_the_file_is_416(server):
    reply = server.request("/download/atkg.ttl", headers={"Range": "bytes=999999999-"})
    assert reply.status == 416
    assert reply.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize("tag", ["{}", "W/{}", '"other", {}', "*"])
def test_what_a_client_has_is_not_sent_again(server, tag):
    have = server.request("/download/atkg.nq", method="HEAD").headers["etag"]
    reply = server.request("/download/atkg.nq", headers={"If-None-Match": tag.format(have)})
    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", have)


# (path, status, what is said)
ABSENT = [
    ("/download/atkg.tt", 404, "/download/atkg.ttl"),
    ("/download/plans.csv", 404, "/download/csvw/plans.csv"),
    ("/download/../manifest.json", 404, "/download lists all"),
    ("/download/%2e%2e/store/CURRENT", 404, "/download lists all"),
    ("/download/%2Fetc%2Fpasswd", 404, "/download lists all"),
    ("/download/csvw", 404, "/download lists all"),
    ("/download/.lock", 404, "/download lists all"),
    ("/download/atkg.nq%00", 400, "NUL"),
    ("/download/" + "x" * 4000, 404, "/download lists all"),
]


@pytest.mark.parametrize(("path", "status", "words"), ABSENT, ids=lambda each: str(each)[:40])
def test_only_what_is_listed_is_sent(server, path, status, words):
    reply = server.request(path, headers={"Accept-Language": "en"})
    assert reply.status == status
    assert words in reply.text


def test_nothing_but_reading_is_allowed(server):
    assert server.request("/download/atkg.nq", method="DELETE").status == 405


@pytest.mark.parametrize(("language", "words"), [("zh", "各种格式"), ("en", "One dataset in many forms")])
def test_the_page_lists_all_files(server, language, words):
    reply = server.request(f"/download?lang={language}")
    assert words in reply.text
    for file in server.request("/download/manifest.json").json["files"]:
        assert f'href="/download/{file["path"]}"' in reply.text
        assert file["sha256"] in reply.text


@LINUX
def test_a_client_that_does_not_read_holds_nothing_up(server):
    before = server.resident_mb()
    idle = [server.connect() for _ in range(40)]
    try:
        for connection in idle:
            connection.sendall(b"GET /download/atkg.nq HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        assert server.is_well() < 10
        assert server.request("/download/atkg.nq").status == 200
        assert server.request("/download").status == 200
        grown = sum(server.resident_mb().values()) - sum(before.values())
        assert grown < 200
    finally:
        for connection in idle:
            connection.close()


# --- the shelf


def snapshot_of(folder: Path) -> Path:
    published(folder, f"{LINE}\n".encode())
    return current_snapshot(folder).folder


def manifest_of(snapshot: Path) -> dict:
    return json.loads((snapshot / "manifest.json").read_text())


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would make the files; they wait for the end of their input instead."""
    begun: list[list[str]] = []
    popen = downloads.subprocess.Popen

    def wait(command: list[str], **options):
        begun.append(command)
        return popen([sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(3)"], **options)

    monkeypatch.setattr(downloads.subprocess, "Popen", wait)
    return begun


def test_one_process_makes_the_files_however_many_ask(tmp_path, slow):
    snapshot = snapshot_of(tmp_path)
    shelf = Shelf(snapshot, manifest_of(snapshot))
    assert {shelf.look().state for _ in range(5)} == {State.MAKING}
    assert [command[1:] for command in slow] == [["-m", "atkg.web.release", str(snapshot), str(snapshot / "release")]]
    shelf.close()


def test_a_making_that_failed_is_tried_again_later(tmp_path, slow, monkeypatch):
    snapshot = snapshot_of(tmp_path)
    shelf = Shelf(snapshot, manifest_of(snapshot))
    shelf.look()
    shelf._process.kill()
    shelf._process.wait()
    assert {shelf.look().state for _ in range(3)} == {State.FAILED}
    monkeypatch.setattr(downloads, "AGAIN_SECONDS", 0)
    assert shelf.look().state is State.MAKING
    assert len(slow) == 2
    shelf.close()


def test_a_making_that_takes_too_long_is_ended(tmp_path, slow, monkeypatch):
    snapshot = snapshot_of(tmp_path)
    shelf = Shelf(snapshot, manifest_of(snapshot))
    shelf.look()
    process = shelf._process
    monkeypatch.setattr(downloads, "MAKE_SECONDS", 0)
    assert shelf.look().state is State.FAILED
    assert process.returncode is not None


def test_a_file_that_was_cleared_away_is_made_anew(tmp_path, slow):
    snapshot = snapshot_of(tmp_path)
    folder = snapshot / "release"
    release(Source(Store.open(snapshot / "store"), manifest_of(snapshot)), [PROFILES["nquads"]], folder)
    shelf = Shelf(snapshot, manifest_of(snapshot))
    assert shelf.look().state is State.READY

    async def nothing(*_: object) -> None: ...

    async def ask() -> None:
        await downloads.send_file(shelf, Request("GET", "/download/atkg.nq", b"", {}), 5, nothing, nothing)

    asyncio.run(ask())
    (folder / "atkg.nq").write_text("another size")
    with pytest.raises(Problem) as refused:
        asyncio.run(ask())
    assert (refused.value.status, shelf.sending) == (503, 0)
    (folder / "manifest.json").unlink()
    assert shelf.look().state is State.MAKING
    shelf.close()


@pytest.mark.usefixtures("slow")
def test_a_request_sets_off_no_making_of_what_is_large(tmp_path, slow):
    snapshot = snapshot_of(tmp_path)
    large = {**manifest_of(snapshot), "quads": downloads.MOST_QUADS + 1}
    assert Shelf(snapshot, large).look().state is State.LARGE
    # unless the operator has made the files
    source = Source(Store.open(snapshot / "store"), manifest_of(snapshot))
    release(source, [PROFILES["nquads"]], snapshot / "release")
    assert Shelf(snapshot, large).look().state is State.READY
    assert slow == []


# a release that is not that of this snapshot, or not whole
@pytest.mark.parametrize(
    "fault", [{"digest": "sha256:other"}, {"atkg": VERSION + "x"}, {"files": [{"path": "x"}]}, None]
)
def test_files_of_something_else_are_made_anew(tmp_path, slow, fault):
    snapshot = snapshot_of(tmp_path)
    folder = snapshot / "release"
    release(Source(Store.open(snapshot / "store"), manifest_of(snapshot)), [PROFILES["nquads"]], folder)
    if fault is None:
        (folder / "SHA256SUMS").unlink()
    else:
        written = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(written | fault))
    shelf = Shelf(snapshot, manifest_of(snapshot))
    assert shelf.look().state is State.MAKING
    shelf.close()


def test_what_an_ended_process_left_is_cleared_away(tmp_path):
    from atkg.web.release import main

    snapshot = snapshot_of(tmp_path)
    left = snapshot / "release" / ".making-left"
    (left / "files").mkdir(parents=True)
    (left / "files" / "half").write_text("half")
    command = [sys.executable, "-m", main.__module__, str(snapshot), str(snapshot / "release")]
    with downloads.subprocess.Popen(command, stdin=downloads.subprocess.PIPE) as process:
        assert process.wait(100) == 0
    assert not left.exists()
    assert Shelf(snapshot, manifest_of(snapshot)).look().state is State.READY


def test_the_making_ends_with_its_server(tmp_path):
    script = "import sys, time, atkg.web.release as made; made.release = lambda *_: time.sleep(60); sys.exit(made.main(sys.argv[1:]))"
    snapshot = snapshot_of(tmp_path)
    command = [sys.executable, "-c", script, str(snapshot), str(snapshot / "release")]
    with downloads.subprocess.Popen(command, stdin=downloads.subprocess.PIPE) as process:
        assert wait_for((snapshot / "release" / ".lock").exists, 30)
        process.stdin.close()
        assert process.wait(20) == 1


def client_of(shelf: Shelf, store: Store) -> FlaskClient:
    site: Flask = create_site(LocalEngine(store), MANIFEST, shelf)
    return site.test_client()


@pytest.mark.parametrize(("language", "words"), [("zh", "正在制作"), ("en", "are being made")])
def test_the_page_says_that_files_are_being_made_and_is_not_kept(tmp_path, slow, store, language, words):
    snapshot = snapshot_of(tmp_path)
    shelf = Shelf(snapshot, manifest_of(snapshot))
    answer = client_of(shelf, store).get(f"/download?lang={language}")
    shelf.close()
    assert answer.status_code == 200
    assert words in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Retry-After" in answer.headers
    assert all(profile.name in answer.text for profile in PROFILES.values())


def test_the_page_of_other_files_from_the_same_snapshot_is_another(tmp_path, slow, store):
    snapshot = snapshot_of(tmp_path)
    source = Source(Store.open(snapshot / "store"), manifest_of(snapshot))
    tags = []
    for names in (["nquads"], ["nquads", "turtle"]):
        release(source, [PROFILES[name] for name in names], snapshot / "release")
        client = client_of(Shelf(snapshot, manifest_of(snapshot)), store)
        answer = client.get("/download?lang=en", headers={"If-None-Match": tags[-1]} if tags else {})
        assert answer.status_code == 200
        assert ("/download/atkg.ttl" in answer.text) == ("turtle" in names)
        tags.append(answer.headers["ETag"])
        assert client.get("/download?lang=en", headers={"If-None-Match": tags[-1]}).status_code == 304
    assert slow == []


@pytest.mark.parametrize("name", ["../manifest.json", "a//b", ".lock", "a/../b", "/etc/passwd", "a\n", ""])
def test_what_can_be_no_file_sets_off_no_making(tmp_path, slow, name):
    snapshot = snapshot_of(tmp_path)
    with pytest.raises(Problem) as refused:
        downloads.find(Shelf(snapshot, manifest_of(snapshot)), name)
    assert (refused.value.status, slow) == (404, [])


def test_a_site_without_a_snapshot_says_so(store):
    answer = client_of(Shelf(None, {}), store).get("/download?lang=en")
    assert "this service has no files to download" in answer.text
