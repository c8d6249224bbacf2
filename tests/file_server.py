"""An HTTP server on this computer that gives a file out, and misbehaves as told."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Manners:
    """How the server behaves; may be changed while it runs.

    Attributes:
        content: of the file, whatever its name.
        etag: of the content.
        cut_after: bytes of each reply after which the connection is cut.
        ranges: whether it can go on in the middle.
        status: what it answers instead of the file.
        redirect: where it leads to instead.
        silent: it takes the request and says nothing more.
        requests: what it was asked: the `Range` of each request, or "".
    """

    content: bytes = b""
    etag: str = '"one"'
    cut_after: int | None = None
    ranges: bool = True
    status: int = 200
    redirect: str = ""
    silent: threading.Event | None = None
    requests: list[str] = field(default_factory=list)


@contextmanager
def serving(manners: Manners) -> Iterator[str]:
    """The address under which the server gives its file out, up to a name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            manners.requests.append(wanted)
            if manners.silent:
                manners.silent.wait(20)
                return
            if manners.redirect:
                self.send_response(302)
                self.send_header("Location", manners.redirect)
                self.end_headers()
                return
            if manners.status != 200:
                self.send_error(manners.status)
                return
            self._give(wanted)

        def _give(self, wanted: str) -> None:
            total, start = len(manners.content), 0
            match = re.fullmatch(r"bytes=(\d+)-", wanted)
            if match and manners.ranges and self.headers["If-Range"] == manners.etag:
                start = int(match[1])
                if start >= total:
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            else:
                self.send_response(200)
            if manners.etag:
                self.send_header("ETag", manners.etag)
            self.send_header("Content-Length", str(total - start))
            self.end_headers()
            end = total if manners.cut_after is None else start + manners.cut_after
            self.wfile.write(manners.content[start:end])

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        if manners.silent:
            manners.silent.set()
        server.shutdown()
        server.server_close()
        thread.join()
