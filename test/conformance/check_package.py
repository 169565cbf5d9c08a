"""Loads a package's model with its own Python library and compares it with the golden predictions."""

import json
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
golden = json.loads((folder / "golden.json").read_text())
rows = np.array(
    [[np.nan if v is None else v for v in case["row"]] for case in golden["cases"]], dtype=np.float32
)
expected = np.array([case["probabilities"] for case in golden["cases"]])
file = str(folder / manifest["model"]["file"])
if manifest["model"]["format"] == "xgboost-json":
    import xgboost

    found = xgboost.Booster(model_file=file).predict(xgboost.DMatrix(rows))
else:
    import lightgbm

    found = lightgbm.Booster(model_file=file).predict(rows)
if found.ndim == 1:
    found = np.stack([1 - found.astype(np.float64), found], axis=1)
assert rows.shape[1] == len(manifest["columns"])
print(json.dumps({"cases": len(rows), "difference": float(np.abs(found - expected).max())}))
