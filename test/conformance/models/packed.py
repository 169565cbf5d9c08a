"""Random estimators of every kind that ratchet-model takes apart, and what their libraries answer to odd rows.

    PYTHONPATH=clients/python/src python packed.py FOLDER [--models N] [--seed N] [--rows N] [--small]

Writes cases.json as matrix.py does, of the format trees-json: files as pack writes them, rows of thresholds and their neighbours,
missing values, infinities, extremes, unseen and negative categories. With --small it is one compressed file per library for the
unit tests: small models, one of a kind.
"""
import argparse
import base64
import dataclasses
import gzip
import json
import pathlib
import warnings

import catboost
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import sklearn
from sklearn.ensemble import (ExtraTreesClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier,
                              RandomForestClassifier)
from sklearn.tree import DecisionTreeClassifier
from skl2onnx import to_onnx

from ratchet_model.estimators.onnx import read_onnx
from ratchet_model.estimators.table import read_estimator

warnings.filterwarnings("ignore")
arguments = argparse.ArgumentParser()
arguments.add_argument("folder", type=pathlib.Path)
arguments.add_argument("--models", type=int, default=300)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--rows", type=int, default=300)
arguments.add_argument("--small", action="store_true")
options = arguments.parse_args()
options.folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(options.seed)
cases = {}


def data(width, classes, missing=0.0):
    """Values of very different sizes, rounded so that many are equal; labels that depend on them."""
    n = 120 if options.small else int(rng.integers(60, 800))
    x = rng.normal(size=(n, width)) * 10.0 ** rng.integers(-3, 4, width)
    x = np.where(rng.random(x.shape) < 0.3, np.round(x, 1), x).astype(np.float32).astype(np.float64)
    score = np.nan_to_num(x[:, 0] / (np.abs(x[:, 0]).max() + 1e-9)) + 0.3 * np.sin(x[:, -1]) + 0.2 * rng.normal(size=n)
    y = np.searchsorted(np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1]), score)
    x[rng.random(x.shape) < missing] = np.nan
    return x, y


def odd_rows(ensemble, x, codes, infinite=True):
    """Rows of the data with values exchanged for those that matter."""
    rows = x[rng.integers(0, len(x), 24 if options.small else options.rows)].astype(np.float32)
    thresholds = ensemble.thresholds()
    for column in range(x.shape[1]):
        if column in codes:
            odd = [-1.0, -7.0, codes[column], codes[column] + 3, 255.0, *range(codes[column])]
        else:
            found = thresholds.get(column, np.zeros(1)).astype(np.float32)
            odd = [*found, *np.nextafter(found, np.float32(np.inf)), *np.nextafter(found, np.float32(-np.inf)), np.nan, 0, -0.0, 1e-40, -1e-40,
                   1e-35, np.finfo(np.float32).max, np.finfo(np.float32).min]
            odd += [np.inf, -np.inf] if infinite else []
        taken = rng.random(len(rows)) < 0.6
        rows[taken, column] = rng.choice(np.asarray(odd, np.float32), int(taken.sum()))
    return rows


def keep(kind, library, ensemble, rows, probabilities):
    encoded = lambda values, dtype: base64.b64encode(np.ascontiguousarray(values, dtype).tobytes()).decode()
    # As pack writes it; of ONNX the last column that a tree asks for is all that is known.
    ensemble = dataclasses.replace(ensemble, width=rows.shape[1])
    content = json.dumps(ensemble.document(), separators=(",", ":")).encode()
    number = sum(len(found) for found in cases.values())
    cases.setdefault(library, []).append({
        "kind": kind, "file": f"packed-{number}.json", "format": "trees-json", "content": base64.b64encode(content).decode(),
        "width": ensemble.width, "classes": ensemble.classes, "rows": len(rows),
        "matrix": encoded(rows, "<f4"), "probabilities": encoded(probabilities, "<f8"),
    })


def depth():
    return 3 if options.small else [None, int(rng.integers(1, 12))][int(rng.integers(2))]


def rounds(most=25):
    return 3 if options.small else int(rng.integers(1, most))


def forest_answers(estimator, rows):
    """What predict_proba does after it has refused infinities."""
    trees = [one.tree_ for one in getattr(estimator, "estimators_", [estimator])]
    found = [tree.predict(rows) for tree in trees]
    return np.mean([f.reshape(len(rows), -1) / f.reshape(len(rows), -1).sum(axis=1, keepdims=True) for f in found], axis=0)


def forest(name, make, missing):
    def run(classes):
        x, y = data(int(rng.integers(2, 9)), classes, missing)
        estimator = make().fit(x, y)
        model = read_estimator(estimator, pd.DataFrame(x))
        rows = odd_rows(model.ensemble, x, {})
        answers = forest_answers(estimator, rows)
        plain = np.isfinite(rows).all(axis=1)
        if plain.any():
            assert np.abs(answers[plain] - estimator.predict_proba(rows[plain])).max() < 1e-12
        keep(f"{name}, {classes} classes", "scikit-learn", model.ensemble, rows, answers)
    return run


def boosting(loss):
    def run(classes):
        if loss == "exponential" and classes > 2:
            return
        x, y = data(int(rng.integers(2, 9)), classes)
        estimator = GradientBoostingClassifier(loss=loss, n_estimators=rounds(), max_depth=depth() or 6, subsample=float(rng.choice([1.0, 0.6])),
                                               init=rng.choice(["zero", None]), learning_rate=float(rng.uniform(0.05, 1)),
                                               random_state=int(rng.integers(1000))).fit(x, y)
        model = read_estimator(estimator, pd.DataFrame(x))
        # It takes neither missing values nor infinities.
        rows = np.nan_to_num(odd_rows(model.ensemble, x, {}, infinite=False), nan=0.5)
        keep(f"GradientBoosting, {loss}, {classes} classes", "scikit-learn", model.ensemble, rows, estimator.predict_proba(rows))
    return run


def hist(categorical, missing):
    def run(classes):
        x, y = data(int(rng.integers(2, 8)), classes, missing)
        codes = {}
        if categorical:
            sizes = rng.integers(2, 12 if options.small else 60, 2)
            codes = {x.shape[1] + i: int(size) for i, size in enumerate(sizes)}
            extra = [np.where(rng.random(len(y)) < 0.7, y % size, rng.integers(0, size, len(y))) for size in sizes]
            for column, size in zip(extra, sizes):
                column[:size] = np.arange(size)
            x = np.column_stack([x, *extra]).astype(np.float64)
        estimator = HistGradientBoostingClassifier(
            max_iter=rounds(), max_depth=depth(), min_samples_leaf=int(rng.integers(1, 20)), learning_rate=float(rng.uniform(0.05, 1)),
            categorical_features=sorted(codes) or None, early_stopping=bool(rng.integers(2)) and not options.small,
            random_state=int(rng.integers(1000))).fit(x, y)
        model = read_estimator(estimator, pd.DataFrame(x))
        rows = odd_rows(model.ensemble, x, codes)
        keep(f"HistGradientBoosting{', categories' if categorical else ''}{', missing' if missing else ''}, {classes} classes", "scikit-learn",
             model.ensemble, rows, estimator.predict_proba(rows.astype(np.float64)))
    return run


def cat(policy, categorical, **more):
    def run(classes):
        x, y = data(int(rng.integers(2, 8)), classes, float(rng.choice([0, 0.15])))
        frame, codes = pd.DataFrame(x), {}
        if categorical:
            size = int(rng.integers(2, 12))
            codes = {frame.shape[1]: size}
            code = np.where(rng.random(len(y)) < 0.7, y % size, rng.integers(0, size, len(y)))
            code[:size] = np.arange(size)
            frame[frame.shape[1]] = [f"c{one:03d}" for one in code]
        estimator = catboost.CatBoostClassifier(
            iterations=rounds(), depth=int(rng.integers(1, 4 if options.small else 8)), grow_policy=policy, verbose=0, allow_writing_files=False, thread_count=1,
            learning_rate=float(rng.uniform(0.05, 1)), cat_features=sorted(codes), one_hot_max_size=255, max_ctr_complexity=0,
            nan_mode=str(rng.choice(["Min", "Max"])), random_seed=int(rng.integers(1000)), **more).fit(frame, y)
        model = read_estimator(estimator, frame)
        rows = odd_rows(model.ensemble, np.column_stack([x, code]) if categorical else x, codes)
        asked = pd.DataFrame(rows)
        for column in codes:
            asked[column] = [f"c{int(one):03d}" for one in rows[:, column]]
        keep(f"CatBoost, {policy}{', categories' if categorical else ''}{', ' + more['loss_function'] if more else ''}, {classes} classes", "catboost",
             model.ensemble, rows, estimator.predict_proba(asked))
    return run


def exported(name, make, missing):
    def run(classes):
        x, y = data(int(rng.integers(2, 9)), classes, missing)
        x = x.astype(np.float32)
        model = read_onnx(to_onnx(make().fit(x, y), x[:1]), pd.DataFrame(x))
        rows = odd_rows(model.ensemble, x, {})
        keep(f"ONNX, {name}, {classes} classes", "onnx", model.ensemble, rows, model.answer(pd.DataFrame(rows)))
    return run


def tree_ensemble(aggregate, mode):
    """TreeEnsemble of ai.onnx.ml 5, of which exporters make little use yet: random trees."""
    def run(classes):
        width, splits, roots, weights = int(rng.integers(2, 7)), [], [], []
        nodes = {name: [] for name in ("featureids", "modes", "truenodeids", "trueleafs", "falsenodeids", "falseleafs", "missing")}
        targets = 1 if classes == 2 else classes
        ids = []

        def grow(level):
            number = len(splits)
            splits.append(float(np.float32(rng.normal())))
            nodes["featureids"].append(int(rng.integers(width)))
            nodes["modes"].append(mode if mode is not None else int(rng.integers(4)))
            nodes["missing"].append(int(rng.integers(2)))
            for name in ("truenodeids", "trueleafs", "falsenodeids", "falseleafs"):
                nodes[name].append(0)
            for side in ("true", "false"):
                leaf = level == 0 or rng.random() < 0.2
                nodes[f"{side}leafs"][number] = int(leaf)
                if leaf:
                    nodes[f"{side}nodeids"][number] = len(weights)
                    weights.append(float(np.float32(rng.random() / 10)))
                    ids.append(int(rng.integers(targets)))
                else:
                    nodes[f"{side}nodeids"][number] = grow(level - 1)
            return number

        for _ in range(rounds(10)):
            roots.append(grow(2 if options.small else int(rng.integers(1, 7))))
        tensor = lambda values, kind: onnx.helper.make_tensor("", kind, [len(values)], values)
        node = onnx.helper.make_node(
            "TreeEnsemble", ["X"], ["Y"], domain="ai.onnx.ml", n_targets=targets, aggregate_function=aggregate,
            tree_roots=roots, nodes_splits=tensor(splits, onnx.TensorProto.FLOAT),
            nodes_modes=tensor(nodes["modes"], onnx.TensorProto.UINT8), nodes_featureids=nodes["featureids"], nodes_truenodeids=nodes["truenodeids"],
            nodes_trueleafs=nodes["trueleafs"], nodes_falsenodeids=nodes["falsenodeids"], nodes_falseleafs=nodes["falseleafs"],
            nodes_missing_value_tracks_true=nodes["missing"], leaf_targetids=ids, leaf_weights=tensor(weights, onnx.TensorProto.FLOAT))
        graph = onnx.helper.make_graph([node], "g", [onnx.helper.make_tensor_value_info("X", onnx.TensorProto.FLOAT, [None, width])],
                                       [onnx.helper.make_tensor_value_info("Y", onnx.TensorProto.FLOAT, [None, targets])])
        model = read_onnx(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("ai.onnx.ml", 5), onnx.helper.make_opsetid("", 21)], ir_version=10), pd.DataFrame(np.zeros((1, width))))
        rows = odd_rows(model.ensemble, rng.normal(size=(50, width)), {})
        keep(f"ONNX, TreeEnsemble{', average' if aggregate == 0 else ''}, {classes} classes", "onnx", model.ensemble, rows, model.answer(pd.DataFrame(rows)))
    return run


state = lambda: int(rng.integers(1000))
KINDS = [
    forest("RandomForest", lambda: RandomForestClassifier(rounds(), max_depth=depth(), random_state=state()), 0.0),
    forest("RandomForest, missing", lambda: RandomForestClassifier(rounds(), max_depth=depth(), random_state=state()), 0.15),
    forest("ExtraTrees", lambda: ExtraTreesClassifier(rounds(), max_depth=depth(), random_state=state()), 0.0),
    forest("ExtraTrees, missing", lambda: ExtraTreesClassifier(rounds(), max_depth=depth(), random_state=state()), 0.15),
    forest("DecisionTree", lambda: DecisionTreeClassifier(max_depth=depth(), random_state=state()), 0.0),
    boosting("log_loss"),
    boosting("exponential"),
    hist(False, 0.0),
    hist(False, 0.15),
    hist(True, 0.15),
    cat("SymmetricTree", False),
    cat("SymmetricTree", True),
    cat("Depthwise", True),
    cat("Lossguide", False),
    cat("SymmetricTree", False, loss_function="MultiClassOneVsAll"),
    exported("RandomForest", lambda: RandomForestClassifier(rounds(), max_depth=depth(), random_state=state()), 0.0),
    exported("RandomForest, missing", lambda: RandomForestClassifier(rounds(), max_depth=depth(), random_state=state()), 0.15),
    exported("GradientBoosting", lambda: GradientBoostingClassifier(n_estimators=rounds(), max_depth=depth() or 5, random_state=state()), 0.0),
    tree_ensemble(0, None),
    tree_ensemble(1, 0),
]
for number in range(2 * len(KINDS) if options.small else options.models):
    kind, classes = number % len(KINDS), 2 + (number // len(KINDS) % (2 if options.small else 4))
    KINDS[kind](classes)

VERSIONS = {"scikit-learn": sklearn.__version__, "catboost": catboost.__version__, "onnx": onnxruntime.__version__}
for library, found in cases.items():
    text = json.dumps({"versions": {library: VERSIONS[library]}, "cases": found})
    if options.small:
        (options.folder / f"{library}-{VERSIONS[library]}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    else:
        (options.folder / f"{library}.json").write_text(text)
print(f"{sum(len(found) for found in cases.values())} cases with {VERSIONS}")
