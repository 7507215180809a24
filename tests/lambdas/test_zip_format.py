"""The bundler writes zips itself: whatever it writes, any other tool reads."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.bundle.archive import assembled, members_of, stored

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00/\\", exclude_categories=["Cc"]), min_size=1)


@given(files=st.dictionaries(NAMES, st.binary(max_size=200), max_size=5))
def test_what_is_written_is_what_any_unzip_reads(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    path = tmp_path_factory.mktemp("zip") / "any.zip"
    path.write_bytes(assembled({name: stored(content) for name, content in files.items()}))

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert assembled(members_of(path.read_bytes())) == path.read_bytes()


@given(content=st.binary(max_size=2000), level=st.integers(0, 9))
def test_a_compressed_member_keeps_the_very_stream_it_has(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, level: int
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    with zipfile.ZipFile(folder / "wheel.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr("a.py", content)
    wheel = members_of((folder / "wheel.zip").read_bytes())
    (folder / "ours.zip").write_bytes(assembled(wheel))

    assert members_of((folder / "ours.zip").read_bytes()) == wheel
    with zipfile.ZipFile(folder / "ours.zip") as archive:
        assert archive.read("a.py") == content
