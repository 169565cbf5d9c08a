"""``ratchet-model FOLDER``: registers a package that ``pack`` wrote."""
from __future__ import annotations

import argparse
import sys
from typing import Optional, Sequence

from .errors import RatchetModelError
from .push import push


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Returns the exit code: 0, or 1 where Ratchet did not take it."""
    parser = argparse.ArgumentParser(prog="ratchet-model", description="Registers a package that ratchet_model.pack wrote.")
    parser.add_argument("folder")
    parser.add_argument("--url", help="the registry (default: RATCHET_URL, else http://127.0.0.1:7400)")
    parser.add_argument("--model", help="its name, where it is not the one it was packed for")
    parser.add_argument("--no-auto-deploy", action="store_true", help="version it, but do not deploy it")
    parser.add_argument("--reason", help="why; shown with the run")
    options = parser.parse_args(arguments)
    try:
        run = push(options.folder, url=options.url, model=options.model, auto_deploy=not options.no_auto_deploy, reason=options.reason)
    except RatchetModelError as error:
        print(error, file=sys.stderr)
        return 1
    again = "unchanged, as its package was there already" if run.get("state") == "unchanged" else None
    print(f"{run['model']} {run['version']}: {', '.join(said for said in (run['verdict'], again) if said)}")
    if run["summary"]:
        print(run["summary"])
    if run["verdict"] in ("fail", "inconclusive") and not again:
        named = f"--model {run['model']} --version {run['version']}"
        print(f"Why: npx ratchet info {named}")
        print(f'Deploy it all the same: npx ratchet deploy {named} --force --reason "…"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
