from pathlib import Path

import pytest

from tests.faults import disk


def test_a_small_disk_is_full_when_filled(tmp_path: Path) -> None:
    obstacle = disk.obstacle()
    if obstacle:
        pytest.skip(obstacle)
    folder = tmp_path / "small"
    with disk.small(folder):
        (folder / "before").write_bytes(b"x")
        disk.fill(folder)
        with pytest.raises(OSError, match="No space left"):
            (folder / "after").write_bytes(b"x" * 100_000)
        assert (folder / "before").read_bytes() == b"x"
    assert not list(folder.iterdir())
