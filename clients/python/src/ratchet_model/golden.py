"""Rows with the library's own answers, by which Ratchet tells that it reads a model as it was meant."""
from __future__ import annotations

from typing import Any, List

import numpy as np
import pandas as pd

from .columns import Coded, Layout, Number, OneHot
from .errors import PackError
from .estimators.model import PackedModel
from .precision import in_precision
from .trees import TOLERANCE, Floats


def asked_rows(frame: pd.DataFrame, layout: Layout, model: PackedModel, count: int, seed: int) -> pd.DataFrame:
    """Rows of the frame, and after them the same with values changed: at thresholds and beside them, missing, unseen, extreme."""
    random = np.random.default_rng(seed)
    double = model.ensemble is not None and model.ensemble.values == "float64"
    plain = in_precision(frame, layout, np.float64 if double else np.float32)
    picked = plain.iloc[random.permutation(len(plain))[: max(1, count * 2 // 3)]]
    changed = plain.iloc[random.integers(0, len(plain), max(1, count - len(picked)))].copy()
    thresholds = {} if model.ensemble is None else model.ensemble.thresholds()
    for part in layout.parts:
        touched = random.random(len(changed)) < 0.4
        if isinstance(part, OneHot):
            for column in [*part.columns, *([part.unseen] if part.unseen >= 0 else [])]:
                values = changed.iloc[:, column].to_numpy(dtype=np.float64, copy=True)
                values[touched] = 1.0 if column == part.unseen else 0.0
                changed.isetitem(column, values)
        elif isinstance(part, Number):
            values = changed.iloc[:, part.column].to_numpy(dtype=np.float64, copy=True)
            choices = [np.nan] if part.feature.kind == "boolean" else _near(thresholds.get(part.column, np.zeros(0)), double, random)
            values[touched] = random.choice(np.asarray(choices), int(touched.sum()))
            changed.isetitem(part.column, values)
        else:
            _unlist(changed, part, touched, model)
    return pd.concat([picked, changed], ignore_index=True)


def _near(thresholds: Floats, double: bool, random: Any) -> List[float]:
    some = random.choice(thresholds, min(len(thresholds), 20), replace=False)
    single = some.astype(np.float32)
    up, down = np.nextafter(single, np.float32(np.inf)), np.nextafter(single, np.float32(-np.inf))
    # One that was rounded stands for a value that is not known any more.
    at = single[single != some] if double else single
    # Some libraries have a border at the largest number; nobody can send the infinity beside it.
    beside = [value for value in [*at, *up, *down] if np.isfinite(value)]
    return [float(value) for value in [*beside, np.nan, 0.0, -1.0, np.float32(1e30), np.float32(-1e30)]]


def _unlist(changed: pd.DataFrame, part: Coded, touched: Any, model: PackedModel) -> None:
    """Categories that the model has not seen; missing ones where its library takes them."""
    values = changed.iloc[:, part.column]
    if model.library == "catboost":
        if all(isinstance(value, str) for value in part.values):
            changed.isetitem(part.column, values.astype(object).mask(pd.Series(touched, index=values.index), "never-seen-before"))
        return
    changed.isetitem(part.column, values.mask(pd.Series(touched, index=values.index), np.nan))


def require_same(model: PackedModel, rows: Any, answers: Floats) -> None:
    """Raises PackError where the converted trees do not answer as the library did."""
    if model.ensemble is None:
        return
    difference = np.abs(model.ensemble.probabilities(rows) - answers).max(axis=1)
    worst = int(np.nanargmax(np.where(np.isnan(difference), np.inf, difference)))
    if not difference[worst] <= TOLERANCE:
        raise PackError(
            f"The {model.library} model cannot be converted exactly: row {worst + 1} of the golden rows differs by {difference[worst]:.1e}, "
            f"and {TOLERANCE:.0e} is allowed. Report it with the estimator's parameters and the version of {model.library} ({model.version})."
        )
