import os
import subprocess
from pathlib import Path

import pytest

from pipeline.errors import BrokerBusy, BrokerDataMismatch
from pipeline.wire.broker.storage import FolderLock, Stamp, check_readable, new_cluster_id, read_stamp, write_stamp


def test_a_folder_is_held_once_and_the_holder_named(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.note(4711)
    with pytest.raises(BrokerBusy, match=r"process 4711"):
        FolderLock(tmp_path)
    lock.release()
    lock.release()
    FolderLock(tmp_path).release()


def test_a_broker_that_outlives_its_parent_still_holds_its_folder(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with subprocess.Popen(["sleep", "60"], pass_fds=(lock.descriptor,)) as child:
        lock.note(child.pid)
        lock.release()
        try:
            with pytest.raises(BrokerBusy, match=str(child.pid)):
                FolderLock(tmp_path)
        finally:
            child.kill()
    FolderLock(tmp_path).release()


def test_other_children_do_not_hold_it(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    assert not os.get_inheritable(lock.descriptor)
    lock.release()


def test_a_stamp_comes_back(tmp_path: Path) -> None:
    assert read_stamp(tmp_path) is None
    write_stamp(tmp_path, Stamp("4.4.0", "id"))
    assert read_stamp(tmp_path) == Stamp("4.4.0", "id")


@pytest.mark.parametrize("written", ["", "{", "[]", '{"version": "4.4.0"}', '{"other": 1}'])
def test_half_a_stamp_counts_as_none(tmp_path: Path, written: str) -> None:
    (tmp_path / "written-by.json").write_text(written)
    assert read_stamp(tmp_path) is None


@pytest.mark.parametrize(("found", "version"), [("4.10.0", "4.4.0"), ("4.4.1", "4.4.0"), ("5.0.0", "4.4.0")])
def test_an_older_kafka_does_not_read_newer_data(tmp_path: Path, found: str, version: str) -> None:
    with pytest.raises(BrokerDataMismatch, match=found):
        check_readable(tmp_path, Stamp(found, "id"), version)
    check_readable(tmp_path, Stamp(version, "id"), found)
    check_readable(tmp_path, Stamp(found, "id"), found)


def test_cluster_ids_have_kafkas_form() -> None:
    ids = {new_cluster_id() for _ in range(200)}
    assert len(ids) == 200
    assert {len(one) for one in ids} == {22}
    assert not any(one.startswith("-") for one in ids)
