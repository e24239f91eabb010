"""A small Hugging Face hub on 127.0.0.1: the two routes that a model download needs, and a log of what was asked."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves `folder/author/model/*`. `lies`: files whose published checksum is not that of their bytes."""

    def __init__(self, folder: Path, lies: frozenset[str] = frozenset()) -> None:
        self.folder, self.lies, self.asked = folder, lies, list[str]()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self, body=False)

            def do_GET(self) -> None:
                hub.answer(self, body=True)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def digest(self, file: Path) -> str:
        data = file.read_bytes() + (b"!" if file.name in self.lies else b"")
        return hashlib.sha256(data).hexdigest()

    def info(self, model: str) -> dict[str, Any]:
        """Return what /api/models/… says of a model."""
        files = sorted(file for file in (self.folder / model).iterdir() if file.is_file())
        siblings: list[dict[str, Any]] = []
        for file in files:
            entry: dict[str, Any] = {"rfilename": file.name, "size": file.stat().st_size}
            if file.suffix in (".safetensors", ".bin"):
                entry["lfs"] = {"sha256": self.digest(file), "size": file.stat().st_size, "pointerSize": 130}
            siblings.append(entry)
        return {"id": model, "modelId": model, "sha": COMMIT, "siblings": siblings, "private": False, "tags": []}

    def answer(self, request: BaseHTTPRequestHandler, *, body: bool) -> None:
        path = request.path.split("?")[0]
        self.asked.append(f"{request.command} {path}")
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"] and (self.folder / "/".join(parts[2:4])).is_dir():
            self.send(request, 200, json.dumps(self.info("/".join(parts[2:4]))).encode(), {"Content-Type": "application/json"}, body)
            return
        if len(parts) == 5 and parts[2] == "resolve":
            file = self.folder / parts[0] / parts[1] / parts[4]
            if file.is_file():
                headers = {"ETag": f'"{self.digest(file)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
                self.send(request, 200, file.read_bytes(), headers, body)
                return
        self.send(request, 404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)

    def send(self, request: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str], body: bool) -> None:
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            request.send_header(name, value)
        request.end_headers()
        if body:
            request.wfile.write(data)


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    thread = threading.Thread(target=hub.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.server.shutdown()
        hub.server.server_close()
        thread.join()
