"""Trains random models with whatever versions of XGBoost and LightGBM are installed, and writes each with odd rows and the
answers of its own library.

    python matrix.py FOLDER [--models N] [--seed N] [--rows N] [--small] [--xgboost-library FILE]

FOLDER gets the model files and cases.json: per file its name, kind, format, width, classes, rows, the rows (float32) and the
library's probabilities (float64; a softmax over margins where the library predicts labels) as base64 of their little-endian
bytes. A kind that must be refused has no rows.

--small writes one model of every kind, all in one file LIBRARY-VERSION.json.gz that is small enough for the repository:
libs/models/evaluators/fixtures/versions is made of these, by test/conformance/model-versions.test.ts with RATCHET_FIXTURES=1.
--xgboost-library puts another shared library under the installed Python package, which is how a library without a Python
package of its own (the one of Maven) is asked.
"""
import argparse
import base64
import gzip
import json
import pathlib
import shutil
import sys
import tempfile

import numpy as np

arguments = argparse.ArgumentParser()
arguments.add_argument("folder", type=pathlib.Path)
arguments.add_argument("--models", type=int, default=60)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--rows", type=int, default=400)
arguments.add_argument("--small", action="store_true")
arguments.add_argument("--library", choices=["xgboost", "lightgbm"], action="append")
arguments.add_argument("--xgboost-library", type=pathlib.Path)
arguments.add_argument("--xgboost-version", default="")
options = arguments.parse_args()
options.folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(options.seed)
F32 = np.finfo(np.float32)


def with_other_library(file, version):
    """A copy of the installed package around another shared library, which has to call itself of the same version."""
    import importlib.util

    source = pathlib.Path(importlib.util.find_spec("xgboost").origin).parent
    copy = pathlib.Path(tempfile.mkdtemp()) / "xgboost"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    (copy / "VERSION").write_text(version)
    (copy / "lib").mkdir(exist_ok=True)
    (copy / "lib" / "libxgboost.so").symlink_to(file.resolve())
    sys.path.insert(0, str(copy.parent))


if options.xgboost_library:
    with_other_library(options.xgboost_library, options.xgboost_version)


def installed(name):
    if options.library and name not in options.library:
        return None
    try:
        return __import__(name)
    except ImportError:
        return None


xgb, lgb = installed("xgboost"), installed("lightgbm")
cases = []


def encode(array, dtype):
    return base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()


def keep(kind, file, format, classes=0, x=None, p=None):
    case = {"kind": kind, "file": file.name, "format": format}
    if options.small:
        case["content"] = base64.b64encode(file.read_bytes()).decode()
        file.unlink()
    if x is not None:
        p = np.asarray(p, dtype=np.float64)
        if p.ndim == 1:
            p = np.column_stack([1 - p, p])
        assert p.shape == (len(x), classes), (kind, p.shape)
        case.update(width=int(x.shape[1]), classes=classes, rows=len(x), matrix=encode(x, "<f4"), probabilities=encode(p, "<f8"))
    cases.append(case)


def softmax(margins):
    e = np.exp(np.asarray(margins, dtype=np.float64) - np.max(margins, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# --- data -----------------------------------------------------------------------------------------------------------


def draw(rows, width, categorical, sizes):
    """Columns of many scales, with ties, zeros and missing values; the last `categorical` ones hold codes."""
    x = np.empty((rows, width), dtype=np.float32)
    for c in range(width):
        if c >= width - categorical:
            x[:, c] = rng.integers(0, sizes[c], rows)
        else:
            x[:, c] = [
                lambda: rng.normal(size=rows),
                lambda: rng.integers(0, 4, rows),
                lambda: rng.exponential(size=rows) * 10.0 ** rng.integers(-40, 38),
                lambda: rng.choice([-1e-35, 0, 1e-35, 1e-36, 5e-34, 1.0], rows),
                lambda: rng.integers(0, 2, rows),
            ][rng.integers(0, 5) if not options.small else c % 5]()
    x[rng.random(x.shape) < rng.choice([0, 0.1, 0.4])] = np.nan
    return x


def labels(x, classes):
    z = np.nan_to_num(x.astype(np.float64), posinf=0, neginf=0)
    z = (z - z.mean(axis=0)) / (z.std(axis=0) + 1e-300)
    score = z @ rng.normal(size=x.shape[1]) + rng.normal(scale=0.3, size=len(x))
    order = np.argsort(np.argsort(score))
    return (order * classes // len(x)).astype(int)


ODD = np.array(
    [np.inf, -np.inf, F32.max, -F32.max, 1e-35, -1e-35, 1e-36, -1e-36, 0.0, -0.0, 1e-45, -1e-45, 1.1754944e-38, 3e-39],
    dtype=np.float32,
)
UNSEEN = np.array([-1, -0.5, -7, 0.5, 1.7, 31, 32, 63, 64, 95, 500, 1e6, 16777215, 16777216, 3e9], dtype=np.float32)


def odd_rows(rows, width, categorical, sizes, thresholds):
    """What no training data holds: thresholds and their neighbours, extremes, infinities, unseen and broken categories."""
    x = draw(rows, width, categorical, sizes)
    numeric = width - categorical
    for c in range(numeric):
        near = np.asarray(thresholds.get(c, [0.0]), dtype=np.float64)
        with np.errstate(over="ignore"):
            near = near.astype(np.float32)
        near = np.concatenate([near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf)), ODD])
        at = rng.random(rows) < 0.5
        x[at, c] = rng.choice(near, size=int(at.sum()))
    for c in range(numeric, width):
        at = rng.random(rows) < 0.3
        x[at, c] = rng.choice(UNSEEN, size=int(at.sum()))
    x[rng.random(x.shape) < 0.1] = np.nan
    x[0, :] = np.nan
    x[1, :] = 0
    return x


# --- XGBoost --------------------------------------------------------------------------------------------------------

XGB_KINDS = {
    "gbtree": {},
    "dart": {"booster": "dart", "rate_drop": 0.4, "skip_drop": 0.1},
    "dart forest": {"booster": "dart", "rate_drop": 0.4, "normalize_type": "forest"},
    "random forest": {"num_parallel_tree": 4, "eta": 1, "subsample": 0.7, "colsample_bynode": 0.6},
    "lossguide": {"tree_method": "hist", "grow_policy": "lossguide", "max_depth": 0, "max_leaves": 12, "min_child_weight": 0.01},
    "exact": {"tree_method": "exact"},
    "approx": {"tree_method": "approx"},
    "pruned": {"gamma": 1.5},
    "single leaf": {"gamma": 1e9},
    "one-hot categories": {"max_cat_to_onehot": 100},
    "partitioned categories": {"max_cat_to_onehot": 1},
    "base score": {"base_score": 0.013},
    "early stopping": {},
}
XGB_OBJECTIVES = ["binary:logistic", "reg:logistic", "multi:softprob", "multi:softmax"]
XGB_REFUSED = {
    "reg:squarederror": {},
    "reg:absoluteerror": {},
    "count:poisson": {},
    "reg:tweedie": {},
    "binary:logitraw": {},
    "binary:hinge": {},
    "rank:ndcg": {},
    "survival:cox": {},
    "gblinear": {"objective": "binary:logistic", "booster": "gblinear"},
    "vector leaves": {"objective": "multi:softprob", "num_class": 3, "multi_strategy": "multi_output_tree"},
}
XGB_FORMATS = {"json": "xgboost-json", "ubj": "xgboost-ubj"}




def with_xgboost(kind, objective, number, formats):
    classes = int(rng.integers(3, 6)) if objective.startswith("multi") else 2
    categorical = 2 if "categories" in kind else 0
    width = categorical + (5 if options.small else int(rng.integers(2, 9)))
    sizes = [int(rng.integers(2, 80)) for _ in range(width)]
    rows = 400 if options.small else int(rng.integers(100, 1500))
    x = draw(rows, width, categorical, sizes)
    x[np.isinf(x)] = 0
    y = labels(x, classes)
    types = ["q"] * (width - categorical) + ["c"] * categorical
    train = xgb.DMatrix(x, y, feature_types=types, enable_categorical=True)
    parameters = {
        "objective": objective,
        "max_depth": 2 if options.small else int(rng.integers(1, 7)),
        "eta": 0.3,
        "seed": int(rng.integers(1000)),
        "nthread": 1,
        **XGB_KINDS[kind],
    }
    if categorical and "tree_method" not in parameters:
        parameters["tree_method"] = "hist"
    if classes > 2:
        parameters["num_class"] = classes
    rounds = 3 if options.small else int(rng.integers(1, 12))
    stopping = {}
    if kind == "early stopping":
        noise = xgb.DMatrix(x, rng.permutation(y), feature_types=types, enable_categorical=True)
        stopping = {"evals": [(noise, "noise")], "early_stopping_rounds": 2, "verbose_eval": False}
        rounds = 10
    booster = xgb.train(parameters, train, rounds, **stopping)
    thresholds = {}
    for tree in booster.get_dump(dump_format="json"):
        collect(json.loads(tree), thresholds)
    odd = odd_rows(20 if options.small else options.rows, width, categorical, sizes, thresholds)
    limits = {}
    if kind == "early stopping":
        limits = {"iteration_range": (0, booster.best_iteration + 1)}
    margins = objective == "multi:softmax"
    p = booster.inplace_predict(odd, predict_type="margin" if margins else "value", validate_features=False, **limits)
    for ending in formats:
        file = options.folder / f"xgb-{number}.{ending}"
        booster.save_model(str(file))
        keep(f"{kind}, {objective}", file, XGB_FORMATS[ending], classes, odd, softmax(p) if margins else p)


def collect(node, thresholds):
    if "children" in node:
        if isinstance(node["split_condition"], (int, float)):
            thresholds.setdefault(int(str(node["split"]).lstrip("f")), []).append(node["split_condition"])
        for child in node["children"]:
            collect(child, thresholds)


def refused_xgboost(kind, number):
    x = draw(200, 3, 0, [0, 0, 0])
    y = np.abs(labels(x, 3 if kind == "vector leaves" else 2))
    train = xgb.DMatrix(x, y)
    if kind.startswith("rank"):
        train.set_group([100, 100])
    file = options.folder / f"xgb-refused-{number}.json"
    xgb.train({"objective": kind, "max_depth": 2, "nthread": 1, **XGB_REFUSED[kind]}, train, 2).save_model(str(file))
    keep(f"refused: {kind}", file, "xgboost-json")


# --- LightGBM -------------------------------------------------------------------------------------------------------

LGB_KINDS = {
    "gbdt": {},
    "dart": {"boosting": "dart", "drop_rate": 0.4},
    "random forest": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.7},
    "zero as missing": {"zero_as_missing": True},
    "no missing": {"use_missing": False},
    "categories": {"min_data_per_group": 2, "cat_smooth": 1, "max_cat_to_onehot": 1},
    "one-hot categories": {"min_data_per_group": 2, "max_cat_to_onehot": 100},
    "single leaf": {"min_gain_to_split": 1e9},
    "sigmoid": {"sigmoid": 0.7},
}
LGB_OBJECTIVES = ["binary", "cross_entropy", "multiclass", "multiclassova"]
LGB_REFUSED = {
    "regression": {},
    "regression_l1": {},
    "poisson": {},
    "tweedie": {},
    "cross_entropy_lambda": {},
    "lambdarank": {},
    "own objective": {"objective": "none"},
    "linear trees": {"objective": "binary", "linear_tree": True},
    "seconds since 1970": {"objective": "binary"},
}


def lgb_thresholds(text):
    found = {}
    for tree in text.split("\nTree=")[1:]:
        fields = dict(line.split("=", 1) for line in tree.splitlines() if "=" in line)
        if not fields.get("threshold"):
            continue
        for column, value in zip(fields["split_feature"].split(), fields["threshold"].split()):
            found.setdefault(int(column), []).append(float(value))
    return found


def with_lightgbm(kind, objective, number):
    classes = int(rng.integers(3, 6)) if objective.startswith("multi") else 2
    categorical = 2 if "categories" in kind else 0
    width = categorical + (5 if options.small else int(rng.integers(2, 9)))
    sizes = [int(rng.integers(2, 80)) for _ in range(width)]
    rows = 400 if options.small else int(rng.integers(100, 1500))
    x = draw(rows, width, categorical, sizes)
    y = labels(x, classes)
    parameters = {
        "objective": objective,
        "num_leaves": 4 if options.small else int(rng.integers(2, 30)),
        "min_data_in_leaf": 3,
        "learning_rate": 0.3,
        "seed": int(rng.integers(1000)),
        "num_threads": 1,
        "verbose": -1,
        **LGB_KINDS[kind],
    }
    if classes > 2:
        parameters["num_class"] = classes
    columns = list(range(width - categorical, width))
    data = lgb.Dataset(x, y, categorical_feature=columns if categorical else [], free_raw_data=False)
    booster = lgb.train(parameters, data, 3 if options.small else int(rng.integers(1, 12)))
    file = options.folder / f"lgb-{number}.txt"
    booster.save_model(str(file))
    odd = odd_rows(20 if options.small else options.rows, width, categorical, sizes, lgb_thresholds(file.read_text()))
    keep(f"{kind}, {objective}", file, "lightgbm-text", classes, odd, booster.predict(odd))


def refused_lightgbm(kind, number):
    x = rng.normal(size=(200, 3))
    if kind.startswith("seconds"):
        x[:, 0] = 1.7e9 + rng.integers(0, 3_000_000, len(x))
    # Whatever is drawn, the trees have to ask for the seconds.
    y = (x[:, 0] > np.median(x[:, 0])).astype(int) if kind.startswith("seconds") else labels(x, 2)
    data = lgb.Dataset(x, y, group=[100, 100] if kind == "lambdarank" else None, free_raw_data=False)
    own = {"objective": kind, "num_leaves": 3, "verbose": -1, "num_threads": 1, **LGB_REFUSED[kind]}
    if kind == "own objective":
        booster = lgb.Booster(own, data)
        for _ in range(2):
            booster.update(fobj=lambda p, d: (p - d.get_label(), np.ones(len(p))))
    else:
        booster = lgb.train(own, data, 2)
    file = options.folder / f"lgb-refused-{number}.txt"
    booster.save_model(str(file))
    keep(f"refused: {kind}", file, "lightgbm-text")


# --- the run --------------------------------------------------------------------------------------------------------


def attempt(make, *what):
    """What a version cannot train is no case of it."""
    try:
        make(*what)
    except Exception as error:  # noqa: BLE001 - libraries raise all kinds
        print(f"not with this version: {what[0]}: {str(error).splitlines()[0][:100]}")


def combinations(kinds, objectives, multi):
    """Every kind with a binary and a multi-class objective, every objective with the plain kind."""
    plain = next(iter(kinds))
    some = {(plain, objective) for objective in objectives} | {(kind, o) for kind in kinds for o in (objectives[0], multi)}
    every = [(kind, objective) for kind in kinds for objective in objectives]
    return [pair for pair in every if not options.small or pair in some]


if xgb:
    if int(xgb.__version__.split(".")[0]) < 2:
        del XGB_REFUSED["vector leaves"]  # 1.7 takes no notice of the parameter
    pairs = combinations(XGB_KINDS, XGB_OBJECTIVES, "multi:softprob")
    count = len(pairs) if options.small else options.models
    for i in range(count):
        kind, objective = pairs[i % len(pairs)]
        attempt(with_xgboost, kind, objective, i, ["json", "ubj"])
    for i, kind in enumerate(XGB_REFUSED):
        attempt(refused_xgboost, kind, i)
if lgb:
    pairs = combinations(LGB_KINDS, LGB_OBJECTIVES, "multiclass")
    count = len(pairs) if options.small else options.models
    for i in range(count):
        attempt(with_lightgbm, *pairs[i % len(pairs)], i)
    for i, kind in enumerate(LGB_REFUSED):
        attempt(refused_lightgbm, kind, i)

versions = {name: library.__version__ for name, library in (("xgboost", xgb), ("lightgbm", lgb)) if library}
if options.xgboost_version and xgb:
    versions["xgboost"] = options.xgboost_version
text = json.dumps({"versions": versions, "cases": cases})
if options.small:
    name = "_".join(f"{library}-{version}" for library, version in versions.items())
    (options.folder / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
else:
    (options.folder / "cases.json").write_text(text)
print(f"{len(cases)} cases with {versions}")
