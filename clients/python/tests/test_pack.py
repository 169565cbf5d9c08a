"""Every kind of estimator becomes a package whose golden rows are its own answers; everything else gets a sentence."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Callable, Dict

import numpy as np
import pandas as pd
import pytest
from conftest import REGIONS, Orchard
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from ratchet_model import PackError, pack


def catboost(**more: Any) -> Any:
    library = pytest.importorskip("catboost")
    return library.CatBoostClassifier(iterations=12, verbose=0, allow_writing_files=False, thread_count=1, **more)


def with_missing_filled(orchard: Orchard) -> pd.DataFrame:
    return orchard.one_hot.fillna({"sugar content": 8.0})


MAKERS: Dict[str, Callable[[Orchard], Any]] = {
    "RandomForest": lambda o: (RandomForestClassifier(12, random_state=1), o.one_hot),
    "ExtraTrees": lambda o: (ExtraTreesClassifier(12, random_state=1), with_missing_filled(o)),
    "DecisionTree": lambda o: (DecisionTreeClassifier(random_state=1), o.one_hot),
    "GradientBoosting": lambda o: (GradientBoostingClassifier(n_estimators=12), with_missing_filled(o)),
    "HistGradientBoosting": lambda o: (HistGradientBoostingClassifier(max_iter=12, categorical_features=[3]), o.categories),
    "CatBoost, numeric": lambda o: (catboost(), o.one_hot),
    "CatBoost, categories": lambda o: (catboost(cat_features=["region"], one_hot_max_size=200, max_ctr_complexity=0), o.texts),
    "CatBoost, depthwise": lambda o: (catboost(grow_policy="Depthwise"), o.one_hot),
}


def files_of(folder: Path) -> Dict[str, Any]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in folder.iterdir() if path.suffix == ".json"}


@pytest.mark.parametrize("kind", MAKERS)
def test_an_estimator_becomes_a_package(kind: str, orchard: Orchard, tmp_path: Path) -> None:
    estimator, frame = MAKERS[kind](orchard)
    estimator.fit(frame, orchard.labels)
    package = pack(estimator, frame, orchard.definition(fill="median"), folder=tmp_path / "p")
    files = files_of(package.folder)
    manifest, golden = files["manifest.json"], files["golden.json"]["cases"]
    assert package.file == "model.trees.json"
    assert manifest["model"]["sha256"] == hashlib.sha256((package.folder / package.file).read_bytes()).hexdigest()
    assert files["model.trees.json"]["columns"] == manifest["columns"]
    assert manifest["columns"][:3] == ["weight", "sugar content", "red"]
    assert [encoder["feature"] for encoder in manifest["encoders"]] == ["weight", "sugar content", "red", "region"]
    assert manifest["classes"] == orchard.classes
    assert sum(manifest["importance"].values()) == pytest.approx(1)
    assert len(golden) == package.golden == 300
    # The unchanged rows are answered as the estimator answers the frame's own.
    answers = estimator.predict_proba(frame)
    for case in golden[:30]:
        weight, sugar = case["input"]["weight"], case["input"].get("sugar content", 8.0)
        near = np.isclose(frame["weight"], weight, rtol=1e-6) & np.isclose(frame["sugar content"].fillna(8.0), sugar, rtol=1e-6)
        assert np.abs(answers[near] - case["probabilities"]).max() < 1e-9
    assert any("region" not in case["input"] or case["input"]["region"] not in REGIONS for case in golden)


def test_libraries_with_files_of_their_own_keep_them(orchard: Orchard, tmp_path: Path) -> None:
    xgboost, lightgbm = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")
    frame = orchard.categories.assign(red=orchard.measured["red"].astype(float))
    labels = orchard.kind
    classifier = xgboost.XGBClassifier(n_estimators=30, enable_categorical=True, early_stopping_rounds=2).fit(
        frame, labels, eval_set=[(frame[:80], labels[::-1][:80])], verbose=False
    )
    package = pack(classifier, frame, orchard.definition(), folder=tmp_path / "x")
    assert package.file == "model.xgb.json"
    assert package.manifest["rounds"] == classifier.best_iteration + 1
    booster = xgboost.train({"objective": "multi:softprob", "num_class": 3} if len(orchard.classes) == 3 else {"objective": "binary:logistic"},
                            xgboost.DMatrix(frame, labels, enable_categorical=True), 5)
    assert "rounds" not in pack(booster, frame, orchard.definition(), folder=tmp_path / "b").manifest
    wrapped = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(frame, orchard.labels)
    assert pack(wrapped, frame, orchard.definition(), folder=tmp_path / "l").file == "model.lgbm.txt"
    assert pack(wrapped.booster_, frame, orchard.definition(), folder=tmp_path / "l").manifest["encoders"][3]["categories"] == REGIONS
    with pytest.raises(PackError, match=r"the columns weight, .*region=\(unseen\).*cannot be rearranged: fit on Ratchet's columns"):
        one_hot = orchard.one_hot.astype(float)
        pack(xgboost.XGBClassifier(n_estimators=3).fit(one_hot, labels), one_hot, orchard.definition(), folder=tmp_path / "o")


def test_an_onnx_file_becomes_a_package(orchard: Orchard, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    to_onnx = pytest.importorskip("skl2onnx").to_onnx
    frame = with_missing_filled(orchard).astype("float32")
    forest = RandomForestClassifier(8, random_state=1).fit(frame.to_numpy(), orchard.kind)
    path = tmp_path / "forest.onnx"
    path.write_bytes(to_onnx(forest, frame.to_numpy()[:1]).SerializeToString())
    assert pack(path, frame, orchard.definition(), folder=tmp_path / "p").manifest["library"]["name"] == "onnx"
    scaled = make_pipeline(StandardScaler(), forest).fit(frame.to_numpy(), orchard.kind)
    with pytest.raises(PackError, match="with Scaler around them; export the classifier alone"):
        pack(to_onnx(scaled, frame.to_numpy()[:1]), frame, orchard.definition(), folder=tmp_path / "q")


def test_an_action_outcome_model(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    action = random.integers(0, 2, 300)
    frame = pd.DataFrame({"da": random.normal(size=300), "action=comment": action, "action=forum": 1 - action})
    forest = RandomForestClassifier(5, random_state=0).fit(frame, (frame["da"] > 0) ^ (action == 1))
    definition = {"name": "links", "kind": "action-outcome", "actions": ["comment", "forum"], "features": [{"name": "da", "kind": "numeric"}]}
    package = pack(forest, frame, definition, folder=tmp_path)
    assert package.manifest["columns"] == ["da", "action=comment", "action=forum"]
    assert {case["action"] for case in files_of(tmp_path)["golden.json"]["cases"]} == {"comment", "forum"}
    with pytest.raises(PackError, match="no column action=guest"):
        pack(forest, frame, {**definition, "actions": ["comment", "forum", "guest"]}, folder=tmp_path)


def test_codes_are_named(apples: Orchard, tmp_path: Path) -> None:
    codes = apples.measured.assign(region=[float(REGIONS.index(one)) for one in apples.region])
    forest = RandomForestClassifier(5, random_state=0).fit(codes, apples.labels)
    package = pack(forest, codes, apples.definition(), folder=tmp_path, categories={"region": REGIONS})
    assert package.manifest["encoders"][3] == {
        "feature": "region", "source": {"from": "field", "field": "region"}, "encoding": "ordinal", "categories": REGIONS, "unseen": "missing",
    }
    with pytest.raises(PackError, match=r'pass categories=\{"region": \[names in the order of their codes\]\}'):
        pack(forest, codes, apples.definition(), folder=tmp_path)
    with pytest.raises(PackError, match='categories names "regoin", which is no categorical feature of the definition; it has region'):
        pack(forest, codes, apples.definition(), folder=tmp_path, categories={"regoin": REGIONS})


def test_a_threshold_at_a_value_of_the_data_parts_rows_as_before(apples: Orchard, tmp_path: Path) -> None:
    """Newer releases split at the values themselves, which single precision does not have."""
    frame = apples.categories
    estimator = HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=2, categorical_features=[3]).fit(frame, apples.labels)
    package = pack(estimator, frame, apples.definition(), folder=tmp_path, rows=len(frame) * 3 // 2)
    assert package.warnings == []
    said = [case for case in files_of(tmp_path)["golden.json"]["cases"][: len(frame)]]
    assert {case["input"]["weight"] for case in said} <= set(frame["weight"])


def test_the_column_of_missing_categories_is_the_one_that_missing_ones_get(apples: Orchard, tmp_path: Path) -> None:
    known = apples.measured.assign(region=pd.Series(apples.region).where(np.arange(len(apples.region)) % 5 > 0))
    frame = pd.get_dummies(known, columns=["region"], dummy_na=True)
    forest = RandomForestClassifier(5, random_state=0).fit(frame, apples.labels)
    package = pack(forest, frame, apples.definition(), folder=tmp_path)
    assert package.manifest["encoders"][3]["categories"] == sorted(REGIONS)
    missing = [case for case in files_of(tmp_path)["golden.json"]["cases"] if "region" not in case["input"]]
    assert missing and all(case["row"][-1] == 1 for case in missing)


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", "int8", "float16", "Sparse[int]"])
def test_numbers_may_be_of_any_dtype(kind: str, apples: Orchard, tmp_path: Path) -> None:
    frame = apples.one_hot.assign(red=apples.measured["red"].astype(int).astype(kind))
    if kind in ("Int64", "Float64", "boolean"):
        frame.loc[::7, "red"] = pd.NA
    forest = HistGradientBoostingClassifier(max_iter=5).fit(frame, apples.labels)
    assert pack(forest, frame, apples.definition(), folder=tmp_path).golden == 300


NATIVE: Dict[str, Any] = {
    "linear boosters": ("xgboost", {"booster": "gblinear"}, 'The booster "gblinear" is not made of trees; train with booster='),
    "classes alone": ("xgboost", {"objective": "binary:hinge"}, 'The objective "binary:hinge" gives no class probabilities; train with one of'),
    "vectors": ("xgboost", {"multi_strategy": "multi_output_tree", "num_class": 3, "objective": "multi:softprob"}, 'train with multi_strategy="one_output'),
    "linear leaves": ("lightgbm", {"objective": "binary", "linear_tree": True}, "train with linear_tree=False"),
    "ranks": ("lightgbm", {"objective": "cross_entropy_lambda"}, 'The objective "cross_entropy_lambda" says not'),
}


@pytest.mark.parametrize("what", NATIVE)
def test_what_ratchet_would_refuse_is_refused_before_it_is_written(what: str, apples: Orchard, tmp_path: Path) -> None:
    name, parameters, sentence = NATIVE[what]
    library = pytest.importorskip(name)
    frame = apples.measured[["weight", "sugar content"]].fillna(8.0)
    data = library.DMatrix(frame, apples.kind) if name == "xgboost" else library.Dataset(frame, apples.kind > 0)
    if "num_class" not in parameters and name == "xgboost":
        data = library.DMatrix(frame, (apples.kind > 0).astype(int))
    booster = library.train({"verbosity": 0 if name == "xgboost" else -1, **parameters}, data, 3)
    features = [{"name": column, "kind": "numeric"} for column in frame.columns]
    with pytest.raises(PackError, match=sentence):
        pack(booster, frame, apples.definition(features=features, classes=apples.classes[: 3 if "num_class" in parameters else 2]), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_seconds_since_1970_are_too_large_for_single_precision(tmp_path: Path) -> None:
    at = 1.7e9 + np.arange(600.0)
    frame = pd.DataFrame({"at": at})
    labels = np.where(np.arange(600) // 7 % 2 == 0, "a", "b")
    estimator = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=1).fit(frame, labels)
    definition = {"name": "times", "kind": "multi-class", "label": "l", "classes": ["a", "b"], "features": [{"name": "at", "kind": "numeric"}]}
    with pytest.raises(PackError, match="answered otherwise in single precision.*subtract an offset"):
        pack(estimator, frame, definition, folder=tmp_path)


REFUSED = {
    "pipeline": (lambda o: make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(with_missing_filled(o), o.labels), "fit the last step on the frame itself"),
    "regressor": (lambda o: RandomForestRegressor(2).fit(with_missing_filled(o), o.kind), "fit a RandomForestClassifier, and pack that"),
    "search": (lambda o: GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}).fit(with_missing_filled(o), o.labels), "best_estimator_"),
    "calibrated": (lambda o: CalibratedClassifierCV(DecisionTreeClassifier()).fit(with_missing_filled(o), o.labels), "fit the classifier inside it on the frame"),
    "a class": (lambda o: RandomForestClassifier, r"is a class; pass an estimator that was made of it and fitted: RandomForestClassifier\(\).fit"),
    "AdaBoost": (lambda o: AdaBoostClassifier(n_estimators=2).fit(with_missing_filled(o), o.labels), "fit a GradientBoostingClassifier"),
    "no trees": (lambda o: LogisticRegression(), "LogisticRegression is no ensemble of trees .* fit one of these instead: scikit-learn's RandomForest"),
    "not fitted": (lambda o: RandomForestClassifier(), "is not fitted; call fit"),
    "boosting not fitted": (lambda o: HistGradientBoostingClassifier(), "is not fitted; call fit"),
    "pickle": (lambda o: "model.pkl", "never runs; load it where it was made"),
    "joblib": (lambda o: Path("model.joblib"), "never runs; load it where it was made"),
    "PMML": (lambda o: "model.pmml", "PMML is not read; pack the estimator"),
    "CatBoost's binary": (lambda o: "model.cbm", r"load_model\(path\)"),
    "another file": (lambda o: "model.h5", "pass the fitted estimator itself"),
    "an object": (lambda o: object(), "object is no ensemble of trees"),
    "missing values": (lambda o: GradientBoostingClassifier(n_estimators=2).fit(with_missing_filled(o), o.labels), 'takes no missing values.*"fill: median"'),
    "statistics of categories": (
        lambda o: catboost(cat_features=["region"], one_hot_max_size=2).fit(o.texts, o.labels), "statistics of the target.*one_hot_max_size",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_everything_else_gets_a_sentence_that_says_what_to_do(what: str, apples: Orchard, tmp_path: Path) -> None:
    make, sentence = REFUSED[what]
    estimator = make(apples)
    frame = apples.texts if what.startswith("statistics") else with_missing_filled(apples)
    with pytest.raises(PackError, match=sentence):
        pack(estimator, frame, apples.definition(), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


WRONG: Dict[str, Any] = {
    "a column too many": (lambda f: f, {"features": [{"name": "weight", "kind": "numeric"}]}, "no feature of the definition: sugar content, red"),
    "a feature that is not there": (lambda f: f, {"features": [{"name": "colour", "kind": "numeric"}]}, 'no column "colour"'),
    "classes in another order": (lambda f: f, {"classes": ["storage", "dessert", "cider"]}, "in the estimator's order"),
    "fewer classes": (lambda f: f, {"classes": ["cider", "dessert"]}, "tells 3 classes apart"),
    "columns in another order": (lambda f: f[f.columns[::-1]], {}, "pass them in that order"),
    "a column that is not there": (lambda f: f.rename(columns={"weight": "mass"}), {}, "lacks columns that the estimator was fitted on: weight; pass"),
    "an array": (lambda f: f.to_numpy(), {}, r"pandas.DataFrame\(X, columns"),
    "a few rows": (lambda f: f.head(10), {}, "has 10 rows; pass at least 36"),
    "another kind": (lambda f: f, {"kind": "regression"}, "Ratchet serves classifiers"),
    "no features": (lambda f: f, {"features": []}, "lists no features"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_fit_gets_a_sentence(what: str, apples: Orchard, tmp_path: Path) -> None:
    change, changes, sentence = WRONG[what]
    forest = RandomForestClassifier(3, random_state=0).fit(apples.one_hot, apples.labels)
    with pytest.raises(PackError, match=sentence):
        pack(forest, change(apples.one_hot), apples.definition(**changes), folder=tmp_path)


def test_yes_and_no_are_texts_in_a_definition_as_for_ratchet(apples: Orchard, tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    path = tmp_path / "apples.yaml"
    path.write_text(f"{json.dumps(apples.definition())[:-1]}, classes: [No, Yes]}}".replace(f'"classes": {json.dumps(apples.classes)}, ', ""), "utf-8")
    tree = DecisionTreeClassifier(max_depth=2).fit(apples.one_hot, np.where(apples.kind == 1, "Yes", "No"))
    assert pack(tree, apples.one_hot, path, folder=tmp_path / "p").manifest["classes"] == ["No", "Yes"]


def test_a_category_in_the_place_of_missing_ones_is_told(apples: Orchard, tmp_path: Path) -> None:
    frame = apples.texts.assign(region=np.where(apples.region == "west", "missing", apples.region))
    dummies = pd.get_dummies(frame, columns=["region"])
    tree = DecisionTreeClassifier(max_depth=3).fit(dummies, apples.labels)
    assert any('"region" has a category "missing"' in one for one in pack(tree, dummies, apples.definition(), folder=tmp_path).warnings)


def test_a_definition_is_read_from_its_file(apples: Orchard, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    path = tmp_path / "apples.yaml"
    path.write_text(yaml.safe_dump(apples.definition()), "utf-8")
    forest = RandomForestClassifier(3, random_state=0).fit(apples.one_hot, apples.labels)
    assert pack(forest, apples.one_hot, path, folder=tmp_path / "p").model == "apples"
    with pytest.raises(PackError, match="cannot be read"):
        pack(forest, apples.one_hot, tmp_path / "pears.yaml")
    path.write_text("kind: [", "utf-8")
    with pytest.raises(PackError, match="ratchet models check"):
        pack(forest, apples.one_hot, path)


BOTH = {"name": "jobs", "kind": "multi-class", "label": "l", "classes": ["a", "b"]}


def half(count: int = 200) -> Any:
    return np.arange(count) % 2


@pytest.mark.parametrize("kind", ["DecisionTree", "CatBoost"])
@pytest.mark.parametrize("classes", [["1", "0"], ["true", "false"]])
def test_labels_that_are_names_of_classes_are_no_numbers_of_others(kind: str, classes: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": half() + np.linspace(0, 0.5, 200)})
    labels = half() if classes[0] == "1" else half() == 1
    estimator = (DecisionTreeClassifier() if kind == "DecisionTree" else catboost()).fit(frame, labels)
    definition = {**BOTH, "features": [{"name": "x", "kind": "numeric", "fill": 0}]}
    with pytest.raises(PackError, match="put them into the definition in the estimator's order"):
        pack(estimator, frame, {**definition, "classes": classes}, folder=tmp_path)
    pack(estimator, frame, {**definition, "classes": ["no", "yes"]}, folder=tmp_path)


def test_a_feature_is_no_category_of_another(tmp_path: Path) -> None:
    frame = pd.DataFrame({"job_age": np.linspace(20, 60, 200), "job_cook": 1 - half(), "job_nurse": half(), "job_title_head": half(), "job_title_none": 1 - half()})
    forest = RandomForestClassifier(5, random_state=0).fit(frame, half())
    features = [{"name": "job", "kind": "categorical"}, {"name": "job_title", "kind": "categorical"}, {"name": "job_age", "kind": "numeric"}]
    package = pack(forest, frame, {**BOTH, "features": features}, folder=tmp_path)
    assert package.manifest["columns"] == ["job=cook", "job=nurse", "job=(unseen)", "job_title=head", "job_title=none", "job_title=(unseen)", "job_age"]


def test_names_of_other_scripts_are_not_alike(tmp_path: Path) -> None:
    frame = pd.DataFrame({"вес": half(), "год": 1 - half()})
    forest = RandomForestClassifier(3, random_state=0).fit(frame, half())
    with pytest.raises(PackError, match='no column "мир"'):
        pack(forest, frame, {**BOTH, "features": [{"name": "мир", "kind": "numeric"}, {"name": "год", "kind": "numeric"}]}, folder=tmp_path)


@pytest.mark.parametrize(("made_of", "sent"), [([0.0, 1.0], ["0", "1"]), ([False, True], ["false", "true"])])
def test_one_hot_names_of_numbers_are_asked_for(made_of: Any, sent: Any, tmp_path: Path) -> None:
    frame = pd.get_dummies(pd.DataFrame({"door": np.array(made_of)[half()]}).astype({"door": "category"}), columns=["door"])
    forest = RandomForestClassifier(3, random_state=0).fit(frame, half())
    definition = {**BOTH, "features": [{"name": "door", "kind": "categorical"}]}
    with pytest.raises(PackError, match=rf"which an engine sends as {', '.join(sent)}.*pass categories="):
        pack(forest, frame, definition, folder=tmp_path)
    assert pack(forest, frame, definition, folder=tmp_path, categories={"door": sent}).manifest["encoders"][0]["categories"] == sent
    with pytest.raises(PackError, match="1 categories were given; list one for each"):
        pack(forest, frame, definition, folder=tmp_path, categories={"door": ["0"]})


@pytest.mark.parametrize("kind", ["HistGradientBoosting", "CatBoost", "LightGBM"])
def test_booleans_may_be_categories(kind: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.linspace(0, 1, 200), "door": half() == 1})
    if kind == "CatBoost":
        estimator = catboost(cat_features=["door"], one_hot_max_size=200, max_ctr_complexity=0)
    elif kind == "LightGBM":
        frame = frame.astype({"door": "category"})
        estimator = pytest.importorskip("lightgbm").LGBMClassifier(n_estimators=5, verbose=-1)
    else:
        frame = frame.astype({"door": "category"})
        estimator = HistGradientBoostingClassifier(max_iter=5, categorical_features=[1])
    definition = {**BOTH, "features": [{"name": "x", "kind": "numeric"}, {"name": "door", "kind": "categorical"}]}
    package = pack(estimator.fit(frame, half()), frame, definition, folder=tmp_path)
    assert package.manifest["encoders"][1]["categories"] == ["false", "true"]
    assert {case["input"].get("door") for case in files_of(tmp_path)["golden.json"]["cases"]} >= {"false", "true"}


def test_lightgbm_codes_by_its_own_categories(apples: Orchard, tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    fitted = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(apples.categories, apples.labels)
    turned = apples.categories.assign(region=pd.Categorical(apples.region, categories=["never", *reversed(REGIONS)]))
    assert pack(fitted, turned, apples.definition(), folder=tmp_path).manifest["encoders"][3]["categories"] == REGIONS


def test_columns_that_are_lacking_or_too_many_are_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"p": half(), "q": np.arange(200), "r": half()})
    features = [{"name": name, "kind": "numeric", "fill": 0} for name in "pqr"]
    fitted = RandomForestClassifier(3).fit(frame[["p", "q"]], half())
    for taken, said in (["q"], r"the frame has 1 \(q\); p is lacking; pass"), (["p", "q", "r"], r"; it was not fitted on r; pass"):
        with pytest.raises(PackError, match=said):
            pack(fitted, frame[taken], {**BOTH, "features": [one for one in features if one["name"] in taken]}, folder=tmp_path)


@pytest.mark.parametrize("kind", ["RandomForest", "GradientBoosting", "HistGradientBoosting", "CatBoost", "XGBoost", "LightGBM"])
def test_of_a_bare_array_the_number_of_columns_is_compared(kind: str, tmp_path: Path) -> None:
    if kind in ("XGBoost", "LightGBM"):
        library = pytest.importorskip(kind.lower())
        estimator = library.XGBClassifier(n_estimators=3) if kind == "XGBoost" else library.LGBMClassifier(n_estimators=3, verbose=-1)
    else:
        estimator = {"RandomForest": RandomForestClassifier(3), "GradientBoosting": GradientBoostingClassifier(n_estimators=3), "CatBoost": catboost() if kind == "CatBoost" else None,
                     "HistGradientBoosting": HistGradientBoostingClassifier(max_iter=3)}[kind]
    frame = pd.DataFrame({"p": half(), "q": np.arange(200), "r": half()})
    estimator.fit(frame[["p", "q"]].to_numpy(), half())
    features = [{"name": name, "kind": "numeric", "fill": 0} for name in "pqr"]
    for taken in (["r", "p", "q"], ["q"]):
        with pytest.raises(PackError, match=rf"fitted on 2 columns, and the frame has {len(taken)} \({', '.join(taken)}\)"):
            pack(estimator, frame[taken], {**BOTH, "features": [one for one in features if one["name"] in taken]}, folder=tmp_path)
    assert "knows no names of columns" in pack(estimator, frame[["p", "q"]], {**BOTH, "features": features[:2]}, folder=tmp_path).warnings[0]


def test_rounds_of_a_booster_that_stopped_early_are_told(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost")
    frame = pd.DataFrame({"x": np.random.default_rng(1).normal(size=200)})
    data = xgboost.DMatrix(frame, half())
    booster = xgboost.train({"objective": "binary:logistic"}, data, 9)
    booster.set_attr(best_iteration="3")
    definition = {**BOTH, "features": [{"name": "x", "kind": "numeric"}]}
    assert "round 4 of 9 best" in pack(booster, frame, definition, folder=tmp_path).warnings[0]
    booster.set_attr(best_iteration=None)
    assert list(pack(booster, frame, definition, folder=tmp_path).warnings) == []


ONNX_CHANGES: Dict[str, Any] = {
    "whole numbers in between": (["INT32", "FLOAT"], "with Cast to INT32 around them"),
    "half precision in between": (["FLOAT16", "FLOAT"], "with Cast to FLOAT16 around them"),
    "double precision in between": (["DOUBLE"], None),
    "a function of its own": ("local", "with own.Identity around them"),
    "an input of whole numbers": ("INT64", 'takes INT64, and "x" of the frame has fractions'),
    "another width": ("width", r"fitted on 2 columns, and the frame has 3 \(id, x, y\)"),
}


@pytest.mark.parametrize("what", ONNX_CHANGES)
def test_what_stands_around_an_onnx_ensemble_counts(what: str, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    to_onnx = pytest.importorskip("skl2onnx").to_onnx
    change, sentence = ONNX_CHANGES[what]
    random = np.random.default_rng(2)
    frame = pd.DataFrame({"x": random.normal(size=200), "y": random.normal(size=200)}).astype("float32")
    model = to_onnx(DecisionTreeClassifier(random_state=0).fit(frame.to_numpy(), half()), frame.to_numpy()[:1], target_opset={"": 17, "ai.onnx.ml": 3})
    (ensemble,) = [node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")]
    if isinstance(change, list):
        for number, kind in enumerate(change):
            cast = onnx.helper.make_node("Cast", [ensemble.input[0]], [f"cast{number}"], to=onnx.TensorProto.DataType.Value(kind))
            ensemble.input[0] = cast.output[0]
            model.graph.node.insert(number, cast)
    elif change == "local":
        model.functions.append(onnx.helper.make_function("own", "Identity", ["a"], ["b"], [onnx.helper.make_node("Neg", ["a"], ["b"])], [onnx.helper.make_opsetid("", 17)]))
        model.opset_import.append(onnx.helper.make_opsetid("own", 1))
        model.graph.node.insert(0, onnx.helper.make_node("Identity", [ensemble.input[0]], ["turned"], domain="own"))
        ensemble.input[0] = "turned"
    elif change == "INT64":
        model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    else:
        frame = frame.assign(id=1.0)[["id", "x", "y"]]
    definition = {**BOTH, "features": [{"name": name, "kind": "numeric", "fill": 0} for name in frame.columns]}
    if sentence is None:
        assert pack(model, frame, definition, folder=tmp_path).golden > 0
        return
    with pytest.raises(PackError, match=sentence):
        pack(model, frame, definition, folder=tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"classes": [True, False]}, "lists True under \"classes\", which is no text; put quotes around it"),
        ({"classes": ["a", "a"]}, 'has "a" twice among "classes"'),
        ({"features": [{"name": True, "kind": "numeric"}]}, "has the name True, which is no text; put quotes around it"),
        ({"features": [{"name": "x", "kind": "numeric", "fill": "medien"}]}, "expected a number or one of native, median, mean, mode"),
        ({"features": [{"name": "x", "kind": "numeric"}] * 2}, 'has "x" twice among its features'),
    ],
)
def test_a_definition_that_cannot_be_one_is_refused(changes: Any, sentence: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": half()})
    with pytest.raises(PackError, match=sentence):
        pack(DecisionTreeClassifier().fit(frame, half()), frame, {**BOTH, "features": [{"name": "x", "kind": "numeric"}], **changes}, folder=tmp_path)
    with pytest.raises(PackError, match="The definition is a list; pass the path"):
        pack(DecisionTreeClassifier().fit(frame, half()), frame, [changes], folder=tmp_path)


def test_golden_rows_are_no_more_than_ratchet_takes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": half()})
    definition = {**BOTH, "features": [{"name": "x", "kind": "numeric", "fill": 0}]}
    assert pack(DecisionTreeClassifier().fit(frame, half()), frame, definition, folder=tmp_path, rows=6000).golden == 5000
