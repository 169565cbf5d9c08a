"""What goes over the wire, and what is said where it does not go well."""
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest
from conftest import Orchard
from sklearn.tree import DecisionTreeClassifier

from ratchet_model import Package, PushError, pack, push
from ratchet_model.__main__ import main

RUN: Dict[str, Any] = {
    "run_id": "r1", "model": "apples", "state": "running", "progress": 0.5, "message": "reading the model", "verdict": None, "version": None,
    "failure": None, "remedy": None,
}


class Registry:
    """Answers as a registry does, run after run."""

    def __init__(self) -> None:
        self.asked: List[Tuple[str, str, Dict[str, str], bytes]] = []
        self.refusal: Any = None
        self.runs: List[Dict[str, Any]] = [RUN, {**RUN, "state": "done", "verdict": "pass", "version": "v1.0.0"}]
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                registry.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, content = registry.answer(self.command, self.path, body)
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _answer

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method: str, path: str, body: bytes) -> Tuple[int, Any]:
        if self.refusal:
            return self.refusal
        if path.endswith("/uploads"):
            return 201, {"digest": "sha256:" + "a" * 64, "bytes": len(body)}
        if path.endswith("/packages"):
            self.request_id = json.loads(body)["request_id"]
            return 202, {"request_id": self.request_id, "model": "apples"}
        if "/versions/" in path:
            return 200, {"evaluation": {"gate": {"summary": "It is not clearly better."}}}
        run = {**(self.runs.pop(0) if len(self.runs) > 1 else self.runs[0]), "request_id": self.request_id}
        return 200, [run] if path.startswith("/v1/runs?") else run


@pytest.fixture
def registry() -> Iterator[Registry]:
    one = Registry()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def package(apples: Orchard, tmp_path: Path) -> Package:
    return pack(DecisionTreeClassifier(max_depth=3).fit(apples.one_hot, apples.labels), apples.one_hot, apples.definition(), folder=tmp_path)


def test_a_package_is_uploaded_registered_and_judged(registry: Registry, package: Package, capsys: pytest.CaptureFixture[str]) -> None:
    run = push(package, url=registry.url, token="secret", reason="a test", progress=True)
    assert (run["version"], run["verdict"], run["summary"]) == ("v1.0.0", "pass", "It is not clearly better.")
    (_, path, headers, body), (_, _, _, registered) = registry.asked[:2]
    assert path == "/v1/models/apples/uploads"
    assert headers["authorization"] == "Bearer secret" and headers["content-type"] == "application/octet-stream"
    assert body == (package.folder / "model.trees.json").read_bytes()
    sent = json.loads(registered)
    assert sent["format"] == "trees-json" and sent["reason"] == "a test" and sent["auto_deploy"] is True
    assert len(sent["description"]["golden"]) == package.golden
    assert sent["description"]["columns"] == package.manifest["columns"]
    assert "uploading" in capsys.readouterr().err


def test_nobody_has_to_wait(registry: Registry, package: Package) -> None:
    assert push(package.folder, url=registry.url, wait=False, auto_deploy=False)["model"] == "apples"
    assert len(registry.asked) == 2 and json.loads(registry.asked[1][3])["auto_deploy"] is False


def test_a_failed_run_says_why_and_what_to_do(registry: Registry, package: Package) -> None:
    registry.runs = [{**RUN, "state": "failed", "failure": "The model does not answer here as it did.", "remedy": "Pack it again."}]
    with pytest.raises(PushError, match="does not answer here as it did. Pack it again."):
        push(package, url=registry.url)


def test_a_package_that_was_pushed_before_is_its_version_again(registry: Registry, package: Package, capsys: pytest.CaptureFixture[str]) -> None:
    registry.runs = [RUN, {**RUN, "state": "unchanged", "version": "v1.0.0", "verdict": "inconclusive"}]
    assert push(package, url=registry.url, timeout=30)["version"] == "v1.0.0"
    assert main([str(package.folder), "--url", registry.url]) == 0
    assert capsys.readouterr().out == "apples v1.0.0: inconclusive, unchanged, as its package was there already\nIt is not clearly better.\n"


def test_what_does_not_go_live_says_why_and_what_to_do(registry: Registry, package: Package, capsys: pytest.CaptureFixture[str]) -> None:
    registry.runs = [RUN, {**RUN, "state": "done", "version": "v1.1.0", "verdict": "inconclusive"}]
    assert main([str(package.folder), "--url", registry.url]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "apples v1.1.0: inconclusive",
        "It is not clearly better.",
        "Why: npx ratchet info --model apples --version v1.1.0",
        'Deploy it all the same: npx ratchet deploy --model apples --version v1.1.0 --force --reason "…"',
    ]


def test_a_cancelled_run_is_the_end_of_it(registry: Registry, package: Package) -> None:
    registry.runs = [{**RUN, "state": "cancelled", "message": "cancelled by local: a mistake"}]
    with pytest.raises(PushError, match="was cancelled by local: a mistake; nothing was versioned"):
        push(package, url=registry.url, timeout=30)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        ((401, {"detail": "A token is needed."}), "A token is needed. Pass token="),
        ((403, {"detail": "Not yours."}), "Use the token of an operator"),
        ((404, {"detail": 'There is no model "apples".'}), 'There is no model "apples". Add its definition with "npx ratchet models add FILE"'),
        ((404, {"detail": "Cannot POST /v1/models/apples/uploads"}), "is no registry of Ratchet.*set RATCHET_URL to the registry's address"),
        ((404, []), "is no registry of Ratchet"),
        ((500, []), "Ratchet answered 500 to POST"),
    ],
)
def test_a_refusal_says_what_to_do(registry: Registry, package: Package, refusal: Any, sentence: str) -> None:
    registry.refusal = refusal
    with pytest.raises(PushError, match=sentence):
        push(package, url=registry.url)


def test_what_is_no_registry_or_no_package(package: Package, tmp_path: Path) -> None:
    with pytest.raises(PushError, match="does not answer at http://127.0.0.1:1 .*is it started"):
        push(package, url="http://127.0.0.1:1")
    with pytest.raises(PushError, match="is no HTTP address"):
        push(package, url="registry:7400")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PushError, match="holds 0 model files"):
        push(tmp_path / "empty")
    for content in ("[]", "{}", "{"):
        (package.folder / "golden.json").write_text(content)
        with pytest.raises(PushError, match="is no package"):
            push(package)
    (package.folder / "golden.json").unlink()
    with pytest.raises(PushError, match="is no package"):
        push(package)


def test_the_command(registry: Registry, package: Package, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(package.folder), "--url", registry.url]) == 0
    assert capsys.readouterr().out == "apples v1.0.0: pass\nIt is not clearly better.\n"
    assert main([str(package.folder), "--url", "http://127.0.0.1:1"]) == 1
    assert "does not answer" in capsys.readouterr().err
