"""The progress bar on a real, if pretended, terminal."""

import os
import signal
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty", reason="pseudo-terminals exist on Unix only")

CLEAR_LINE, HIDE_CURSOR, SHOW_CURSOR = b"\x1b[2K", b"\x1b[?25l", b"\x1b[?25h"
LIMIT = 60.0
"""Longest wait, s."""


def on_terminal(
    *arguments: str, interrupt_at: bytes | None = None, **environment: str
) -> tuple[int, bytes]:
    """Run ``ebana`` on an 80 column terminal; return exit status and everything it wrote."""
    script = (  # sets the size of the terminal, then becomes ebana
        "import fcntl, os, signal, struct, sys, termios\n"
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"  # a job in the background is deaf to it
        "fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 80, 0, 0))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'ebana_core', *sys.argv[1:]])\n"
    )
    main, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )
    os.close(terminal)
    try:
        written = _written(main, child, interrupt_at)
        return child.wait(timeout=LIMIT), written
    finally:  # one that does not end would disturb other tests
        os.close(main)
        child.kill()
        child.wait()


def _written(main: int, child: "subprocess.Popen[bytes]", interrupt_at: bytes | None) -> bytes:
    """Return what a child writes until it ends; interrupt it where it has written something."""
    written, started = b"", time.monotonic()
    while time.monotonic() - started < LIMIT:
        try:
            part = os.read(main, 65536)
        except OSError:  # Linux says so where the other end is closed
            part = b""
        if not part:
            break
        written += part
        if interrupt_at is not None and interrupt_at in written:
            child.send_signal(signal.SIGINT)
            interrupt_at = None
    return written


def test_a_live_bar_shows_epochs_loss_and_accuracy() -> None:
    pytest.importorskip("sklearn")
    status, written = on_terminal("demo", "iris", "--epochs", "10")
    assert status == 0, written
    assert HIDE_CURSOR in written
    assert CLEAR_LINE in written, "the bar is drawn in place"
    last = written.split(CLEAR_LINE)[-1].split(b"\n")[0].decode()
    for text in ("epoch 10/10", "━", "loss ", "accuracy ", "(val "):
        assert text in last
    assert written.rindex(SHOW_CURSOR) > written.rindex(b"epoch 10/10")
    assert "╭".encode() in written, "the table has lines"


def test_no_color_is_honoured() -> None:
    status, written = on_terminal("demo", "xor", "--epochs", "5", NO_COLOR="1")
    assert status == 0
    assert b"epoch 5/5" in written
    assert b"\x1b[3" not in written, "no foreground colour"


def test_a_terminal_without_cursor_movement_gets_lines() -> None:
    status, written = on_terminal("demo", "xor", "--epochs", "5", TERM="dumb")
    assert status == 0
    assert b"epoch 5/5: loss" in written
    assert b"\x1b" not in written


def test_quiet_shows_no_bar() -> None:
    status, written = on_terminal("-q", "demo", "xor", "--epochs", "5")
    assert status == 0
    assert b"epoch" not in written
    assert CLEAR_LINE not in written


def test_control_c_ends_the_bar_and_says_so() -> None:
    status, written = on_terminal("demo", "xor", "--epochs", "100000", interrupt_at=b"/100000")
    assert status == 130
    assert b"Interrupted." in written
    assert b"Traceback" not in written
    assert written.rindex(SHOW_CURSOR) > written.rindex(HIDE_CURSOR)
