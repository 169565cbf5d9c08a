"""``pack``: a fitted estimator becomes a folder that Ratchet registers."""
from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np
import pandas as pd

from .columns import Layout, Number, layout_of, text_of
from .definition import Definition, DefinitionLike, read_definition
from .errors import PackError
from .estimators.model import PackedModel
from .estimators.table import read_estimator
from .golden import asked_rows, require_same
from .precision import in_precision, precision_warning, with_rounded_thresholds
from .trees import TOLERANCE

#: Values in the golden rows, so that what is sent stays small however many columns there are.
MOST_GOLDEN_VALUES = 200_000
#: As many as Ratchet takes.
MOST_GOLDEN_ROWS = 5000
FEWEST_ROWS = 36
#: What is often put in the place of a missing category, as CatBoost takes none.
STAND_INS = ("missing", "unknown", "nan", "none", "null", "na", "n/a", "<na>")
MODEL_FILES = ("model.trees.json", "model.xgb.json", "model.lgbm.txt")


@dataclass(frozen=True)
class Package:
    """A folder that ``push`` and ``ratchet register`` take: model file, manifest.json and golden.json."""

    folder: Path
    #: name of the model that it is a version of
    model: str
    file: str
    manifest: Mapping[str, Any]
    #: rows with the library's own answers
    golden: int
    warnings: Sequence[str]


def pack(
    estimator: Any,
    frame: pd.DataFrame,
    definition: DefinitionLike,
    *,
    folder: Union[str, "os.PathLike[str]", None] = None,
    categories: Optional[Mapping[str, Sequence[Any]]] = None,
    rows: int = 300,
    seed: int = 0,
) -> Package:
    """Writes a fitted estimator as a package.

    :param estimator: fitted: scikit-learn's forests and boosting, CatBoost, XGBoost or LightGBM (wrapper or Booster),
        an ``onnx.ModelProto``, or the path of an ``.onnx`` file
    :param frame: the rows it was fitted on, with named columns, or any others of the same kind; at least 36
    :param definition: the model's definition: its YAML file, or a dictionary
    :param folder: where to write; by default ``NAME-package`` in the working folder
    :param categories: names of the categories of a feature, as an engine sends them: in the order of the codes where the frame holds
        numbers, in the order of the columns where it holds one of 0 and 1 for each
    :param rows: golden rows, at most 5000: the estimator answers them here, and Ratchet takes the model only if it answers them alike
    :raises PackError: with what to do, for what cannot be served exactly
    """
    if not isinstance(frame, pd.DataFrame):
        remedy = "pass frame.to_pandas()" if hasattr(frame, "to_pandas") else "pass pandas.DataFrame(X, columns=[…]) with the names of the features"
        raise PackError(f"The frame is a {type(frame).__module__.split('.')[0]} {type(frame).__name__}, and pack reads pandas frames, whose columns have names; {remedy}.")
    if len(frame) < FEWEST_ROWS:
        raise PackError(f"The frame has {len(frame)} rows; pass at least {FEWEST_ROWS}, best the ones that the estimator was fitted on.")
    defined = read_definition(definition)
    model = read_estimator(estimator, frame)
    _require_names(model, frame)
    _require_classes(model, defined)
    _require_categorical(categories or {}, defined)
    layout = _with_fills(layout_of(defined, frame, model, categories or {}), frame, model)
    if model.ensemble is None:
        _require_order(layout, frame, model)
    else:
        ensemble = replace(model.ensemble, width=frame.shape[1])
        if ensemble.values == "float64":
            ensemble = with_rounded_thresholds(ensemble, frame, layout)
        model = replace(model, ensemble=ensemble)
    warnings = [*_order_warning(model), *_stand_in_warnings(layout), *model.warnings, *precision_warning(frame, layout, model, seed)]
    count = max(FEWEST_ROWS, min(rows, MOST_GOLDEN_ROWS, MOST_GOLDEN_VALUES // max(1, len(layout.columns))))
    asked = asked_rows(frame, layout, model, count, seed)
    filled = layout.filled(asked)
    answers = model.answer(filled)
    if answers.shape != (len(asked), len(defined.classes)):
        raise PackError(f"The estimator tells {answers.shape[1]} classes apart, and the definition has {len(defined.classes)} ({', '.join(defined.classes)}); make them the same.")
    if not (np.isfinite(answers).all() and answers.min() >= -TOLERANCE and answers.max() <= 1 + TOLERANCE):
        raise PackError("The estimator's answers are no probabilities between 0 and 1; fit it with a classification loss, then pack it.")
    matrix = layout.matrix(filled)
    if model.ensemble is not None:
        model = replace(model, ensemble=model.ensemble.with_columns(layout.places, layout.columns))
    require_same(model, matrix, answers)

    target = Path(os.fspath(folder)) if folder is not None else Path(f"{defined.name}-package")
    file = model.file or "model.trees.json"
    content = model.content if model.ensemble is None else (json.dumps(model.ensemble.document(), separators=(",", ":")) + "\n").encode()
    # Ratchet refuses a file that is not the one these golden rows belong to.
    manifest = {**_manifest(model, layout, defined, warnings), "model": {"file": file, "sha256": hashlib.sha256(content).hexdigest()}}
    golden = [
        {"input": given, "action": action, "row": [None if np.isnan(v) else float(v) for v in row], "probabilities": [float(p) for p in said]}
        for given, action, row, said in zip(layout.inputs(asked), layout.chosen_actions(asked), matrix, answers)
    ]
    _write(target, file, content, manifest, golden)
    return Package(folder=target, model=defined.name, file=file, manifest=manifest, golden=len(golden), warnings=warnings)


def _require_names(model: PackedModel, frame: pd.DataFrame) -> None:
    if model.names is None:
        return
    found = [str(name) for name in frame.columns]
    # LightGBM writes "_" for blanks.
    if [name.replace(" ", "_") for name in found] != [name.replace(" ", "_") for name in model.names]:
        missing = [name for name in model.names if name.replace(" ", "_") not in {one.replace(" ", "_") for one in found}]
        if missing:
            raise PackError(f"The frame lacks columns that the estimator was fitted on: {', '.join(missing)}; pass the frame that it was fitted on.")
        raise PackError(f"The estimator was fitted on the columns {', '.join(model.names)}, and the frame has {', '.join(found)}; pass them in that order: frame[[…]].")


def _require_classes(model: PackedModel, definition: Definition) -> None:
    if model.classes is None:
        return
    texts = [text_of(label) for label in model.classes]
    if len(texts) != len(definition.classes):
        raise PackError(f"The estimator tells {len(texts)} classes apart ({', '.join(texts)}), and the definition has {', '.join(definition.classes)}; make them the same.")
    numbered = texts == [str(number) for number in range(len(texts))] or texts == ["false", "true"]
    # Numbers that are names of the definition as well mean those.
    if texts != list(definition.classes) and (not numbered or set(texts) & set(definition.classes)):
        raise PackError(
            f"The estimator has the classes {', '.join(texts)}, and the definition {', '.join(definition.classes)}; "
            "put them into the definition in the estimator's order, or fit on their numbers in the definition's order."
        )


def _require_categorical(categories: Mapping[str, Any], definition: Definition) -> None:
    known = [feature.name for feature in definition.features if feature.kind == "categorical"]
    for name in categories:
        if name not in known:
            raise PackError(f'categories names "{name}", which is no categorical feature of the definition; it has {", ".join(known) or "none"}.')


def _order_warning(model: PackedModel) -> List[str]:
    if model.names is not None:
        return []
    return ["The estimator knows no names of columns; its first column is taken to be the frame's first, and so on."]


def _stand_in_warnings(layout: Layout) -> List[str]:
    """A category that was put where none was known is not what Ratchet makes of a missing one."""
    found = [
        (encoder["feature"], category)
        for encoder in layout.encoders()
        for category in encoder.get("categories", [])
        if str(category).strip().lower() in STAND_INS
    ]
    return [
        f'"{feature}" has a category "{category}": if it was put where none was known, put it into requests and imported rows, too. '
        f'Without it Ratchet has a missing "{feature}", which the model answers otherwise.'
        for feature, category in found
    ]


def _require_order(layout: Layout, frame: pd.DataFrame, model: PackedModel) -> None:
    """A library's own file cannot be given other columns than it has."""
    if list(layout.places) == list(range(len(layout.columns))) and frame.shape[1] == len(layout.columns):
        return
    raise PackError(
        f"Ratchet gives the model the columns {', '.join(layout.columns)}, and it was fitted on {', '.join(map(str, frame.columns))}. "
        f"The file of {model.library} cannot be rearranged: fit on Ratchet's columns in their order "
        "(one-hot features have a last column NAME=(unseen), which is 1 where no other is), or leave categories as one pandas column of the dtype category."
    )


def _with_fills(layout: Layout, frame: pd.DataFrame, model: PackedModel) -> Layout:
    """Fills as the definition asks for, where the estimator was fitted without missing values."""
    parts = []
    for part in layout.parts:
        if isinstance(part, Number) and part.feature.fill is not None:
            values = frame.iloc[:, part.column].to_numpy(dtype=np.float64, na_value=np.nan)
            if not np.isnan(values).any() or part.indicator >= 0:
                known = values[np.isfinite(values)]
                part = replace(part, fill=_fill(part.feature.fill, known, part.feature.name))
        parts.append(part)
    layout = replace(layout, parts=parts)
    native = [part for part in layout.parts if isinstance(part, Number) and part.fill is None]
    # One question for all of them; which it is only matters where one is not taken.
    if _takes_missing(model, frame, layout, [part.column for part in native]):
        return layout
    for part in native:
        if not _takes_missing(model, frame, layout, [part.column]):
            raise PackError(
                f'The {model.library} model takes no missing values, and "{part.feature.name}" may be missing when Ratchet is asked; '
                'give the feature a fill in the definition ("fill: median", "fill: mode" for a boolean, or a number), then pack again.'
            )
    return layout


def _fill(fill: Any, known: Any, feature: str) -> float:
    if len(known) == 0:
        raise PackError(f'The column "{feature}" of the frame is empty, so there is nothing to fill it with; leave the feature out.')
    statistics = {"median": float(np.median(known)), "mean": float(np.mean(known)), "mode": float(np.mean(known) > 0.5)}
    return float(np.float32(statistics[fill] if fill in statistics else fill))


def _takes_missing(model: PackedModel, frame: pd.DataFrame, layout: Layout, columns: Sequence[int]) -> bool:
    row = in_precision(frame.iloc[:1], layout, np.float32)
    for other in layout.number_columns():
        row.isetitem(other, np.nan_to_num(row.iloc[:, other].to_numpy(dtype=np.float64)))
    for column in columns:
        row.isetitem(column, np.full(1, np.nan))
    try:
        model.answer(row)
    except Exception:  # Every library has errors of its own for this.
        return False
    return True


def _manifest(model: PackedModel, layout: Layout, definition: Definition, warnings: Sequence[str]) -> Dict[str, Any]:
    manifest: Dict[str, Any] = {
        "name": definition.name,
        "encoders": layout.encoders(),
        "columns": list(layout.columns),
        "classes": list(definition.classes),
        "library": {"name": model.library, "version": model.version},
        "parameters": dict(model.parameters),
    }
    if model.rounds is not None:
        manifest["rounds"] = model.rounds
    if model.importance is not None and sum(model.importance) > 0:
        shares = dict.fromkeys(layout.columns, 0.0)
        for place, gain in zip(layout.places, model.importance):
            shares[layout.columns[place]] = float(gain) / sum(model.importance)
        manifest["importance"] = shares
    if warnings:
        manifest["warnings"] = list(warnings)
    return manifest


def _write(folder: Path, file: str, content: bytes, manifest: Mapping[str, Any], golden: List[Dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stale in MODEL_FILES:
        (folder / stale).unlink() if (folder / stale).exists() else None
    (folder / file).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = json.dumps({"tolerance": TOLERANCE, "cases": golden}, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    (folder / "golden.json").write_text(text + "\n", encoding="utf-8")
