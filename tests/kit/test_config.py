"""Settings: where they are from, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import read_config
from kit.errors import UsageError


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "kit.toml").write_text('title = "DL"\n[executor]\nworkers = 3\n')

    config = read_config(tmp_path, {"KIT_TITLE": "Deep learning"})

    assert (config.title, config.executor_workers, config.sandbox_name) == ("Deep learning", 3, "auto")
    assert dict(config.origins) == {"executor_workers": "kit.toml", "title": "KIT_TITLE"}


def test_without_a_file_the_variables_count(tmp_path: Path) -> None:
    assert read_config(None, {"KIT_SANDBOX_ALLOW_UNSAFE": "true"}).sandbox_allow_unsafe is True


def test_every_wrong_setting_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "kit.toml").write_text('titel = "x"\nzone = "Berlin"\n[executor]\nworkers = "two"\nname = "local"\n')

    with pytest.raises(UsageError) as caught:
        read_config(tmp_path, {})

    told = "\n".join(f"{part.message} {part.fix}" for part in caught.value.parts)
    assert "did you mean   title" in told
    assert "zone (kit.toml)" in told
    assert "executor.workers (kit.toml)" in told


@pytest.mark.parametrize("content", [b"title = ", b"\xff\xfe\x00"])
def test_a_file_that_can_not_be_read_is_e003(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kit.toml").write_bytes(content)

    with pytest.raises(UsageError, match="E003"):
        read_config(tmp_path, {})


def test_too_few_workers_are_told_as_they_were_set(tmp_path: Path) -> None:
    (tmp_path / "kit.toml").write_text("[executor]\nworkers = -3\n")

    with pytest.raises(UsageError) as caught:
        read_config(tmp_path, {})

    assert caught.value.parts[0].got == "-3"
