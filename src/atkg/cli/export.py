"""The commands `export` and `import`."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from atkg.cli.progress import bar
from atkg.cli.settings import Settings
from atkg.errors import AtkgError, UsageError
from atkg.namespaces import ATKG, BASE

if TYPE_CHECKING:
    from atkg.export import Profile
    from atkg.snapshot import Snapshot
    from atkg.store import Store

RELEASE: Final = "release"
"""Stands for all profiles, with a manifest and checksums."""
_WORDS: Final = {"zh": "导出", "en": "exporting"}
_PLANS: Final = f"SELECT ?plan WHERE {{ ?plan a <{ATKG}Plan> }} ORDER BY ?plan"


@click.command()
@click.argument("profile", required=False)
@click.option(
    "--plan", "keys", multiple=True, metavar="KEY", help="只导出这个计划，可多次。 This plan alone; may be repeated."
)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="目标文件夹，默认 .atkg/export。 The folder to write into; .atkg/export by default.",
)
@click.pass_obj
def export(settings: Settings, profile: str | None, keys: Sequence[str], folder: Path | None) -> None:
    """以一种格式导出已发布的快照；不写 PROFILE 时列出格式。 Export the published snapshot; without PROFILE, list them.

    release 为全部格式，附清单和校验和。 `release` is all of them, with a manifest and checksums.
    """
    from atkg.cli.docs import DOCS
    from atkg.export import PROFILES, Source
    from atkg.export import export as write
    from atkg.export.release import release

    profiles = {**PROFILES, DOCS.name: DOCS}
    if profile is None:
        _list(settings, profiles.values())
        return
    if profile not in profiles and profile != RELEASE:
        _refuse(profile, [*profiles, RELEASE])
    if keys and (profile == RELEASE or not profiles[profile].per_plan):
        raise UsageError(
            f"{profile} 只能导出全部，不能用 --plan。", f"{profile} is of the whole dataset and takes no --plan"
        )
    snapshot = _published(settings)
    store = snapshot.open()
    plans = tuple(dict.fromkeys(keys))
    _check_plans(store, plans)
    out = folder or settings.out / "export"
    with bar(settings.language, _WORDS) as progress:
        names = list(PROFILES) if profile == RELEASE else [profile]
        now = names[0]

        def begun(which: Profile) -> None:
            nonlocal now
            now = which.name
            advance("")

        def advance(step: str) -> None:
            progress(f"{now} {step}", names.index(now), len(names))

        source = Source(store, snapshot.manifest, plans, advance)
        if profile == RELEASE:
            made = release(source, PROFILES.values(), out, begun)
            paths = [out / file.path for file in made.files]
            left_out = made.left_out
        else:
            begun(profiles[profile])
            paths, left_out = write(source, profiles[profile], out), ()
    for path in paths:
        click.echo(path)
    for name, error in left_out:
        settings.say(f"没有 {name}：{error.zh}", f"without {name}: {error.en}")
    digest = snapshot.manifest["digest"]
    settings.say(f"快照 {digest} 的 {len(paths)} 个文件。", f"{len(paths)} files of snapshot {digest}.")


def _list(settings: Settings, profiles: Collection[Profile]) -> None:
    width = max(len(profile.name) for profile in profiles)
    for profile in profiles:
        click.echo(f"{profile.name:<{width}}  {profile.zh if settings.language == 'zh' else profile.en}")
    settings.say("release 为全部格式，附清单和校验和。", "`release` is all of them, with a manifest and checksums.")


def _refuse(name: str, known: Sequence[str]) -> None:
    near = get_close_matches(name, known, n=1)
    raise UsageError(
        f"没有格式 {name}{f'，是否指 {near[0]}' if near else ''}；已有：{'、'.join(known)}。",
        f"there is no profile {name!r}{f', perhaps {near[0]}' if near else ''}; there are {', '.join(known)}",
    )


def _published(settings: Settings) -> Snapshot:
    """The snapshot to export; said aloud where the data folder has changed since it was built."""
    from atkg.snapshot import current_snapshot, input_digest

    snapshot = current_snapshot(settings.out)
    if snapshot is None:
        raise AtkgError(
            f"{settings.out} 中没有已发布的快照；请先运行 atkg build。",
            f"no snapshot is published in {settings.out}; run atkg build first",
        )
    try:
        changed = snapshot.manifest["inputs"] not in ("", input_digest(settings.data))
    except AtkgError:
        changed = False  # a mirror has no data folder
    if changed:
        settings.say(
            "数据文件夹在快照之后有改动；导出的是快照。要导出改动，请先运行 atkg build。",
            "The data folder has changed since the snapshot, which is exported as it is; run atkg build to have the changes.",
        )
    return snapshot


def _check_plans(store: Store, keys: Iterable[str]) -> None:
    """Pass keys of plans that the dataset holds.

    Raises:
        UsageError: there is no such plan; the message names the nearest.
    """
    from atkg.export.profile import PLAN_KEY

    plans = [row["plan"].removeprefix(f"{BASE}eli/") for row in store.select(_PLANS)] if keys else []
    known = [key for key in plans if PLAN_KEY.fullmatch(key)]
    for key in keys:
        if key not in known:
            near = get_close_matches(key, known, n=5, cutoff=0.3) or known[:20]
            raise UsageError(
                f"没有计划 {key}；相近的有：{'、'.join(near)}。", f"no plan {key!r}; near it: {', '.join(near)}"
            )


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="写入的文件夹，可由 atkg --out DIR serve 提供服务。 The folder to write; atkg --out DIR serve then serves it.",
)
@click.pass_obj
def import_(settings: Settings, files: Sequence[Path], folder: Path) -> None:
    """由导出的文件重建并校验快照：.nq、.trig 或 csv-metadata.json。 Rebuild and validate a snapshot from exported files.

    各文件合在一起。摘要与导出时相同，即内容相同。
    All files together make it. It is the same dataset if the digest is that of the export.
    """
    from atkg.export.importing import import_files
    from atkg.snapshot import publish
    from atkg.store import Store
    from atkg.validate import Level, Shapes, validate

    found = import_files(files, folder)
    settings.say(
        f"{found.path}：{found.quads} 条四元组，摘要 {found.digest}",
        f"{found.path}: {found.quads} quads, {found.digest}",
    )
    if found.stated not in ("", found.digest):
        settings.say(
            f"注意：表格的说明写的摘要是 {found.stated}；表格在导出之后有改动，或不完整。",
            f"Note: the description of the tables states {found.stated}; they were changed after the export, or are incomplete.",
        )
    nquads = found.path.read_bytes()
    store = Store()
    store.load(nquads)
    report = validate(store, Shapes.load())
    if report.count(Level.VIOLATION):
        settings.say(
            f"校验：{report.summary('zh').rstrip('。')}。未发布快照；详见 atkg validate {found.path}",
            f"Validation: {report.summary('en').rstrip('.')}. No snapshot was published; see atkg validate {found.path}",
        )
        sys.exit(1)
    publish(folder, nquads, report, "")
    settings.say(
        f"校验：{report.summary('zh').rstrip('。')}。快照已发布在 {folder}。",
        f"Validation: {report.summary('en').rstrip('.')}. The snapshot is published in {folder}.",
    )
