"""scikit-learn's RandomForest, ExtraTrees and DecisionTree classifiers, and its GradientBoosting."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import pandas as pd

from ..errors import PackError
from ..trees import Ensemble, Floats, Tree, tree_of_nodes
from .model import PackedModel, ask, names_of, plain_parameters, require_fitted, require_width


def read_forest(estimator: Any, frame: pd.DataFrame) -> PackedModel:
    """RandomForestClassifier, ExtraTreesClassifier and DecisionTreeClassifier: the mean of what the trees say."""
    require_fitted(estimator, "n_outputs_")
    require_width(estimator.n_features_in_, frame, names_of(estimator))
    if estimator.n_outputs_ != 1:
        raise PackError("The estimator predicts several outputs at once; fit one estimator per output, and pack each for a model of its own.")
    trees = [one.tree_ for one in getattr(estimator, "estimators_", [estimator])]
    binary = len(estimator.classes_) == 2

    def shares(tree: Any) -> Floats:
        counts = tree.value[:, 0, :]
        total = counts.sum(axis=1, keepdims=True)
        share = counts / np.where(total == 0, 1, total)
        return np.asarray(share[:, 1:] if binary else share)

    classes = len(estimator.classes_)
    ensemble = Ensemble(
        width=estimator.n_features_in_,
        classes=classes,
        base=[0.0] * (1 if binary else classes),
        divisor=len(trees),
        link="identity",
        trees=[_tree(tree, shares(tree), 0 if binary else None) for tree in trees],
    )
    return _packed(estimator, ensemble)


def read_gradient_boosting(estimator: Any, frame: pd.DataFrame) -> PackedModel:
    """GradientBoostingClassifier: a start, and what every tree adds to it."""
    require_fitted(estimator, "estimators_")
    require_width(estimator.n_features_in_, frame, names_of(estimator))
    classes = len(estimator.classes_)
    stages = estimator.estimators_
    groups = stages.shape[1]
    if getattr(estimator, "init_", None) != "zero" and type(estimator.init_).__name__ != "DummyClassifier":
        raise PackError(
            f"The boosting starts from a {type(estimator.init_).__name__}, which is no constant; fit it with init=None or init='zero', then pack it."
        )
    start = [0.0] * groups if estimator.init_ == "zero" else estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_))).ravel()
    ensemble = Ensemble(
        width=estimator.n_features_in_,
        classes=classes,
        base=[float(value) for value in start],
        divisor=1.0,
        link="sigmoid" if groups == 1 else "softmax",
        # The exponential loss fits half the log-odds.
        scale=2.0 if estimator.loss == "exponential" else 1.0,
        trees=[
            _tree(stages[i, k].tree_, stages[i, k].tree_.value[:, 0, :] * estimator.learning_rate, k)
            for i in range(stages.shape[0])
            for k in range(groups)
        ],
    )
    return _packed(estimator, ensemble)


def _tree(tree: Any, values: Floats, group: Optional[int]) -> Tree:
    nodes = tree.__getstate__()["nodes"]
    fields = nodes.dtype.names or ()
    # Versions before 1.3 take no missing values.
    missing = nodes["missing_go_to_left"] if "missing_go_to_left" in fields else np.zeros(len(nodes), np.uint8)
    return tree_of_nodes(
        is_leaf=tree.children_left < 0,
        column=tree.feature,
        threshold=tree.threshold,
        missing_left=missing,
        left=tree.children_left,
        right=tree.children_right,
        values=values,
        cover=tree.weighted_n_node_samples,
        group=group,
    )


def _packed(estimator: Any, ensemble: Ensemble) -> PackedModel:
    import sklearn

    names = names_of(estimator)
    return PackedModel(
        library="scikit-learn",
        version=sklearn.__version__,
        answer=ask(estimator, names),
        classes=list(estimator.classes_),
        ensemble=ensemble,
        names=names,
        importance=[float(value) for value in estimator.feature_importances_],
        parameters={"estimator": type(estimator).__name__, **plain_parameters(estimator.get_params(deep=False))},
    )
