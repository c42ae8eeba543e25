from __future__ import annotations

import io
import stat
import zipfile

import pytest

from kit.errors import PluginError
from kit.plugin.archive import MAX_FILE_BYTES, packed
from kit.plugin.zipped import holds_python, read_zip

CODE = b"def fit(train):\n    return 1\n"


def zipped(files: dict[str, bytes], *, link: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return data.getvalue()


@pytest.mark.parametrize("names", [("plugin.py", "data.txt"), ("my_net/plugin.py", "my_net/data.txt")])
def test_a_plugin_is_found_with_and_without_a_folder_around_it(names: tuple[str, str]) -> None:
    assert set(read_zip(zipped(dict.fromkeys(names, CODE)))) == {"plugin.py", "data.txt"}


def test_what_systems_add_is_left_out() -> None:
    files = {"net/plugin.py": CODE, "__MACOSX/net/._plugin.py": b"x", "net/__pycache__/a.pyc": b"x"}
    assert set(read_zip(zipped(files))) == {"plugin.py"}


def test_a_single_module_is_the_plugin() -> None:
    assert read_zip(zipped({"my_net.py": CODE})) == {"plugin.py": CODE}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped({"plugin.py": CODE}, link="passwd"), "E109"),
        (zipped({"plugin.py": CODE, "bomb": bytes(MAX_FILE_BYTES + 1)}), "E109"),
        (zipped({"notes.txt": b""}), "E106"),
        (zipped({"plugin.py": CODE})[:-30], "E109"),
    ],
    ids=["link", "bomb", "no plugin", "cut off"],
)
def test_what_is_no_plain_plugin_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(PluginError) as caught:
        read_zip(data)
    assert caught.value.code == code


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_damaged_content_is_refused_however_it_was_compressed(method: int) -> None:
    data = bytearray(zipped({"plugin.py": CODE * 50}, method=method))
    for place in range(48, 60):  # behind the header of its only file
        data[place] ^= 0xFF
    with pytest.raises(PluginError, match="E109"):
        read_zip(bytes(data))


def test_a_file_without_a_name_is_refused() -> None:
    named = zipped({"plugin.py": CODE, "Q": b""})

    with pytest.raises(PluginError, match="E109"):
        read_zip(named.replace(b"Q", b"\0"))


def test_names_that_lead_out_are_refused_when_it_is_packed() -> None:
    with pytest.raises(PluginError, match="E109"):
        packed(read_zip(zipped({"plugin.py": CODE, "../outside.py": CODE})))


def test_a_directory_without_end_is_refused_before_it_is_read() -> None:
    many = zipped({"plugin.py": CODE} | {f"{i}.txt": b"" for i in range(5000)})

    assert holds_python(many)
    with pytest.raises(PluginError, match="E109"):
        read_zip(many)
