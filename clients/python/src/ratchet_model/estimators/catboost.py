"""CatBoost's classifiers, by its JSON export: numeric features, and categories that it splits one by one."""
from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ..errors import PackError
from ..trees import Ensemble, Floats, Tree, tree_of_nodes
from .model import PackedModel, plain_parameters, require_width

#: column, threshold, category code (-1 for a comparison), whether a missing value goes left
Condition = Tuple[int, float, int, bool]

LINKS = {"Logloss": "sigmoid", "CrossEntropy": "sigmoid", "MultiClass": "softmax", "MultiClassOneVsAll": "sigmoid-each"}


def read_catboost(estimator: Any, frame: pd.DataFrame) -> PackedModel:
    """A CatBoostClassifier, or a CatBoost that was trained with a classification loss."""
    import catboost

    if not estimator.is_fitted():
        raise PackError(f"The {type(estimator).__name__} is not fitted; call fit(frame, labels) first, then pack it.")
    require_width(len(estimator.feature_names_), frame, estimator.feature_names_)
    chosen = list(estimator.get_cat_feature_indices())
    document = _export(estimator, frame, chosen)
    info = document["features_info"]
    loss = document["model_info"]["params"]["loss_function"]["type"]
    if loss not in LINKS:
        raise PackError(f'The loss "{loss}" gives no class probabilities; train with loss_function="Logloss" or "MultiClass", then pack it.')
    if info.get("text_features") or info.get("embedding_features"):
        raise PackError("The model reads text or embedding features, which Ratchet has not; train it without them, then pack it.")
    categories = {column: _categories(frame, column) for column in chosen}
    read = _Conditions(info, categories)
    named = list(estimator.feature_names_) != [str(i) for i in range(frame.shape[1])]
    dimensions = len(document["scale_and_bias"][1])
    if "oblivious_trees" in document:
        trees = [_oblivious(tree, dimensions, read) for tree in document["oblivious_trees"]]
    else:
        trees = [_branching(tree, dimensions, read) for tree in document["trees"]]
    scale, bias = document["scale_and_bias"]
    if scale != 1:
        trees = [_scaled(tree, float(scale)) for tree in trees]
    ensemble = Ensemble(
        width=frame.shape[1],
        classes=max(2, dimensions),
        base=[float(value) for value in bias],
        divisor=1.0,
        link=LINKS[loss],
        trees=trees,
    )
    return PackedModel(
        library="catboost",
        version=catboost.__version__,
        # A frame's names have to be the model's, and without names it calls its columns 0, 1, 2.
        answer=lambda rows: _answer(estimator, rows if named else rows.set_axis(estimator.feature_names_, axis=1), loss),
        classes=list(estimator.classes_),
        ensemble=ensemble,
        categories=categories,
        names=[str(name) for name in estimator.feature_names_] if named else None,
        importance=[max(0.0, float(value)) for value in estimator.get_feature_importance(type="PredictionValuesChange")],
        parameters=plain_parameters(estimator.get_params()),
    )


def _answer(estimator: Any, rows: pd.DataFrame, loss: str) -> Floats:
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(rows), np.float64)
    return np.asarray(estimator.predict(rows, prediction_type="Probability"), np.float64)


def _export(estimator: Any, frame: pd.DataFrame, chosen: Sequence[int]) -> Dict[str, Any]:
    import catboost

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        # The pool tells it the names behind the hashes of categories.
        estimator.save_model(str(path), format="json", pool=catboost.Pool(frame, cat_features=list(chosen)) if chosen else None)
        document: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _text(category: Any) -> str:
    """As CatBoost hashes it: it takes a boolean for a number."""
    return str(int(category) if isinstance(category, (bool, np.bool_)) else category)


def _categories(frame: pd.DataFrame, column: int) -> List[Any]:
    values = frame.iloc[:, column]
    listed = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else pd.unique(values.dropna())
    return sorted(listed, key=str)


class _Conditions:
    """Splits of the export as conditions on columns of the frame."""

    def __init__(self, info: Mapping[str, Any], categories: Mapping[int, Sequence[Any]]) -> None:
        self._floats = {one["feature_index"]: one for one in info.get("float_features", [])}
        self._columns = {one["feature_index"]: one["flat_feature_index"] for one in info.get("categorical_features", [])}
        self._names = {int(one["hash"]) & 0xFFFFFFFF: one["value"] for one in info.get("cat_features_hash", [])}
        self._codes = {column: {_text(value): code for code, value in enumerate(values)} for column, values in categories.items()}

    def of(self, split: Mapping[str, Any]) -> Condition:
        """The condition under which a row goes left; the export's conditions send rows right."""
        kind = split["split_type"]
        if kind == "FloatFeature":
            feature = self._floats[split["float_feature_index"]]
            # A missing value is below every border, unless the feature treats it as above.
            return feature["flat_feature_index"], float(split["border"]), -1, feature["nan_value_treatment"] != "AsTrue"
        if kind == "OneHotFeature":
            column = self._columns[split["cat_feature_index"]]
            name = self._names.get(int(split["value"]) & 0xFFFFFFFF)
            code = None if name is None else self._codes[column].get(name)
            if code is None:
                raise PackError(
                    f"The model knows a category of column {column + 1} that the frame does not have; pass the frame that it was fitted on."
                )
            return column, 0.0, code, False
        raise PackError(
            "The model replaces categories by statistics of the target (CTR), which only CatBoost can do; "
            "train it with one_hot_max_size above the number of categories (at most 255) and max_ctr_complexity=0, or on one-hot columns, then pack it."
        )


def _build(conditions: Sequence[Optional[Condition]], left: Sequence[int], right: Sequence[int], values: Floats) -> Tree:
    """A tree from nodes, None being a leaf. A set sends a row left here, and right in the export: its children are swapped."""
    known = [condition or (0, 0.0, -1, False) for condition in conditions]
    lefts, rights = np.asarray(left, np.int64), np.asarray(right, np.int64)
    sets: Dict[int, Sequence[int]] = {node: [code] for node, (_, _, code, _) in enumerate(known) if code >= 0}
    for node in sets:
        lefts[node], rights[node] = rights[node], lefts[node]
    return tree_of_nodes(
        is_leaf=np.asarray([condition is None for condition in conditions]),
        column=np.asarray([column for column, _, _, _ in known], np.int64),
        threshold=np.asarray([threshold for _, threshold, _, _ in known]),
        missing_left=np.asarray([missing for _, _, _, missing in known]),
        left=lefts,
        right=rights,
        values=values,
        group=0 if values.shape[1] == 1 else None,
        sets_of_nodes=sets,
    )


def _oblivious(tree: Mapping[str, Any], dimensions: int, read: _Conditions) -> Tree:
    """All nodes of a level ask the same; bit i of a leaf's number is the answer of level i."""
    conditions = [read.of(split) for split in tree.get("splits") or []]
    depth = len(conditions)
    leaf_values = np.asarray(tree["leaf_values"], np.float64).reshape(-1, dimensions)
    inner = 2**depth - 1
    nodes: List[Optional[Condition]] = [conditions[(node + 1).bit_length() - 1] for node in range(inner)] + [None] * 2**depth
    values = np.zeros((len(nodes), dimensions))
    for leaf in range(2**depth):
        # The path to the place of a leaf in the last level holds the first level's answer in its highest bit.
        reversed_bits = int(format(leaf, f"0{depth}b")[::-1], 2) if depth else 0
        values[inner + leaf] = leaf_values[reversed_bits]
    children = np.arange(len(nodes))
    left, right = 2 * children + 1, 2 * children + 2
    return _build(nodes, np.where(children < inner, left, 0).tolist(), np.where(children < inner, right, 0).tolist(), values)


def _branching(root: Mapping[str, Any], dimensions: int, read: _Conditions) -> Tree:
    conditions: List[Optional[Condition]] = []
    left: List[int] = []
    right: List[int] = []
    values: List[List[float]] = []
    waiting: List[Tuple[Mapping[str, Any], int, bool]] = [(root, -1, False)]
    while waiting:
        node, parent, is_right = waiting.pop()
        number = len(conditions)
        if parent >= 0:
            (right if is_right else left)[parent] = number
        is_leaf = "split" not in node
        conditions.append(None if is_leaf else read.of(node["split"]))
        value = node["value"] if is_leaf else [0.0] * dimensions
        values.append([float(one) for one in (value if isinstance(value, list) else [value])])
        left.append(0)
        right.append(0)
        if not is_leaf:
            waiting.extend([(node["left"], number, False), (node["right"], number, True)])
    return _build(conditions, left, right, np.asarray(values))


def _scaled(tree: Tree, scale: float) -> Tree:
    return replace(tree, leaves=tree.leaves * scale)
