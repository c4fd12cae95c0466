"""Where the ontology, the shapes, the queries and the data lie: in the checkout, else in the wheel."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Final

from atkg.errors import InputError

VERSION: Final = version("atkg")
"""The version of atkg, which is that of its ontology and data too."""

_PACKAGE: Final = Path(__file__).resolve().parent
_CHECKOUT: Final = _PACKAGE.parent.parent


def resource(name: str) -> Path:
    """The folder `ontology`, `shapes`, `queries` or `data` that came with this atkg.

    Raises:
        InputError: neither the checkout nor the wheel holds it, so the installation is broken.
    """
    for root in (_PACKAGE / "resources", _CHECKOUT):
        if (root / name).is_dir():
            return root / name
    raise InputError(
        _PACKAGE / "resources" / name,
        "安装不完整，缺少这个文件夹；请重新安装 atkg。",
        "missing from this installation; install atkg again",
    )


def data_folder(chosen: Path | None) -> Path:
    """The data to work on: the folder chosen, else ./data, else the one that came with atkg.

    Raises:
        InputError: the folder holds no `plans`.
    """
    here = Path("data")
    folder = chosen or (here if (here / "plans").is_dir() else resource("data"))
    if not (folder / "plans").is_dir():
        raise InputError(
            folder, "不是数据文件夹：其中应有文件夹 plans。", "not a data folder: expected a folder `plans` in it"
        )
    return folder
