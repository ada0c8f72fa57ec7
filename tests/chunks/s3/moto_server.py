"""An S3 of the tests' own, on loopback: moto behind a gate that can make it slow, absent, or a liar."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from pileus.chunks.s3.bucket import Bucket
from pileus.chunks.settings import S3StoreSettings

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
EMPTY = '"d41d8cd98f00b204e9800998ecf8427e"'  # the tag of an object without bytes


class Quiet(WSGIRequestHandler):
    """Answers without a line of log each, on connections that stay."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *args: object, **more: object) -> None:
        return


class Gate:
    """What stands before the S3, and what is wrong with it."""

    def __init__(self, behind: Application) -> None:
        self._behind = behind
        self.mend()

    def mend(self) -> None:
        """Nothing is wrong."""
        self.delay = 0.0
        self.loses: Callable[[str], bool] = lambda path: False
        self.refuses: Callable[[str, str], bool] = lambda method, path: False
        self.asked: list[tuple[str, str]] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append((method, path))
        time.sleep(self.delay)
        is_refused = self.refuses(method, path)
        if not is_refused and not (method == "PUT" and self.loses(path)):
            return self._behind(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start("503 Slow Down" if is_refused else "200 OK", [("ETag", EMPTY), ("Content-Length", "0")])
        return [b""]


class FakeS3:
    """A server that runs until it is closed."""

    def __init__(self) -> None:
        self.gate = Gate(DomainDispatcherApplication(create_backend_app))
        self._server = make_server("127.0.0.1", 0, self.gate, threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def settings(self, folder: Path, **more: Any) -> S3StoreSettings:
        """A new bucket, with its keys in a file of their own."""
        secrets, name = folder / f"{uuid4().hex}.json", f"bucket-{uuid4().hex}"
        secrets.touch(mode=0o600)
        secrets.write_text(json.dumps({"access_key_id": "key", "secret_access_key": "secret"}))
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=self.endpoint, **keys).create_bucket(Bucket=name)
        return S3StoreSettings(bucket=name, endpoint=self.endpoint, secrets=str(secrets), **{"prefix": "cloud", **more})

    def bucket(self, folder: Path, **more: Any) -> Bucket:
        return Bucket(self.settings(folder, **more))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
