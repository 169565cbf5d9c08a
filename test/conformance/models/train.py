"""Trains one small model of every kind that serving must evaluate, and writes each with rows and the probabilities that
its own library gives them.

    python train.py FOLDER [--rows N] [--rounds N] [--leaves N]

The files in libs/models/evaluators/fixtures are `python train.py FOLDER --rows 24 --rounds 3 --leaves 40`.

FOLDER gets, per kind, NAME.xgb.json / NAME.xgb.ubj / NAME.lgbm.txt, and cases.json with, per kind: name, file, format,
width, classes, rows, and the rows (float32), probabilities and contributions (float64) as base64 of their little-endian bytes.
"""
import argparse
import base64
import json
import pathlib

import lightgbm as lgb
import numpy as np
import xgboost as xgb

arguments = argparse.ArgumentParser()
arguments.add_argument("folder", type=pathlib.Path)
arguments.add_argument("--rows", type=int, default=4000)
arguments.add_argument("--rounds", type=int, default=60)
arguments.add_argument("--leaves", type=int, default=400, help="leaves of the deep trees")
options = arguments.parse_args()
options.folder.mkdir(parents=True, exist_ok=True)

WIDTH = 8  # columns 0 to 4 numeric, 5 boolean, 6 and 7 categories
CATEGORIES = (12, 70)
FLOAT_MAX = np.finfo(np.float32).max
rng = np.random.default_rng(7)


def draw(rows, missing=0.1):
    x = np.empty((rows, WIDTH), dtype=np.float32)
    x[:, 0:3] = rng.normal(size=(rows, 3))
    x[:, 3] = rng.integers(0, 5, rows)  # many exact ties with thresholds, and zeros
    x[:, 4] = rng.exponential(size=rows) * 1e6
    x[:, 5] = rng.integers(0, 2, rows)
    x[:, 6] = rng.integers(0, CATEGORIES[0], rows)
    x[:, 7] = rng.integers(0, CATEGORIES[1], rows)
    x[rng.random(x.shape) < missing] = np.nan
    return x


def labels(x, classes):
    v = np.nan_to_num(x)
    score = v[:, 0] + 0.7 * v[:, 1] * v[:, 5] + 0.3 * (v[:, 3] - 2) + 0.8 * np.isin(v[:, 6], (1, 4, 7)) + np.sin(v[:, 7])
    score += rng.normal(scale=0.5, size=len(x))
    if classes == 2:
        return (score > np.median(score)).astype(int)
    return np.searchsorted(np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1]), score)


def odd_rows(rows, categories):
    """What no training data holds: infinities, extremes, values on the thresholds' neighbours, unseen categories."""
    x = draw(rows, missing=0.15)
    numeric = slice(0, 6)
    odd = np.array([np.inf, -np.inf, FLOAT_MAX, -FLOAT_MAX, 1e-36, -1e-36, 0.0, -0.0, 1e-45], dtype=np.float32)
    mask = rng.random((rows, 6)) < 0.1
    x[:, numeric][mask] = rng.choice(odd, size=int(mask.sum()))
    if categories:
        unseen = np.array([12, 13, 31, 32, 70, 71, 95, 96, 500, 1e6, 16777215, 16777216, 3e9, -1, -7, 2.7], dtype=np.float32)
        for column in (6, 7):
            at = rng.random(rows) < 0.2
            x[at, column] = rng.choice(unseen, size=int(at.sum()))
    x[0, :] = np.nan
    x[1, :] = 0
    return x


TRAIN = draw(6000)
DENSE = draw(6000, missing=0)
cases = []


def encode(array, dtype):
    return base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()


EXPLAINED = 40  # rows whose contributions are kept


def keep(name, file, format, classes, x, probabilities, contributions):
    """contributions: rows × sums × (width + 1), the average last, or None where the library refuses."""
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim == 1:
        p = np.column_stack([1 - p, p])
    assert p.shape == (len(x), classes), (name, p.shape)
    cases.append(
        {
            "name": name,
            "file": file,
            "format": format,
            "width": int(x.shape[1]),
            "classes": classes,
            "rows": len(x),
            "matrix": encode(x, "<f4"),
            "probabilities": encode(p, "<f8"),
            "contributions": None if contributions is None else encode(contributions, "<f8"),
        }
    )


def with_xgboost(name, classes=2, data=TRAIN, categories=False, rounds=None, **parameters):
    kind = {"objective": "binary:logistic"} if classes == 2 else {"objective": "multi:softprob", "num_class": classes}
    types = ["q"] * 6 + ["c"] * 2 if categories else None
    matrix = xgb.DMatrix(data, labels(data, classes), feature_types=types, enable_categorical=categories)
    booster = xgb.train(
        {"max_depth": 4, "eta": 0.2, "seed": 3, "nthread": 2, **kind, **parameters}, matrix, rounds or options.rounds
    )
    x = odd_rows(options.rows, categories)
    # inplace_predict takes infinities as they are; a DMatrix refuses them.
    p = booster.inplace_predict(x)
    # Contributions come through a DMatrix, which refuses infinities.
    finite = np.where(np.isinf(x), np.sign(x) * FLOAT_MAX, x)[:EXPLAINED].astype(np.float32)
    explained = xgb.DMatrix(finite, feature_types=types, enable_categorical=categories)
    contributions = booster.predict(explained, pred_contribs=True, validate_features=False)
    for ending, format in (("xgb.json", "xgboost-json"), ("xgb.ubj", "xgboost-ubj")):
        booster.save_model(options.folder / f"{name}.{ending}")
        keep(name, f"{name}.{ending}", format, classes, x, p, contributions)


def with_lightgbm(name, classes=2, data=TRAIN, categories=False, rounds=None, objective=None, **parameters):
    kind = {"objective": objective or ("binary" if classes == 2 else "multiclass")}
    if classes > 2:
        kind["num_class"] = classes
    dataset = lgb.Dataset(data, labels(data, classes), categorical_feature=[6, 7] if categories else [], free_raw_data=False)
    booster = lgb.train(
        {"num_leaves": 15, "learning_rate": 0.2, "seed": 3, "num_threads": 2, "verbose": -1, **kind, **parameters},
        dataset,
        rounds or options.rounds,
    )
    booster.save_model(options.folder / f"{name}.lgbm.txt")
    x = odd_rows(options.rows, categories)
    contributions = booster.predict(x[:EXPLAINED], pred_contrib=True)
    keep(name, f"{name}.lgbm.txt", "lightgbm-text", classes, x, booster.predict(x), contributions)


DEPTH = 10 if options.leaves >= 400 else 3
FOREST = {"num_parallel_tree": 8, "eta": 1, "subsample": 0.7, "colsample_bynode": 0.6}
with_xgboost("xgb-binary", data=DENSE)
with_xgboost("xgb-missing")
with_xgboost("xgb-multi", classes=4)
with_xgboost("xgb-softmax-base", classes=3, base_score=0.5)
with_xgboost("xgb-base-score", base_score=0.013)
with_xgboost("xgb-categorical", categories=True, max_cat_to_onehot=1)
with_xgboost("xgb-categorical-onehot", categories=True, max_cat_to_onehot=100, classes=3)
with_xgboost("xgb-dart", booster="dart", rate_drop=0.3, skip_drop=0.1)
with_xgboost("xgb-dart-multi", classes=3, booster="dart", rate_drop=0.3, normalize_type="forest")
with_xgboost("xgb-forest", rounds=1, max_depth=DEPTH, **FOREST)
with_xgboost("xgb-forest-multi", classes=4, rounds=2, max_depth=DEPTH, **FOREST)
with_xgboost("xgb-deep", max_depth=0, max_leaves=options.leaves, grow_policy="lossguide", min_child_weight=0.001, rounds=max(2, options.rounds // 10))
with_xgboost("xgb-single-leaf", gamma=1e9)
with_xgboost("xgb-exact", tree_method="exact")

with_lightgbm("lgbm-binary", data=DENSE)
with_lightgbm("lgbm-missing", sigmoid=0.7)
with_lightgbm("lgbm-multi", classes=4)
with_lightgbm("lgbm-one-against-all", classes=3, objective="multiclassova", sigmoid=1.3)
with_lightgbm("lgbm-cross-entropy", objective="cross_entropy")
with_lightgbm("lgbm-zero-as-missing", zero_as_missing=True)
with_lightgbm("lgbm-ignore-missing", use_missing=False)
with_lightgbm("lgbm-categorical", categories=True, max_cat_to_onehot=1, min_data_per_group=5, cat_smooth=1)
with_lightgbm("lgbm-categorical-multi", classes=3, categories=True, min_data_per_group=5)
with_lightgbm("lgbm-dart", boosting="dart", drop_rate=0.4)
with_lightgbm("lgbm-forest", boosting="rf", bagging_freq=1, bagging_fraction=0.6, feature_fraction=0.6)
with_lightgbm("lgbm-forest-multi", classes=4, boosting="rf", bagging_freq=1, bagging_fraction=0.6)
with_lightgbm("lgbm-deep", num_leaves=options.leaves, min_data_in_leaf=1, rounds=max(2, options.rounds // 10))
with_lightgbm("lgbm-single-leaf", min_gain_to_split=1e9)

versions = {"xgboost": xgb.__version__, "lightgbm": lgb.__version__, "numpy": np.__version__}
(options.folder / "cases.json").write_text(json.dumps({"versions": versions, "cases": cases}))
print(f"{len(cases)} cases with {versions}")
