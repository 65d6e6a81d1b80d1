"""The server: pages about runs for a browser on the same machine; tornado is an extra."""

import asyncio
import json
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import escape
from importlib import import_module
from importlib.resources import files
from typing import Any

from ebana_core.errors import EbanaError, MissingLibraryError, ParameterError, UnknownNameError
from ebana_core.paths import in_unicode
from ebana_core.pictures.page import Served, library, page, template
from ebana_core.serving.listing import Listing

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine, which nobody else can reach."""
FOLLOWED = Served(plotly="/plotly.js", script="/follow.js")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def serve(listing: Listing, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve pages about the runs in a folder until the process is interrupted or told to end.

    Args:
        listing: The runs.
        host: Address to listen at; of those in `LOOPBACK` nobody else can reach the pages.
        port: 0 takes any that is free.
        announce: Is told the address of the first page.

    Raises:
        MissingLibraryError: tornado or plotly is not installed.
        ParameterError: Nothing can listen at this address.
    """
    library()  # without it no page can be shown
    try:
        asyncio.run(_serve(listing, host, port, announce))
    except KeyboardInterrupt:
        return


async def _serve(listing: Listing, host: str, port: int, announce: Callable[[str], None]) -> None:
    netutil, httpserver = _tornado("netutil"), _tornado("httpserver")
    try:
        sockets = netutil.bind_sockets(port, host)
    except (OSError, OverflowError) as error:
        raise ParameterError(
            f"Nothing can listen at {host}, port {port}: {error}.",
            "choose another address; port 0 takes one that is free",
        ) from error
    server = httpserver.HTTPServer(application(listing, is_open=host not in LOOPBACK))
    server.add_sockets(sockets)
    name = f"[{host}]" if ":" in host else host
    ended = asyncio.Event()
    with suppress(NotImplementedError):  # Windows has no signals of this kind
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    announce(f"http://{name}:{sockets[0].getsockname()[1]}/")
    try:
        await ended.wait()
    finally:
        server.stop()


def application(listing: Listing, *, is_open: bool) -> Any:
    """Return what answers requests.

    Args:
        listing: The runs.
        is_open: Whether others may ask, too, under whatever name they know this machine by. Else
            only requests to names in `LOOPBACK` are answered, so that no page of a stranger reaches
            it under a name of the stranger's.
    """
    web = _tornado("web")
    handler = _handler(web, is_open=is_open)

    def address(path: str, make: Callable[[Any], str], kind: str = "text/html") -> Any:
        return web.url(path, handler, {"make": make, "kind": kind})

    def compare(request: Any) -> str:
        return listing.page_of(list(dict.fromkeys(request.get_arguments("run"))), FOLLOWED)

    script = "text/javascript"
    return web.Application(
        [
            address("/", lambda _: _index(listing)),
            address("/run", lambda request: listing.page(request.get_argument("run"), FOLLOWED)),
            address("/compare", compare),
            address("/runs.json", lambda _: json.dumps(listing.rows()), "application/json"),
            address("/plotly.js", lambda _: library(), script),
            address("/index.js", lambda _: _own("index.js"), script),
            address("/follow.js", lambda _: _own("follow.js"), script),
        ],
        log_function=lambda _: None,  # a page asks every two seconds
    )


def _handler(web: Any, *, is_open: bool) -> type[Any]:
    """Return the class that answers a request with what a function makes of it."""
    worker = ThreadPoolExecutor(max_workers=1)  # HDF5 reads one file at a time anyway

    class Handler(web.RequestHandler):  # type: ignore[misc]  # tornado is imported when it is needed
        def initialize(self, make: Callable[[Any], str], kind: str) -> None:
            self._make, self._kind = make, kind

        def set_default_headers(self) -> None:
            for name, value in HEADERS.items():
                self.set_header(name, value)
            self.clear_header("Server")

        def prepare(self) -> None:
            if not is_open and self.request.host_name not in LOOPBACK:
                raise web.HTTPError(403)

        async def get(self) -> None:
            loop = asyncio.get_running_loop()
            self.set_header("Content-Type", f"{self._kind}; charset=utf-8")
            try:
                self.finish(await loop.run_in_executor(worker, self._make, self))
            except EbanaError as error:
                self.set_status(404 if isinstance(error, UnknownNameError) else 409)
                self.finish(_trouble(str(error)))

        def write_error(self, status_code: int, **_: Any) -> None:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(_trouble(f"{status_code}: {self._reason}"))

        def log_exception(self, *error: Any) -> None:
            if not isinstance(error[1], web.HTTPError):
                super().log_exception(*error)

    return Handler


def _index(listing: Listing) -> str:
    served = Served(plotly="/plotly.js", script="/index.js")
    main = template("index.html", "ebana_core.serving").substitute()
    return page("Runs", [str(listing.folder.absolute())], main, [], served)


def _trouble(text: str) -> str:
    told = escape(in_unicode(text))
    return f'<!DOCTYPE html><meta charset="utf-8"><title>Runs</title><p>{told}</p>'


def _own(name: str) -> str:
    return files("ebana_core.serving").joinpath(name).read_text("utf-8")


def _tornado(module: str) -> Any:
    try:
        return import_module(f"tornado.{module}")
    except ImportError as error:
        raise MissingLibraryError(
            "Serving pages needs tornado, which is not installed.",
            "pip install ebana-core[serve]",
        ) from error
