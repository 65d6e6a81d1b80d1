"""Files take their place as a whole, whoever writes them at the same time."""

import threading
from pathlib import Path

from ebana_core.paths import replacing


def written(path: Path, text: str) -> None:
    with replacing(path) as partial:
        partial.write_text(text)


def test_threads_that_write_one_file_leave_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with replacing(path) as partial, partial.open("w") as file:
        file.write("first, ")
        other = threading.Thread(target=written, args=(path, "of another thread"))
        other.start()
        other.join()
        assert path.read_text() == "of another thread"
        file.write("second")
    assert path.read_text() == "first, second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
