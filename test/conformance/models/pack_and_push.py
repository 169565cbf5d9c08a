"""An estimator of every kind, brought to a running Ratchet as its owner would: fit, pack, push.

    python pack_and_push.py define FOLDER     writes a definition NAME.yaml for each
    python pack_and_push.py NAME FOLDER       brings one; RATCHET_URL and RATCHET_TOKEN say where

The second prints one line of JSON: the run that push returns, raw rows, and the probabilities that the estimator gives them.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd

from ratchet_model import pack, push

REGIONS = ["north", "south", "east", "west"]
CLASSES = ["cider", "dessert", "storage"]


def definition(name, classes, filled):
    fill = {"fill": "median"} if filled else {}
    return {
        "name": name, "kind": "multi-class", "label": "use", "classes": CLASSES[:classes], "schedule": "", "canary": {"steps": [100]},
        "features": [
            {"name": "weight", "kind": "numeric", **fill},
            {"name": "sugar content", "kind": "numeric", **fill},
            {"name": "red", "kind": "boolean", **({"fill": "mode"} if filled else {})},
            {"name": "region", "kind": "categorical"},
        ],
    }


def orchard(count, classes, filled):
    """The rules of INSERT_APPLES in test/e2e/elsewhere.ts."""
    rng = np.random.default_rng(4)
    kind = rng.integers(0, classes, count)
    sugar = 10 - kind * 2 + rng.random(count) * 4
    frame = pd.DataFrame({
        "weight": 100 + kind * 40 + rng.random(count) * 60,
        "sugar content": sugar if filled else np.where(rng.random(count) < 0.2, np.nan, sugar),
        "red": rng.random(count) > 0.5,
        "region": np.array(REGIONS)[(kind + (rng.random(count) > 0.6)) % 4],
    })
    return frame, kind


def one_hot(frame):
    dummies = {f"region={name}": (frame["region"] == name).astype(float) for name in REGIONS}
    return pd.concat([frame.drop(columns="region").assign(red=frame["red"].astype(float)), pd.DataFrame(dummies)], axis=1)


def categories(frame):
    return frame.assign(region=frame["region"].astype(pd.CategoricalDtype(REGIONS)), red=frame["red"].astype(float))


def texts(frame):
    return frame.assign(red=frame["red"].astype(float))


def sklearn(name, **options):
    from sklearn import ensemble
    return getattr(ensemble, name)(random_state=1, **options)


def fitted(make, by_name=True):
    """Fits on the names of the classes, as people do, or on their numbers."""
    def fit(frame, kind):
        estimator = make()
        estimator.fit(frame, np.array(CLASSES)[kind] if by_name else kind)
        return estimator, estimator.predict_proba
    return fit


def catboost(**options):
    import catboost
    return catboost.CatBoostClassifier(iterations=30, verbose=0, allow_writing_files=False, random_seed=1, **options)


def xgboost_booster(frame, kind):
    import xgboost
    data = xgboost.DMatrix(frame, kind, enable_categorical=True)
    booster = xgboost.train({"objective": "multi:softprob", "num_class": 3, "max_depth": 3}, data, 20)
    return booster, lambda rows: booster.predict(xgboost.DMatrix(rows, enable_categorical=True))


def lightgbm_booster(frame, kind):
    import lightgbm
    booster = lightgbm.train({"objective": "multiclass", "num_class": 3, "verbose": -1}, lightgbm.Dataset(frame, kind), 20)
    return booster, booster.predict


def xgboost_wrapper():
    import xgboost
    return xgboost.XGBClassifier(n_estimators=20, enable_categorical=True)


def lightgbm_wrapper():
    import lightgbm
    return lightgbm.LGBMClassifier(n_estimators=20, verbose=-1)


def onnx(frame, kind):
    from skl2onnx import to_onnx
    forest = sklearn("RandomForestClassifier", n_estimators=20)
    values = frame.to_numpy(np.float32)
    forest.fit(values, kind)
    return to_onnx(forest, values[:1]), lambda rows: forest.predict_proba(rows.to_numpy(np.float32))


# How it is fitted, the form of its frame, its classes, and whether it takes no missing values.
KINDS = {
    "random-forest": (fitted(lambda: sklearn("RandomForestClassifier", n_estimators=30)), one_hot, 3, False),
    "random-forest-binary": (fitted(lambda: sklearn("RandomForestClassifier", n_estimators=30)), one_hot, 2, False),
    "extra-trees": (fitted(lambda: sklearn("ExtraTreesClassifier", n_estimators=30)), one_hot, 3, False),
    "gradient-boosting": (fitted(lambda: sklearn("GradientBoostingClassifier", n_estimators=20)), one_hot, 3, True),
    "gradient-boosting-binary": (fitted(lambda: sklearn("GradientBoostingClassifier", n_estimators=20)), one_hot, 2, True),
    "hist-gradient-boosting": (fitted(lambda: sklearn("HistGradientBoostingClassifier", max_iter=20, categorical_features="from_dtype")), categories, 3, False),
    "catboost": (fitted(lambda: catboost(cat_features=["region"], one_hot_max_size=100, max_ctr_complexity=0)), texts, 3, False),
    "catboost-binary": (fitted(lambda: catboost()), one_hot, 2, False),
    # An export of a forest forgets where missing values go.
    "onnx": (onnx, one_hot, 3, True),
    "xgboost-wrapper": (fitted(xgboost_wrapper, by_name=False), categories, 2, False),
    "xgboost-booster": (xgboost_booster, categories, 3, False),
    "lightgbm-wrapper": (fitted(lightgbm_wrapper), categories, 3, False),
    "lightgbm-booster": (lightgbm_booster, categories, 3, False),
}


def raw(frame):
    rows = [{name: value for name, value in row.items() if not pd.isna(value)} for row in frame.to_dict("records")]
    return [{name: value.item() if isinstance(value, np.generic) else value for name, value in row.items()} for row in rows]


what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
if what == "define":
    for name, (_, _, classes, filled) in KINDS.items():
        # JSON is YAML.
        (folder / f"{name}.yaml").write_text(json.dumps(definition(name, classes, filled)))
    print(json.dumps(list(KINDS)))
else:
    fit, form, classes, filled = KINDS[what]
    frame, kind = orchard(900, classes, filled)
    estimator, answer = fit(form(frame)[:600], kind[:600])
    package = pack(estimator, form(frame)[:600], folder / f"{what}.yaml", folder=folder / f"{what}-package")
    run = push(package, reason="a test of every kind")
    probabilities = np.asarray(answer(form(frame)[600:]), np.float64).tolist()
    print(json.dumps({"run": run, "golden": package.golden, "rows": raw(frame[600:]), "probabilities": probabilities}))
