"""A Hugging Face hub on 127.0.0.1: as much of one as a download needs, and a log of what it was asked for."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LARGE = (".safetensors", ".bin")  # stored with git-lfs: a checksum in the listing, and sent from another address
ERROR_CODES = {401: "RepoNotFound", 403: "GatedRepo", 404: "RepoNotFound"}


@dataclass
class Repository:
    """A model. `sent`: bytes that go out in place of those that were announced ("": of the list of files).
    `status`: of every answer."""

    files: dict[str, bytes]
    sent: dict[str, bytes] = field(default_factory=dict)
    status: int = 200

    @classmethod
    def of(cls, folder: Path) -> "Repository":
        return cls({file.name: file.read_bytes() for file in sorted(folder.iterdir())})

    @property
    def commit(self) -> str:
        return hashlib.sha1(b"".join(map(_sha256, self.files.values()))).hexdigest()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    authorization: str | None


class LoopbackHub:
    """Answers for `repositories`, by name. `asked`: every request in order."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.asked: list[Request] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self)

            def do_GET(self) -> None:
                hub.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def names(self) -> set[str]:
        """Return the names of all files that were asked for."""
        return {request.path.rpartition("/")[2] for request in self.asked if "/resolve/" in request.path}

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        self.asked.append(Request(request.command, path, request.headers.get("Authorization")))
        match path.strip("/").split("/"):
            case ["api", "models", owner, name] | ["api", "models", owner, name, "revision", _]:
                self._info(request, f"{owner}/{name}")
            case [owner, name, "resolve", _, file]:
                self._file(request, f"{owner}/{name}", file)
            case ["large", owner, name, file]:
                repository = self.repositories[f"{owner}/{name}"]
                _send(request, 200, repository.sent.get(file, repository.files[file]))
            case _:
                _send(request, 404)

    def _info(self, request: BaseHTTPRequestHandler, name: str) -> None:
        repository = self.repositories.get(name, Repository({}, status=404))
        siblings = [_sibling(file, content) for file, content in repository.files.items()]
        info = {"id": name, "sha": repository.commit, "siblings": siblings, "tags": [], "private": False}
        _send(request, repository.status, repository.sent.get("", json.dumps(info).encode()))

    def _file(self, request: BaseHTTPRequestHandler, name: str, file: str) -> None:
        repository = self.repositories.get(name, Repository({}, status=404))
        if file not in repository.files:
            _send(request, 404, **{"X-Error-Code": "EntryNotFound"})
            return
        content = repository.files[file]
        headers = {"X-Repo-Commit": repository.commit}
        if file.endswith(LARGE):
            linked = {"X-Linked-Etag": f'"{_sha256(content).hex()}"', "X-Linked-Size": str(len(content))}
            elsewhere = self.url.replace("127.0.0.1", "localhost")  # to the client another host
            _send(request, 302, **headers, **linked, Location=f"{elsewhere}/large/{name}/{file}")
        elif request.command == "HEAD":
            _send(request, repository.status, content, ETag=f'"{_git_sha1(content)}"', **headers)
        else:
            _send(request, repository.status, repository.sent.get(file, content), **headers)


@contextmanager
def serving() -> Iterator[LoopbackHub]:
    """Serve from a thread inside the block."""
    hub = LoopbackHub()
    thread = threading.Thread(target=hub.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.server.shutdown()
        hub.server.server_close()
        thread.join()


def _sibling(file: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"rfilename": file, "size": len(content)}
    if file.endswith(LARGE):
        entry["lfs"] = {"sha256": _sha256(content).hex(), "size": len(content), "pointerSize": 130}
    return entry


def _send(request: BaseHTTPRequestHandler, status: int, content: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    if status in ERROR_CODES:
        headers = {"X-Error-Code": ERROR_CODES[status], **headers}
    for name, value in {**headers, "Content-Length": str(len(content))}.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command == "GET":
        request.wfile.write(content)


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
