"""The checks of a plugin as a generator of named ones. Those here look at its source and run nobody's code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kit.errors import Problem
from kit.job import Check
from kit.plugin.manifest import Manifest, examine, is_installed, plugin_error

_CHECK_OF_CODE = {"E103": "fit", "E104": "arguments"}
_EXTRAS = {"torch": "torch", "torchvision": "torch", "gymnasium": "gym"}
_DISTRIBUTIONS = {
    "Box2D": "gymnasium[box2d]",  # there are wheels of it for Python 3.13 and earlier
    "mujoco": "gymnasium[mujoco]",
    "sklearn": "scikit-learn",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "skimage": "scikit-image",
}


def static_checks(path: Path, *, kind: str | None = None, shown: str | None = None) -> Iterator[Check]:
    """Check the source of the plugin at `path`; each finding is a check of its own.

    Parameters
    ----------
    path
        A folder with ``plugin.py``, or a single file.
    kind
        The competition's kind, where one is chosen.
    shown
        How messages name the plugin; `path` by default.
    """
    manifest, problems = examine(path, shown=shown)
    by_check: dict[str, list[Problem]] = {"file": [], "fit": [], "arguments": []}
    for problem in problems:
        by_check[_CHECK_OF_CODE.get(problem.code, "file")].append(problem)
    yield from _checks("file", f"{manifest.file}, {manifest.n_lines} lines" if manifest else "", by_check["file"])
    if manifest is None:
        return
    yield from _checks("fit", "there", by_check["fit"])
    params = ", ".join(f"{name}={value!r}" for name, value in manifest.params.items())
    yield from _checks("arguments", params or "known", by_check["arguments"])
    yield from _checks("packages", "installed", list(_missing_packages(manifest)))
    if kind is not None:
        yield from _checks("kind", kind, list(_other_kind(manifest, kind, shown or path.as_posix())))


def require_static(path: Path, *, kind: str | None = None, shown: str | None = None) -> None:
    """Pass, or raise everything that is wrong at once.

    Raises
    ------
    PluginError
        E101 to E106, E108.
    """
    problems = [c.problem for c in static_checks(path, kind=kind, shown=shown) if c.problem is not None]
    if problems:
        raise plugin_error(problems)


def missing_package(module: str, *, file: str, line: int, requirement: str | None = None) -> Problem:
    """E102: the plugin needs a package that is not installed here, and the command that installs it."""
    said = f"line {line}: import {module}" if requirement is None else f"its block of dependencies: {requirement}"
    command = install_command(module, requirement)
    ours = module in _EXTRAS
    fix = f"install it here:  {command}"
    if ours and _is_uv_checkout() and _EXTRAS[module] == "torch":
        fix += "    which adds about 3 GB"
    if not ours:
        fix += "    and ask your teacher to allow it in this competition"
    return Problem(
        code="E102",
        message=f"{file} needs a package that is not installed here: {module}      ({said})",
        where=f"{file}:{line}" if line else file,
        fix=fix,
    )


def install_command(module: str, requirement: str | None = None) -> str:
    """What to type here so that `module` can be imported."""
    if extra := _EXTRAS.get(module):
        if _is_uv_checkout():
            return "uv sync" if "UV_NO_DEFAULT_GROUPS" not in os.environ else "uv sync --default-groups"
        return f'{_installer()} "competition-kit[{extra}]"'
    distribution = requirement or _DISTRIBUTIONS.get(module, module)
    return (
        f'{_installer()} "{distribution}"' if set(distribution) & set("<>=!~ ;[") else f"{_installer()} {distribution}"
    )


def _checks(name: str, detail: str, problems: list[Problem]) -> Iterator[Check]:
    if not problems:
        yield Check(name=name, state="ok", detail=detail)
    for problem in problems:
        yield Check(name=name, state="failed", detail=problem.message, problem=problem)


def _missing_packages(manifest: Manifest) -> Iterator[Problem]:
    missing = [imported for imported in manifest.imports if not is_installed(imported.module)]
    for name, line, file in missing:
        yield missing_package(name, file=file, line=line)
    if manifest.requirements:
        yield from _unmet_requirements(manifest, told={_DISTRIBUTIONS.get(name, name) for name, _, _ in missing})


def _unmet_requirements(manifest: Manifest, *, told: set[str]) -> Iterator[Problem]:
    from packaging.requirements import InvalidRequirement, Requirement

    file = manifest.file
    for text in manifest.requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            message = f"{file} asks for {text!r} in its block of dependencies, which names no package"
            yield Problem(code="E102", message=message, where=file, fix='write   dependencies = ["timm>=1.0"]')
            continue
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            if requirement.name not in told:
                yield missing_package(requirement.name, file=file, line=0, requirement=text)
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            message = f"{file} needs {text}, and {requirement.name} {installed} is installed here"
            yield Problem(code="E102", message=message, where=file, fix=install_command(requirement.name, text))


def _other_kind(manifest: Manifest, kind: str, shown: str) -> Iterator[Problem]:
    if manifest.tasks and kind not in manifest.tasks:
        yield Problem(
            code="E108",
            message=f"{shown} is not for this kind of competition",
            where=shown,
            expected=kind,
            got=", ".join(manifest.tasks),
            fix=f'choose another competition with  -c NAME,  or add "{kind}" to TASKS if it can do that too',
        )


def _is_uv_checkout() -> bool:
    """Whether kit runs from its own source folder, in an environment that uv made there."""
    root = Path(__file__).parents[2]
    return (root / "pyproject.toml").is_file() and Path(sys.prefix).parent == root


def _installer() -> str:
    return "pip install" if is_installed("pip") else "uv pip install"
