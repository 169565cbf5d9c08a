"""What ``pack`` needs of any estimator."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import PackError
from ..trees import Ensemble, Floats


@dataclass(frozen=True)
class PackedModel:
    """An estimator that was taken apart."""

    #: "scikit-learn", "catboost", "onnx", "xgboost" or "lightgbm"
    library: str
    version: str
    #: asks the library itself: a probability per row and class
    answer: Callable[[pd.DataFrame], Floats]
    #: the estimator's own class labels, in order; None where it numbers them
    classes: Optional[Sequence[Any]]
    #: its trees in Ratchet's form; None where ``file`` is the library's own format, which Ratchet reads
    ensemble: Optional[Ensemble] = None
    #: name and content of the file that the library itself writes
    file: Optional[str] = None
    content: bytes = b""
    #: the categories behind the codes that the trees compare, by the number of the frame's column
    categories: Mapping[int, Sequence[Any]] = field(default_factory=dict)
    #: names of the columns it was fitted on; None where it was fitted on a bare array
    names: Optional[Sequence[str]] = None
    importance: Optional[Sequence[float]] = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    #: boosting rounds to predict with, where the file holds more
    rounds: Optional[int] = None
    #: what whoever packs it should know, in sentences
    warnings: Sequence[str] = ()


def both_classes(second: NDArray[Any]) -> Floats:
    """[1 - p, p] for each probability of the second class."""
    p = np.asarray(second, np.float64).reshape(-1)
    return np.column_stack([1 - p, p])


def plain_parameters(parameters: Mapping[str, Any]) -> Dict[str, str]:
    """Parameters as texts, for whoever wants to know later."""
    return {str(name): str(value) for name, value in parameters.items() if value is not None}


def names_of(estimator: Any) -> Optional[Sequence[str]]:
    """The names of the columns that a scikit-learn estimator was fitted on."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def ask(estimator: Any, names: Optional[Sequence[str]]) -> Callable[[pd.DataFrame], Floats]:
    """``predict_proba`` on a frame, or on its values for an estimator that was fitted on a bare array."""

    def answer(frame: pd.DataFrame) -> Floats:
        rows = frame if names is not None else frame.to_numpy(dtype=np.float64)
        return np.asarray(estimator.predict_proba(rows), np.float64)

    return answer


def require_width(width: int, frame: pd.DataFrame, names: Optional[Sequence[str]] = None) -> None:
    """Raises PackError for a frame of more or fewer columns than the estimator was fitted on, naming those that differ where it knows their names."""
    if width == frame.shape[1]:
        return
    columns = [str(column) for column in frame.columns]
    raise PackError(
        f"The estimator was fitted on {width} columns, and the frame has {len(columns)} ({_few(columns)}){_differing(columns, names or ())}; "
        "pass those that it was fitted on, in that order: frame[[…]]."
    )


def _few(names: Sequence[str]) -> str:
    return f"{', '.join(names[:8])}{', …' if len(names) > 8 else ''}"


def _differing(columns: Sequence[str], names: Sequence[str]) -> str:
    """Which columns are lacking and which are too many, as a part of a sentence; nothing for a bare array, whose columns have made-up names."""
    if not set(columns) & set(names):
        return ""
    lacking = [name for name in names if name not in columns]
    more = [column for column in columns if column not in names]
    return (f"; {_few(lacking)} {'is' if len(lacking) == 1 else 'are'} lacking" if lacking else "") + (f"; it was not fitted on {_few(more)}" if more else "")


def require_fitted(estimator: Any, attribute: str) -> None:
    """Raises PackError for an estimator without what fitting leaves behind."""
    if not hasattr(estimator, attribute):
        raise PackError(f"The {type(estimator).__name__} is not fitted; call fit(frame, labels) first, then pack it.")
