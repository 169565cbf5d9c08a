"""scikit-learn's HistGradientBoostingClassifier, with its categories."""
from __future__ import annotations

from typing import Any, Dict, List, Sequence

import numpy as np
import pandas as pd

from ..trees import Ensemble, Ints, Tree, tree_of_nodes
from .model import PackedModel, ask, names_of, plain_parameters, require_fitted, require_width


def read_hist_gradient_boosting(estimator: Any, frame: pd.DataFrame) -> PackedModel:
    """A start, and what every tree adds to it. Its trees compare float64, and categories by sets."""
    import sklearn

    require_fitted(estimator, "_predictors")
    require_width(estimator.n_features_in_, frame, names_of(estimator))
    classes = len(estimator.classes_)
    start = np.asarray(estimator._baseline_prediction, np.float64).ravel()
    order, categories = _columns(estimator)
    known, known_of = estimator._bin_mapper.make_known_categories_bitsets()
    # A missing value and an unknown category go the same way.
    trees: List[Tree] = [
        _tree(predictor, k, order, lambda column: _members(known[known_of[column]]))
        for stage in estimator._predictors
        for k, predictor in enumerate(stage)
    ]
    ensemble = Ensemble(
        width=estimator.n_features_in_,
        classes=classes,
        base=start.tolist(),
        divisor=1.0,
        link="sigmoid" if len(start) == 1 else "softmax",
        values="float64",
        trees=trees,
    )
    names = names_of(estimator)
    return PackedModel(
        library="scikit-learn",
        version=sklearn.__version__,
        answer=ask(estimator, names),
        classes=list(estimator.classes_),
        ensemble=ensemble,
        categories=categories,
        names=names,
        importance=_gains(estimator, order),
        parameters={"estimator": type(estimator).__name__, **plain_parameters(estimator.get_params(deep=False))},
    )


def _columns(estimator: Any) -> "tuple[Ints, Dict[int, Sequence[Any]]]":
    """Which column of the frame each column of the trees is, and the categories behind codes, by column of the frame."""
    width = estimator.n_features_in_
    is_categorical = estimator.is_categorical_
    if is_categorical is None:
        return np.arange(width), {}
    chosen = np.flatnonzero(is_categorical)
    preprocessor = getattr(estimator, "_preprocessor", None)
    if preprocessor is None:
        # Before 1.4 the codes are the frame's own numbers.
        return np.arange(width), {int(column): list(range(256)) for column in chosen}
    encoder = preprocessor.named_transformers_["encoder"]
    lists: Dict[int, Sequence[Any]] = {
        int(column): [category for category in found if not _is_missing(category)]
        for column, found in zip(chosen, encoder.categories_)
    }
    # Categorical columns come first.
    return np.concatenate([chosen, np.flatnonzero(~np.asarray(is_categorical))]), lists


def _is_missing(category: Any) -> bool:
    return category is None or category != category


def _tree(predictor: Any, group: int, order: Ints, known_of: Any) -> Tree:
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(bool)
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    missing_left = nodes["missing_go_to_left"].astype(np.int64)
    sets: Dict[int, Sequence[int]] = {}
    for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~is_leaf):
        going_left = _members(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
        if missing_left[node]:
            # Whatever is not known goes left: so the set is of those that go right, with the children swapped.
            sets[int(node)] = sorted(set(known_of(nodes["feature_idx"][node])) - set(going_left))
            left[node], right[node] = right[node], left[node]
            missing_left[node] = 0
        else:
            sets[int(node)] = going_left
    return tree_of_nodes(
        is_leaf=is_leaf,
        column=order[nodes["feature_idx"].astype(np.int64)],
        threshold=nodes["num_threshold"],
        missing_left=missing_left,
        left=left,
        right=right,
        values=nodes["value"].reshape(-1, 1),
        cover=nodes["count"],
        group=group,
        sets_of_nodes=sets,
    )


def _members(bitset: Any) -> List[int]:
    return [32 * word + bit for word, bits in enumerate(bitset) for bit in range(32) if (int(bits) >> bit) & 1]


def _gains(estimator: Any, order: Ints) -> List[float]:
    gains = np.zeros(estimator.n_features_in_)
    for stage in estimator._predictors:
        for predictor in stage:
            splits = predictor.nodes[predictor.nodes["is_leaf"] == 0]
            np.add.at(gains, order[splits["feature_idx"].astype(np.int64)], np.maximum(splits["gain"], 0))
    return [float(gain) for gain in gains]
