"""Reverse proxies in front of a service: nginx, Caddy, and one that takes a path away."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "pi_service/docs/proxy.md"


def example(language: str) -> str:
    """An example of the documentation."""
    found = re.search(rf"```{language}\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the example's name, signed by itself, and its key."""
    paths = folder / "cert.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += [
        "-subj",
        "/CN=cats.example.org",
        "-addext",
        "subjectAltName=DNS:cats.example.org",
    ]
    words += ["-out", str(paths[0]), "-keyout", str(paths[1])]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return paths


@contextmanager
def running(words: list[str], port: int, folder: Path) -> Iterator[int]:
    """A proxy's process, from when it listens; gives its port."""
    log = (folder / "proxy.log").open("wb")
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    process = subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | home)
    try:
        until = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            assert time.monotonic() < until, (folder / "proxy.log").read_text()
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def nginx(folder: Path, server: str, port: int) -> contextlib.AbstractContextManager[int]:
    """Run nginx with one ``server`` block."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{server}\n}}\n"
    )
    return running(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], port, folder
    )


def caddy(folder: Path, site: str, port: int) -> contextlib.AbstractContextManager[int]:
    """Run Caddy with one site."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    options = "{\n admin off\n auto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(options + site)
    words = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    return running(words, port, folder)


@contextmanager
def taking_away(prefix: str, service: int) -> Iterator[int]:
    """A proxy that has a service below a path, as Home Assistant's ingress; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            if not self.path.startswith(prefix + "/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = http.client.HTTPConnection("127.0.0.1", service, timeout=60)
            headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            headers |= {"X-Ingress-Path": prefix, "X-Forwarded-For": "192.0.2.7"}
            upstream.request(self.command, self.path.removeprefix(prefix), body, headers)
            answer = upstream.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            with contextlib.suppress(OSError, http.client.HTTPException):
                while block := answer.read1(65536):
                    self.wfile.write(block)
            upstream.close()

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        proxy.daemon_threads = True
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        yield int(proxy.server_address[1])
        proxy.shutdown()
        thread.join()
