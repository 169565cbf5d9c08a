"""XGBoost and LightGBM: their own files, which Ratchet reads as they are."""
from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import pandas as pd

from ..errors import PackError
from ..trees import Floats
from .model import PackedModel, both_classes, plain_parameters, require_width


XGBOOST_OBJECTIVES = ("binary:logistic", "reg:logistic", "multi:softprob", "multi:softmax")
LIGHTGBM_OBJECTIVES = ("binary", "cross_entropy", "multiclass", "multiclassova")


def read_xgboost(estimator: Any, frame: pd.DataFrame) -> PackedModel:
    """XGBClassifier, XGBRFClassifier or a Booster."""
    import xgboost

    if isinstance(estimator, xgboost.Booster):
        booster, classes, missing = estimator, None, np.nan
    else:
        _require_classifier(estimator, "XGBClassifier")
        booster, classes, missing = estimator.get_booster(), list(estimator.classes_), estimator.missing
        if missing is not None and not np.isnan(missing):
            raise PackError(f"The estimator takes {missing} for a missing value, and Ratchet only NaN; replace it in the frame, fit with missing=nan, and pack that.")
    require_width(booster.num_features(), frame, booster.feature_names)
    best = _attribute(booster, "best_iteration")
    rounds = None if best is None else int(best) + 1
    warnings: List[str] = []
    if classes is None and rounds is not None and rounds < booster.num_boosted_rounds():
        warnings.append(
            f"Early stopping found round {rounds} of {booster.num_boosted_rounds()} best, and that is what is packed; booster.predict takes all of them unless "
            f"iteration_range says otherwise. To serve all, take the mark off first: booster.set_attr(best_iteration=None)."
        )
    names = booster.feature_names
    # It predicts the class alone; its probabilities are the softmax of its margins.
    labels_only = '"multi:softmax"' in booster.save_config()

    def answer(frame: pd.DataFrame) -> Floats:
        rows = frame if names is not None else frame.to_numpy(dtype=np.float64)
        data = xgboost.DMatrix(rows, enable_categorical=names is not None)
        said = np.asarray(booster.predict(data, iteration_range=(0, rounds or 0)), np.float64)
        if labels_only:
            margins = np.asarray(booster.predict(data, output_margin=True, iteration_range=(0, rounds or 0)), np.float64)
            e = np.exp(margins - margins.max(axis=1, keepdims=True))
            said = e / e.sum(axis=1, keepdims=True)
        return both_classes(said) if said.ndim == 1 else said

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        booster.save_model(str(path))
        content = path.read_bytes()
    learner = json.loads(content)["learner"]
    _require_xgboost_trees(learner)
    if "c" in (booster.feature_types or []) and "cats" not in learner["gradient_booster"].get("gbtree", learner["gradient_booster"])["model"]:
        warnings.append(
            f"XGBoost {xgboost.__version__} keeps no names of categories: the codes of its trees are taken for those of the frame's categories, in their order. It has to be the frame that it was fitted on."
        )
    return PackedModel(
        library="xgboost",
        version=xgboost.__version__,
        answer=answer,
        classes=classes,
        file="model.xgb.json",
        content=content,
        names=None if names is None else list(names),
        parameters={} if classes is None else plain_parameters(estimator.get_xgb_params()),
        rounds=rounds,
        warnings=warnings,
    )


def read_lightgbm(estimator: Any, frame: pd.DataFrame) -> PackedModel:
    """LGBMClassifier or a Booster. What is saved is up to the best iteration, where training stopped early."""
    import lightgbm

    if isinstance(estimator, lightgbm.Booster):
        booster, classes = estimator, None
    else:
        _require_classifier(estimator, "LGBMClassifier")
        booster, classes = estimator.booster_, list(estimator.classes_)
    require_width(booster.num_feature(), frame, booster.feature_name())
    best = booster.best_iteration if booster.best_iteration > 0 else -1
    names: Optional[Sequence[str]] = booster.feature_name()
    if names is not None and all(name == f"Column_{i}" for i, name in enumerate(names)):
        names = None

    def answer(frame: pd.DataFrame) -> Floats:
        rows = frame if names is not None else frame.to_numpy(dtype=np.float64)
        said = np.asarray(booster.predict(rows, num_iteration=best), np.float64)
        return both_classes(said) if said.ndim == 1 else said

    text = booster.model_to_string(num_iteration=best)
    _require_lightgbm_trees(text)
    return PackedModel(
        library="lightgbm",
        version=lightgbm.__version__,
        answer=answer,
        classes=classes,
        file="model.lgbm.txt",
        content=text.encode("utf-8"),
        categories=_lightgbm_categories(booster, frame),
        names=None if names is None else list(names),
        parameters={str(name): str(value) for name, value in booster.params.items()},
    )


def _lightgbm_categories(booster: Any, frame: pd.DataFrame) -> Dict[int, Sequence[Any]]:
    """Of the frame it was fitted on; it codes the categories of any other by them."""
    columns = [i for i, dtype in enumerate(frame.dtypes) if isinstance(dtype, pd.CategoricalDtype)]
    lists = booster.pandas_categorical or []
    return dict(zip(columns, lists)) if len(lists) == len(columns) else {}


def _require_xgboost_trees(learner: Any) -> None:
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    if booster["name"] not in ("gbtree", "dart"):
        raise PackError(f'The booster "{booster["name"]}" is not made of trees; train with booster="gbtree" or "dart", then pack it.')
    if objective not in XGBOOST_OBJECTIVES:
        raise PackError(f'The objective "{objective}" gives no class probabilities; train with one of {", ".join(XGBOOST_OBJECTIVES)}, then pack it.')
    forest = booster["gbtree"]["model"] if booster["name"] == "dart" else booster["model"]
    if int(learner["learner_model_param"].get("num_target", 1)) > 1:
        raise PackError("The model predicts several outputs at once; fit one model per output, and pack each for a model of its own.")
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in forest["trees"][:1]):
        raise PackError('Leaves that hold a value per class are not read; train with multi_strategy="one_output_per_tree", then pack it.')


def _require_lightgbm_trees(text: str) -> None:
    said = re.search(r"^objective=(\S+)", text, re.MULTILINE)
    objective = said.group(1) if said else "custom"
    if objective not in LIGHTGBM_OBJECTIVES:
        raise PackError(f'The objective "{objective}" says not how its sums become probabilities; train with one of {", ".join(LIGHTGBM_OBJECTIVES)}, then pack it.')
    if re.search(r"^is_linear=1", text, re.MULTILINE):
        raise PackError("Its leaves are linear models, which are not read; train with linear_tree=False, then pack it.")


def _require_classifier(estimator: Any, wanted: str) -> None:
    if not hasattr(estimator, "predict_proba"):
        raise PackError(f"A {type(estimator).__name__} gives no class probabilities, and Ratchet serves classifiers; fit a {wanted}, then pack it.")
    if getattr(estimator, "_Booster", None) is None or not hasattr(estimator, "classes_"):
        raise PackError(f"The {type(estimator).__name__} is not fitted; call fit(frame, labels) first, then pack it.")


def _attribute(booster: Any, name: str) -> Optional[str]:
    value = booster.attr(name)
    return None if value is None else str(value)
