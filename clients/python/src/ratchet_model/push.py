"""``push``: registers a package with Ratchet over HTTP."""
from __future__ import annotations

import json
import os
import sys
import time
import uuid
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterator, Mapping, Optional, Tuple, Union
from urllib.parse import quote, urlsplit

from .errors import PushError
from .pack import Package

#: By the name of the model file in a package.
FORMATS = {"model.trees.json": "trees-json", "model.xgb.json": "xgboost-json", "model.lgbm.txt": "lightgbm-text"}
CHUNK = 1 << 18
POLL_SECONDS = 0.5


def push(
    package: Union[Package, str, "os.PathLike[str]"],
    *,
    url: Optional[str] = None,
    token: Optional[str] = None,
    model: Optional[str] = None,
    auto_deploy: bool = True,
    reason: Optional[str] = None,
    wait: bool = True,
    timeout: float = 600.0,
    progress: Optional[bool] = None,
) -> Dict[str, Any]:
    """Uploads a package, has it registered, and waits until Ratchet has judged it.

    :param package: what ``pack`` returned, or its folder
    :param url: of the registry; by default RATCHET_URL, else http://127.0.0.1:7400
    :param token: of an operator; by default RATCHET_TOKEN, else the file ``token`` in RATCHET_HOME (default ``.ratchet``)
    :param model: name of the model, where it is not the one it was packed for
    :param auto_deploy: whether it goes live if the gate lets it through
    :param reason: why; shown with the run
    :param wait: False returns as soon as the registration is accepted
    :param timeout: seconds to wait for the verdict
    :param progress: a bar on stderr; by default where that is a terminal
    :returns: the run, with "version", "verdict", and the gate's sentence as "summary" ("state" is "unchanged" where the package was one already); or what was accepted, where nobody waits
    :raises PushError: with Ratchet's reason and what to do
    """
    folder = package.folder if isinstance(package, Package) else Path(os.fspath(package))
    file, description = _read(folder)
    name = model or str(description.get("name", ""))
    if not name:
        raise PushError("The package names no model; pass model=NAME, the name of its definition.")
    server = _Server(url, token)
    bar = _Bar(sys.stderr.isatty() if progress is None else progress)
    path = f"/v1/models/{quote(name, safe='')}"
    try:
        with file.open("rb") as content:
            size = file.stat().st_size
            uploaded = server.send(f"{path}/uploads", _counted(content, size, bar), size, "application/octet-stream")
        request_id = str(uuid.uuid4())
        body: Dict[str, Any] = {
            "request_id": request_id,
            "upload": uploaded["digest"],
            "format": FORMATS[file.name],
            "description": description,
            "auto_deploy": auto_deploy,
        }
        if reason is not None:
            body["reason"] = reason
        text = json.dumps(body, ensure_ascii=False).encode("utf-8")
        accepted = server.send(f"{path}/packages", text, len(text), "application/json")
        return _follow(server, name, request_id, timeout, bar) if wait else accepted
    finally:
        bar.close()


def _read(folder: Path) -> Tuple[Path, Dict[str, Any]]:
    """The model file of a package, and its description with the golden rows."""
    found = [folder / name for name in FORMATS if (folder / name).is_file()]
    if len(found) != 1:
        raise PushError(f"{folder} holds {len(found)} model files, expected one of {', '.join(FORMATS)}; pass the folder that pack wrote.")
    try:
        description: Dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
        return found[0], {**description, "golden": golden["cases"]}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PushError(f"{folder} is no package: {error}. Pass the folder that pack wrote, with manifest.json and golden.json.") from error


def _counted(content: BinaryIO, size: int, bar: "_Bar") -> Iterator[bytes]:
    sent = 0
    while True:
        chunk = content.read(CHUNK)
        if not chunk:
            return
        yield chunk
        sent += len(chunk)
        bar.show(sent / max(1, size), f"uploading {sent / 1e6:.1f} of {size / 1e6:.1f} MB")


def _follow(server: "_Server", model: str, request_id: str, timeout: float, bar: "_Bar") -> Dict[str, Any]:
    deadline = time.monotonic() + timeout
    run: Optional[Dict[str, Any]] = None
    while True:
        if run is None:
            runs = server.get(f"/v1/runs?model={quote(model, safe='')}&limit=50")
            run = next((one for one in runs if one["request_id"] == request_id), None)
        else:
            run = server.get(f"/v1/runs/{quote(run['run_id'])}")
        if run is not None:
            if run["state"] == "failed":
                raise PushError(f"{run['failure']} {run['remedy'] or ''}".strip())
            if run["state"] == "cancelled":
                raise PushError(f"The registration was {run['message'] or 'cancelled'}; nothing was versioned. Push the package again, if that was a mistake.")
            # The same package as before: its version stays what it is.
            if run["state"] == "unchanged" or (run["state"] == "done" and run["verdict"] is not None and run["version"] is not None):
                return {**run, "summary": _summary(server, model, run["version"])}
            bar.show(float(run["progress"]), str(run["message"]) or str(run["state"]))
        if time.monotonic() > deadline:
            raise PushError(f"There is no verdict after {timeout:.0f} s; the registration goes on. Follow it: ratchet runs")
        time.sleep(POLL_SECONDS)


def _summary(server: "_Server", model: str, version: Optional[str]) -> str:
    """What the gate says of a version, in a sentence."""
    if version is None:
        return ""
    evaluation = server.get(f"/v1/models/{quote(model, safe='')}/versions/{quote(version, safe='')}").get("evaluation")
    return str(evaluation["gate"]["summary"]) if evaluation else ""


class _Server:
    """The registry."""

    def __init__(self, url: Optional[str], token: Optional[str]) -> None:
        self._url = (url or os.environ.get("RATCHET_URL") or "http://127.0.0.1:7400").rstrip("/")
        parts = urlsplit(self._url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise PushError(f'The address "{self._url}" is no HTTP address; pass url="http://HOST:7400", or set RATCHET_URL.')
        self._parts = parts
        found = token or os.environ.get("RATCHET_TOKEN", "").strip() or _token_file()
        self._headers: Dict[str, str] = {"authorization": f"Bearer {found}"} if found else {}

    def get(self, path: str) -> Any:
        return self._request("GET", path, None, {})

    def send(self, path: str, body: Union[bytes, Iterator[bytes]], size: int, content_type: str) -> Dict[str, Any]:
        answer: Dict[str, Any] = self._request("POST", path, body, {"content-type": content_type, "content-length": str(size)})
        return answer

    def _request(self, method: str, path: str, body: Union[bytes, Iterator[bytes], None], headers: Mapping[str, str]) -> Any:
        secure = self._parts.scheme == "https"
        connection = (HTTPSConnection if secure else HTTPConnection)(self._parts.hostname or "", self._parts.port, timeout=120)
        try:
            connection.request(method, self._parts.path + path, body=body, headers={**self._headers, **headers})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            raise PushError(f"Ratchet does not answer at {self._url} ({error}); is it started, and is RATCHET_URL the registry's address?") from error
        finally:
            connection.close()
        try:
            content = json.loads(text)
        except ValueError:
            content = {}
        if 200 <= answer.status < 300:
            return content
        detail = content.get("detail") or content.get("title") or content.get("error") if isinstance(content, dict) else None
        if answer.status == 404 and (detail is None or str(detail).startswith("Cannot ")):
            raise PushError(f"What answers at {self._url} is no registry of Ratchet: it has no {method} {path}. Pass url=…, or set RATCHET_URL to the registry's address, like http://127.0.0.1:7400.")
        remedy = {
            401: " Pass token=…, or set RATCHET_TOKEN to the token of an operator.",
            403: " Use the token of an operator.",
            404: ' Add its definition with "npx ratchet models add FILE", or correct the name.',
        }.get(answer.status, "")
        raise PushError(f"{detail or f'Ratchet answered {answer.status} to {method} {path}.'}{remedy}")


def _token_file() -> str:
    path = Path(os.environ.get("RATCHET_HOME") or ".ratchet") / "token"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


class _Bar:
    """Progress on one line of stderr."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._drawn = False

    def show(self, share: float, label: str) -> None:
        if not self._shown:
            return
        filled = round(24 * min(1.0, max(0.0, share)))
        line = f"{'█' * filled}{'░' * (24 - filled)} {share:4.0%}  {label}"
        sys.stderr.write(f"\r\x1b[2K{''.join(c for c in line if c.isprintable())[:100]}")
        sys.stderr.flush()
        self._drawn = True

    def close(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
