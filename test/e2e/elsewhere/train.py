"""Trains small models as somebody without Ratchet would, and writes what it takes to register them and to check the answers.

    python train.py FOLDER [--rows N] [--rounds N]

The files in fixtures are `python train.py fixtures --rows 24 --rounds 4`.

FOLDER gets the model files, and cases.json: per model its file, its definition, the description that goes with the file
(`ratchet register --manifest`), rows as an engine would send them, and the probabilities its own library gives them.
"""
import argparse
import json
import pathlib

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb

arguments = argparse.ArgumentParser()
arguments.add_argument("folder", type=pathlib.Path)
arguments.add_argument("--rows", type=int, default=2000)
arguments.add_argument("--rounds", type=int, default=40)
options = arguments.parse_args()
options.folder.mkdir(parents=True, exist_ok=True)

rng = np.random.default_rng(11)
REGIONS = ["north", "south", "east", "west"]
CLASSES = {2: ["cider", "dessert"], 3: ["cider", "dessert", "storage"]}
COLUMNS = ["weight", "sugar content", "red", "region"]


def orchard(count, classes):
    """Apples: what they are good for, by what was measured. The same rules as INSERT_APPLES in elsewhere.ts."""
    kind = rng.integers(0, classes, count)
    frame = pd.DataFrame({
        "weight": 100 + kind * 40 + rng.random(count) * 60,
        "sugar content": np.where(rng.random(count) < 0.2, np.nan, 10 - kind * 2 + rng.random(count) * 4),
        "red": (rng.random(count) > 0.5).astype(float),
        "region": np.array(REGIONS)[(kind + (rng.random(count) > 0.6)) % 4],
    })
    frame.loc[rng.random(count) < 0.1, "region"] = None
    return frame, kind


def sent(frame):
    """Rows as JSON, some of them odd: nothing known, a region nobody has heard of, numbers as text, extremes."""
    rows = [{name: value for name, value in row.items() if not pd.isna(value)} for row in frame.to_dict("records")]
    rows[0] = {}
    rows[1]["region"] = "atlantis"
    rows[2]["weight"] = str(rows[2]["weight"])
    rows[3]["weight"] = 1e30
    rows[4]["weight"] = -1e30
    rows[5]["red"] = "yes"
    return rows


def codes(rows):
    """The matrix that the encoders of the description make of rows: see docs/training.md."""
    def region(name):
        return np.nan if name is None else REGIONS.index(name) if name in REGIONS else len(REGIONS)

    def red(value):
        return np.nan if value is None else 1.0 if value in ("yes", 1.0) else 0.0

    return np.array([[float(row.get("weight", np.nan)), row.get("sugar content", np.nan), red(row.get("red")), region(row.get("region"))]
                     for row in rows], dtype=np.float32)


def field(name, **encoding):
    return {"feature": name, "source": {"from": "field", "field": name}, **encoding}


NUMBER = {"encoding": "numeric", "fill": None, "indicator": False}
ENCODERS = [
    field("weight", **NUMBER),
    field("sugar content", **NUMBER),
    field("red", encoding="boolean", fill=None, indicator=False),
    field("region", encoding="ordinal", categories=REGIONS),
]
FEATURES = [
    {"name": "weight", "kind": "numeric"},
    {"name": "sugar content", "kind": "numeric"},
    {"name": "red", "kind": "boolean"},
    {"name": "region", "kind": "categorical", "one_hot_limit": 0},
]
cases = []


def keep(file, classes, rows, probabilities, version, library):
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim == 1:
        p = np.column_stack([1 - p, p])
    cases.append({
        "file": file,
        "definition": {
            "name": "apples-" + file.replace(".", "-"),
            "kind": "multi-class",
            "label": "use",
            "classes": CLASSES[classes],
            "features": FEATURES,
            "schedule": "",
            "canary": {"steps": [100]},
        },
        "description": {"encoders": ENCODERS, "columns": COLUMNS, "classes": CLASSES[classes],
                        "library": {"name": library, "version": version}},
        "rows": rows,
        "probabilities": p.tolist(),
    })


for classes in (2, 3):
    name = {2: "binary", 3: "multi"}[classes]
    frame, kind = orchard(2000, classes)
    frame["red"] = frame["red"].astype(bool)
    rows = sent(orchard(options.rows, classes)[0])
    frame["region"] = frame["region"].astype(pd.CategoricalDtype(REGIONS))

    # A frame with names and categories, as most people have one.
    objective = {"objective": "binary:logistic"} if classes == 2 else {"objective": "multi:softprob", "num_class": classes}
    matrix = xgb.DMatrix(frame, kind, enable_categorical=True)
    booster = xgb.train({"max_depth": 4, "eta": 0.4, "max_cat_to_onehot": 1, "seed": 1, "nthread": 2, **objective}, matrix, options.rounds)
    asked = codes(rows)
    probabilities = booster.inplace_predict(asked, validate_features=False)
    for ending in ("json", "ubj"):
        booster.save_model(options.folder / f"{name}.{ending}")
        keep(f"{name}.{ending}", classes, rows, probabilities, xgb.__version__, "xgboost")

    # LightGBM takes the categories' codes from the frame and writes "_" for the blank in a name.
    objective = {"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes}
    booster = lgb.train({"num_leaves": 8, "learning_rate": 0.4, "min_data_per_group": 5, "seed": 1, "num_threads": 2, "verbose": -1, **objective},
                        lgb.Dataset(frame, kind), options.rounds)
    booster.save_model(options.folder / f"{name}.txt")
    keep(f"{name}.txt", classes, rows, booster.predict(asked), lgb.__version__, "lightgbm")

(options.folder / "cases.json").write_text(json.dumps(cases) + "\n")
print(f"{len(cases)} models with xgboost {xgb.__version__}, lightgbm {lgb.__version__}, pandas {pd.__version__}")
