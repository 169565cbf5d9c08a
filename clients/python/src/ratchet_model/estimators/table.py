"""Which estimators can be packed, and what to do with those that cannot."""
from __future__ import annotations

import os
from typing import Any, Callable, Mapping, Tuple

import pandas as pd

from ..errors import PackError
from .catboost import read_catboost
from .model import PackedModel
from .native import read_lightgbm, read_xgboost
from .onnx import read_onnx
from .sklearn_forest import read_forest, read_gradient_boosting
from .sklearn_hist import read_hist_gradient_boosting

SUPPORTED = (
    "scikit-learn's RandomForest, ExtraTrees, DecisionTree, GradientBoosting and HistGradientBoosting classifiers, "
    "CatBoost, XGBoost, LightGBM, and ONNX files of a tree ensemble"
)

Reader = Callable[[Any, pd.DataFrame], PackedModel]

READERS: Mapping[Tuple[str, str], Reader] = {
    ("sklearn", "RandomForestClassifier"): read_forest,
    ("sklearn", "ExtraTreesClassifier"): read_forest,
    ("sklearn", "DecisionTreeClassifier"): read_forest,
    ("sklearn", "ExtraTreeClassifier"): read_forest,
    ("sklearn", "GradientBoostingClassifier"): read_gradient_boosting,
    ("sklearn", "HistGradientBoostingClassifier"): read_hist_gradient_boosting,
    ("catboost", "CatBoost"): read_catboost,
    ("xgboost", "Booster"): read_xgboost,
    ("xgboost", "XGBModel"): read_xgboost,
    ("lightgbm", "Booster"): read_lightgbm,
    ("lightgbm", "LGBMModel"): read_lightgbm,
    ("onnx", "ModelProto"): read_onnx,
}

#: By the name of a class of scikit-learn.
REFUSED = {
    "Pipeline": "A pipeline's steps before the trees are not packed, and Ratchet is asked with what goes into them; trees need no scaling, so fit the last step on the frame itself, with categories as pandas categories or by pandas.get_dummies, and pack that.",
    "BaseSearchCV": "Pack the model that the search found: pack(search.best_estimator_, …).",
    "BaseThresholdClassifier": "A threshold of its own is not served; pack the classifier inside it: pack(classifier.estimator_, …).",
    "CalibratedClassifierCV": "A calibrated classifier is no sum of trees; fit the classifier inside it on the frame, pack that, and let Ratchet judge its probabilities as they are.",
    "VotingClassifier": "A vote of several estimators is no single ensemble of trees; pack its best member, one of vote.estimators_.",
    "StackingClassifier": "A stack of estimators is no single ensemble of trees; pack its best member, one of stack.estimators_.",
    "AdaBoostClassifier": "AdaBoost's votes are not read; fit a GradientBoostingClassifier(loss='exponential'), and pack that.",
    "BaggingClassifier": "Bagging of any estimator is not read; fit a RandomForestClassifier or ExtraTreesClassifier, and pack that.",
}

#: By the end of a file's name.
FILES = {
    ".pkl": "A pickle is a program, which Ratchet never runs; load it where it was made, and pack the estimator that comes out.",
    ".pickle": "A pickle is a program, which Ratchet never runs; load it where it was made, and pack the estimator that comes out.",
    ".joblib": "A joblib file is a program, which Ratchet never runs; load it where it was made, and pack the estimator that comes out.",
    ".skops": "Load the file with skops.io.load, and pack the estimator that comes out.",
    ".pmml": "PMML is not read; pack the estimator that it was made from, or export that as ONNX.",
    ".cbm": "Load the file with CatBoostClassifier().load_model(path), and pack that with the frame it was fitted on.",
    ".ubj": "Load the file with xgboost.Booster(model_file=path), and pack that; or register the file itself: ratchet register FILE.",
    ".txt": "Load the file with lightgbm.Booster(model_file=path), and pack that; or register the file itself: ratchet register FILE.",
    ".json": "Load the file with its own library, and pack what comes out; or register an XGBoost file itself: ratchet register FILE.",
}


def read_estimator(estimator: Any, frame: pd.DataFrame) -> PackedModel:
    """Takes an estimator apart. Raises PackError with what to do for one that cannot be."""
    if isinstance(estimator, (str, os.PathLike)):
        return _read_file(os.fspath(estimator), frame)
    if isinstance(estimator, type):
        raise PackError(f"{estimator.__name__} is a class; pass an estimator that was made of it and fitted: {estimator.__name__}().fit(frame, labels).")
    for ancestor in type(estimator).__mro__:
        package, name = ancestor.__module__.split(".")[0], ancestor.__name__
        reader = READERS.get((package, name))
        if reader is not None:
            return reader(estimator, frame)
        if package == "sklearn" and name in REFUSED:
            raise PackError(REFUSED[name])
    kind = type(estimator).__name__
    if "Regressor" in kind:
        raise PackError(f"{kind} predicts numbers, and Ratchet serves classifiers; fit a {kind.replace('Regressor', 'Classifier')}, and pack that.")
    raise PackError(f"{kind} is no ensemble of trees that Ratchet can serve; fit one of these instead: {SUPPORTED}.")


def _read_file(path: str, frame: pd.DataFrame) -> PackedModel:
    ending = os.path.splitext(path)[1].lower()
    if ending != ".onnx":
        raise PackError(FILES.get(ending, f"{path} is no file that can be packed; pass the fitted estimator itself: {SUPPORTED}."))
    try:
        import onnx
    except ImportError as error:
        raise PackError(f'Reading {path} takes the onnx package: pip install "ratchet-model[onnx]".') from error
    try:
        model = onnx.load(path)
    except Exception as error:
        raise PackError(f"{path} is no ONNX file: {error}. Is the path right?") from error
    return read_onnx(model, frame)
