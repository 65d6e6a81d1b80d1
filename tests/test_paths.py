"""Files take their place as a whole, whoever writes them at the same time."""

import sys
import threading
from pathlib import Path

from ebana_core.errors import StorageError
from ebana_core.paths import replacing

LINES = "".join(f"{k}\n" for k in range(1000))


def test_threads_that_write_one_file_leave_it_whole(tmp_path: Path) -> None:
    path, gate = tmp_path / "a.txt", threading.Barrier(4)
    failed: list[StorageError] = []
    seen: set[str] = set()

    def write() -> None:
        gate.wait()
        for _ in range(20):
            try:
                with replacing(path) as partial:
                    partial.write_text(LINES)
            except StorageError as error:
                failed.append(error)
            if path.exists():
                seen.add(path.read_text())

    threads = [threading.Thread(target=write) for _ in range(4)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads meet in every line
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert not failed
    assert seen == {LINES}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
