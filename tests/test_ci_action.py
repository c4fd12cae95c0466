"""The action, the hooks and the workflow as GitHub and pre-commit run them: their own files, their own shell steps."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import DATA, ROOT

ACTION = ROOT / ".github" / "actions" / "validate" / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
BIN = Path(sys.executable).parent


def document(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "schema"),
    [(ACTION, "vendor.github-actions"), (WORKFLOW, "vendor.github-workflows")],
    ids=["action", "workflow"],
)
def test_the_file_is_as_github_s_published_schema_has_it(path, schema):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_are_as_pre_commit_has_them():
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Job:
    """A folder like a runner's, and the files that steps write to."""

    folder: Path
    outputs: dict[str, dict[str, str]]
    log: str = ""
    status: int = 0

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text(encoding="utf-8")

    def run(self, **inputs: str) -> Job:
        """Run the steps of the action with these inputs until one fails, as the runner does."""
        action = document(ACTION)
        values = {name: str(known.get("default", "")) for name, known in action["inputs"].items()}
        values |= {name.replace("_", "-"): value for name, value in inputs.items()}
        context = {f"inputs.{name}": value for name, value in values.items()}
        context |= {"runner.temp": str(self.folder / "temp"), "github.action_path": str(ACTION.parent)}
        for step in action["runs"]["steps"]:
            assert step["shell"] == "bash"
            output = self.folder / f"output-{step['id']}"
            output.touch()
            script = self.folder / f"{step['id']}.sh"
            script.write_text(step["run"], encoding="utf-8")
            environment = {
                "PATH": f"{BIN}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
                **{name: expanded(str(value), context) for name, value in step["env"].items()},
            }
            done = subprocess.run(
                # the command that GitHub documents for `shell: bash`
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                capture_output=True,
                text=True,
                cwd=self.folder / "work",
                env=environment,
                check=False,
            )
            self.log += done.stdout + done.stderr
            self.outputs[step["id"]] = dict(
                line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines()
            )
            context |= {f"steps.{step['id']}.outputs.{name}": value for name, value in self.outputs[step["id"]].items()}
            self.status = done.returncode
            if done.returncode:
                break
        return self


def expanded(text: str, context: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: context[found[1]], text)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    for name in ("temp", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "summary.md").touch()
    shutil.copytree(DATA, tmp_path / "work" / "data")
    return Job(tmp_path, {})


def test_good_data_pass_with_annotations_a_summary_and_reports(job):
    job.run(install="false")
    assert job.status == 0, job.log
    outputs = job.outputs["validate"]
    assert (outputs["violations"], outputs["warnings"]) == ("0", "21")
    assert job.log.count("::warning file=data/plans/") == 21
    assert "校验报告" in job.summary and "21" in job.summary
    with Path(outputs["sarif"]).open(encoding="utf-8") as file:
        assert json.load(file)["version"] == "2.1.0"
    assert Path(outputs["html"]).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert Path(outputs["junit"]).read_text(encoding="utf-8").startswith("<?xml")


def test_a_fault_fails_the_step_and_still_gives_every_report(job):
    graph = job.folder / "work" / "data" / "plans" / "dazu-2022-60" / "graph.ttl"
    text = graph.read_text(encoding="utf-8")
    graph.write_text(text.replace("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=15", "EVERY YEAR"), encoding="utf-8")
    job.run(install="false", language="en", paths="data/plans/dazu-2022-60\n")
    assert job.status == 1
    assert "::error file=data/plans/dazu-2022-60/source.txt,line=168," in job.log
    assert job.outputs["validate"]["violations"] == "1"
    assert Path(job.outputs["validate"]["sarif"]).is_file()
    assert "Milestone-recurrence" in job.summary


def test_a_baseline_and_a_severity_are_heeded(job):
    shutil.copy(ROOT / ".github" / "accepted-warnings.csv", job.folder / "work" / "accepted warnings.csv")
    plan = "data/plans/jinghai-2022-12"
    job.run(install="false", paths=plan, fail_on="warning", baseline="accepted warnings.csv")
    assert (job.status, job.outputs["validate"]["warnings"]) == (0, "0")
    assert "::warning" not in job.log
    assert job.run(install="false", paths=plan, fail_on="warning").status == 1


UNUSABLE = [
    # a folder that is none, a wrong severity, a path that looks like an option
    ({"data": "nowhere"}, "nowhere"),
    ({"fail-on": "fatal"}, "fatal"),
    ({"paths": "--help"}, "--help"),
    ({"baseline": "nowhere.csv"}, "nowhere.csv"),
]


@pytest.mark.parametrize(("inputs", "words"), UNUSABLE, ids=[words for _, words in UNUSABLE])
def test_what_can_t_be_used_is_annotated_and_stands_in_the_summary(inputs, words, job):
    job.run(install="false", **inputs)
    assert job.status in (1, 2)
    command = next(line for line in job.log.splitlines() if line.startswith("::error"))
    assert words in command and words in job.summary


INJECTED = "$(touch injected) `touch injected` ; touch injected #"


@pytest.mark.parametrize("name", ["data", "paths", "format", "fail-on", "baseline", "language", "version"])
def test_no_input_is_run_as_a_command(name, job):
    job.run(**{"install": "false" if name != "version" else "true", name: INJECTED})
    assert job.status
    assert not list(job.folder.rglob("injected"))


def test_inputs_reach_the_scripts_by_the_environment_only():
    for step in document(ACTION)["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_without_an_installed_atkg_the_step_says_so(job, monkeypatch):
    empty = job.folder / "empty"
    empty.mkdir()
    for name in ("bash", "env"):
        (empty / name).symlink_to(shutil.which(name))
    monkeypatch.setattr(sys.modules[__name__], "BIN", empty)
    monkeypatch.setenv("PATH", str(empty))
    job.run(install="false")
    assert job.status == 1 and "::error title=atkg::没有安装 atkg" in job.log


def test_the_install_step_asks_for_the_version_or_for_the_action_s_own_commit(job, monkeypatch):
    """With a pip that only says what it is asked for: what the package installs to is tested in .ci/run."""
    tools = job.folder / "tools"
    tools.mkdir()
    python = tools / "python3"
    python.write_text(
        f'#!/bin/sh\nif [ "$1" = -m ]; then mkdir -p "$3/bin"; printf \'#!/bin/sh\\necho pip "$@"\\n\' > "$3/bin/pip"; '
        f'chmod +x "$3/bin/pip"; ln -sf {BIN / "atkg"} "$3/bin/atkg"; else exec {sys.executable} "$@"; fi\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys.modules[__name__], "BIN", tools)
    job.run(paths="data/plans/jinghai-2022-12")
    asked = next(line for line in job.log.splitlines() if line.startswith("pip install"))
    assert Path(asked.split()[-1]).resolve() == ROOT
    assert job.status == 0, job.log
    job.log = ""
    job.run(paths="data/plans/jinghai-2022-12", version="0.1.0")
    assert "pip install --quiet --disable-pip-version-check atkg==0.1.0\n" in job.log


def hook(name: str) -> dict[str, Any]:
    return next(hook for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8")) if hook["id"] == name)


def run_hook(name: str, folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """What pre-commit does with the files of a commit: those that fit, unless the hook wants none."""
    found = hook(name)
    fit = [file for file in files if re.search(found["files"], file)]
    if not fit:
        return subprocess.CompletedProcess([], 0, "", "")
    command = [*found["entry"].split(), *(fit if found.get("pass_filenames", True) else ())]
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_hook_checks_the_data_of_the_repository_that_it_is_used_in(job):
    work = job.folder / "work"
    assert run_hook("atkg-validate", work, "README.md").stdout == ""
    done = run_hook("atkg-validate", work, "data/plans/dazu-2022-60/plan.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    stages = work / "data" / "registers" / "stages.csv"
    stages.write_text("slug\n", encoding="utf-8")
    done = run_hook("atkg-validate", work, "data/registers/stages.csv")
    assert done.returncode == 1 and "data/registers/stages.csv:1" in done.stdout


def test_the_hook_for_rdf_is_given_the_files(job):
    work = job.folder / "work"
    (work / "x.ttl").write_text("<a:a> <a:b> .\n")
    done = run_hook("atkg-validate-rdf", work, "x.ttl", "notes.md")
    assert done.returncode == 1 and "x.ttl:1" in done.stderr


def test_the_workflow_uses_the_action_and_the_hook_that_others_use():
    jobs = document(WORKFLOW)["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    used = next(step for step in steps if step.get("uses") == "./.github/actions/validate")
    assert set(used["with"]) <= set(document(ACTION)["inputs"])
    assert (ROOT / used["with"]["baseline"]).is_file()
    assert any("pre-commit try-repo . atkg-validate" in step.get("run", "") for step in steps)
    assert all("timeout-minutes" in job for job in jobs.values())
    upload = next(step for step in steps if "upload-sarif" in step.get("uses", ""))
    assert upload["with"]["sarif_file"] == "${{ steps.validate.outputs.sarif }}"
