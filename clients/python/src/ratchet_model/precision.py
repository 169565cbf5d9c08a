"""Ratchet keeps values in single precision: what that changes, and what can be done about it."""
from __future__ import annotations

from dataclasses import replace
from typing import Any, List

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .columns import Layout
from .errors import PackError
from .estimators.model import PackedModel
from .trees import TOLERANCE, Ensemble, Floats

#: Of the rows, at most this share may be answered otherwise.
MOST_DIFFERENT = 0.001
#: Rows that are looked at.
PRECISION_ROWS = 5000


def in_precision(frame: pd.DataFrame, layout: Layout, kind: Any) -> pd.DataFrame:
    """The frame with numbers as float32 (as Ratchet keeps them) or float64; infinities are missing, as nobody can send them."""
    done = frame.copy()
    for column in layout.number_columns():
        with np.errstate(over="ignore"):
            values = frame.iloc[:, column].to_numpy(dtype=np.float64, na_value=np.nan).astype(kind).astype(np.float64) + 0.0
        done.isetitem(column, np.where(np.isfinite(values), values, np.nan))
    return done


def with_rounded_thresholds(ensemble: Ensemble, frame: pd.DataFrame, layout: Layout) -> Ensemble:
    """Trees that compare in double precision, so that they part the frame's rows as before when the values are rounded.

    A threshold that is a value of the data itself is rounded as the value is: both sides of it stay where they are. One between
    two values stays what it is, unless fewer rows change sides by rounding it.
    """
    trees = list(ensemble.trees)
    for column, thresholds in ensemble.thresholds().items():
        values = np.unique(frame.iloc[:, column].to_numpy(dtype=np.float64, na_value=np.nan)) if column in layout.number_columns() else np.zeros(0)
        rounded = _rounded(thresholds, values[np.isfinite(values)])
        for i, tree in enumerate(trees):
            here = (tree.column == column) & np.isin(tree.threshold, thresholds)
            if len(tree.set) > 0:
                here &= tree.set < 0
            if here.any():
                threshold = tree.threshold.copy()
                threshold[here] = rounded[np.searchsorted(thresholds, threshold[here])]
                trees[i] = replace(tree, threshold=threshold)
    return replace(ensemble, trees=trees)


def _rounded(thresholds: Floats, values: Floats) -> Floats:
    """:param thresholds: ascending
    :param values: of the data, ascending"""
    with np.errstate(over="ignore"):
        single: NDArray[Any] = values.astype(np.float32).astype(np.float64)
        candidates = thresholds.astype(np.float32).astype(np.float64)
    below = np.searchsorted(values, thresholds, side="right")
    # Rounding keeps the order: so counts of values on a side tell how many change it.
    as_it_is = np.abs(np.searchsorted(single, thresholds, side="right") - below)
    as_rounded = np.abs(np.searchsorted(single, candidates, side="right") - below)
    return np.where(np.isfinite(candidates) & (as_rounded < as_it_is), candidates, thresholds)


def precision_warning(frame: pd.DataFrame, layout: Layout, model: PackedModel, seed: int) -> List[str]:
    """Compares the estimator's answers with those in single precision. Raises PackError where too many differ."""
    rows = frame.iloc[np.random.default_rng(seed).permutation(len(frame))[:PRECISION_ROWS]]
    exact = layout.filled(in_precision(rows, layout, np.float64))
    if model.ensemble is None:
        single = model.answer(layout.filled(in_precision(rows, layout, np.float32)))
    else:
        single = model.ensemble.with_columns(layout.places, layout.columns).probabilities(layout.matrix(exact))
    differs = ~(np.abs(model.answer(exact) - single).max(axis=1) <= TOLERANCE)
    if not differs.any():
        return []
    sentence = f"{int(differs.sum())} of {len(rows)} rows are answered otherwise in single precision, which Ratchet keeps values in."
    if differs.mean() > MOST_DIFFERENT:
        raise PackError(
            f"{sentence} Fit on smaller numbers: subtract an offset, or count hours instead of seconds; or fit on frame.astype('float32')."
        )
    return [sentence]
