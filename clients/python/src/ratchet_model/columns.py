"""How the columns of a frame are features of a definition: the encoders, and Ratchet's columns in their order."""
from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np
import pandas as pd

from .definition import Definition, Feature
from .errors import PackError
from .estimators.model import PackedModel
from .trees import Matrix


@dataclass(frozen=True)
class Number:
    """A numeric or boolean feature: one column of the frame, and maybe one that says that it was missing."""

    feature: Feature
    column: int
    #: column that is 1 where the value is missing; -1 for none
    indicator: int = -1
    #: what stands in for a missing value; None leaves it to the trees
    fill: Optional[float] = None

    def encoder(self) -> Dict[str, Any]:
        return {"encoding": self.feature.kind, "fill": self.fill, "indicator": self.indicator >= 0}


@dataclass(frozen=True)
class Coded:
    """A categorical feature in one column, whose trees compare the category's number."""

    feature: Feature
    column: int
    #: the frame's own values, by number, and the texts that an engine sends for them
    values: Sequence[Any]
    texts: Sequence[str]

    def encoder(self) -> Dict[str, Any]:
        return {"encoding": "ordinal", "categories": list(self.texts), "unseen": "missing"}


@dataclass(frozen=True)
class OneHot:
    """A categorical feature in a column of 0 and 1 per category."""

    feature: Feature
    #: a column of the frame per category
    columns: Sequence[int]
    texts: Sequence[str]
    #: column of the frame that stands for any other category; -1 for none
    unseen: int = -1

    def encoder(self) -> Dict[str, Any]:
        return {"encoding": "one-hot", "categories": list(self.texts)}


Part = Union[Number, Coded, OneHot]


@dataclass(frozen=True)
class Layout:
    """What the columns of the frame are."""

    parts: Sequence[Part]
    actions: Sequence[str]
    #: columns of the frame that say which action was taken
    action_columns: Sequence[int]
    #: Ratchet's columns, and which of them each column of the frame is
    columns: Sequence[str] = ()
    places: Sequence[int] = field(default_factory=list)

    def encoders(self) -> List[Dict[str, Any]]:
        """As the manifest has them."""
        return [{"feature": part.feature.name, "source": dict(part.feature.source), **part.encoder()} for part in self.parts]

    def number_columns(self) -> List[int]:
        """Columns of the frame that hold numbers, and not codes or names of categories."""
        coded = [part.column for part in self.parts if isinstance(part, Coded)]
        return [column for column in range(len(self.places)) if column not in coded]

    def filled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame as the estimator sees it: missing numbers filled and indicators set as Ratchet does."""
        done = frame.copy()
        for part in self.parts:
            if isinstance(part, Number):
                values = done.iloc[:, part.column].to_numpy(dtype=np.float64)
                missing = np.isnan(values)
                if part.indicator >= 0:
                    done.isetitem(part.indicator, missing.astype(np.float64))
                if part.fill is not None:
                    done.isetitem(part.column, np.where(missing, part.fill, values))
        return done

    def matrix(self, filled: pd.DataFrame) -> Matrix:
        """Rows of Ratchet's columns."""
        rows = np.zeros((len(filled), len(self.columns)), np.float32)
        for part in self.parts:
            if isinstance(part, Coded):
                codes = {value: code for code, value in enumerate(part.values)}
                rows[:, self.places[part.column]] = [codes.get(value, np.nan) for value in filled.iloc[:, part.column]]
            elif isinstance(part, OneHot):
                chosen = [self.places[column] for column in part.columns]
                for column, place in zip(part.columns, chosen):
                    rows[:, place] = filled.iloc[:, column].to_numpy(dtype=np.float32)
                unseen = self.columns.index(f"{part.feature.name}=(unseen)", chosen[0])
                rows[:, unseen] = rows[:, chosen].sum(axis=1) == 0
            else:
                for column in [part.column] + ([part.indicator] if part.indicator >= 0 else []):
                    rows[:, self.places[column]] = filled.iloc[:, column].to_numpy(dtype=np.float32)
        for column in self.action_columns:
            rows[:, self.places[column]] = filled.iloc[:, column].to_numpy(dtype=np.float32)
        # JSON cannot tell -0 from 0.
        return rows + np.float32(0)

    def inputs(self, frame: pd.DataFrame) -> List[Optional[Dict[str, Any]]]:
        """Rows as an engine would send them; None where a feature is derived from a URL, which nobody can guess."""
        if any(part.feature.source["from"] == "url" for part in self.parts):
            return [None] * len(frame)
        names = [part.feature.name for part in self.parts]
        rows = zip(*[_raws(part, frame) for part in self.parts])
        return [{name: value for name, value in zip(names, row) if value is not None} for row in rows]

    def chosen_actions(self, frame: pd.DataFrame) -> List[Optional[str]]:
        """The action of every row; None for a model without actions."""
        if not self.actions:
            return [None] * len(frame)
        said = frame.iloc[:, list(self.action_columns)].to_numpy(dtype=np.float64)
        if not np.all(said.sum(axis=1) == 1):
            raise PackError("Some rows of the frame have no action, or several; exactly one of the columns action=NAME must be 1 in each.")
        return [self.actions[int(number)] for number in said.argmax(axis=1)]


def layout_of(
    definition: Definition, frame: pd.DataFrame, model: PackedModel, categories: Mapping[str, Sequence[Any]]
) -> Layout:
    """Finds the definition's features among the frame's columns. Raises PackError for what is missing or left over."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise PackError(f"The frame has columns of one name ({', '.join(sorted({n for n in names if names.count(n) > 1}))}); rename them.")
    action_columns = [_find(names, "action", action) for action in definition.actions]
    owners = _owners(definition, names, action_columns)
    parts = [
        _part(feature, [i for i, owner in enumerate(owners) if owner == number], names, frame, model, categories)
        for number, feature in enumerate(definition.features)
    ]
    absent = [action for action, column in zip(definition.actions, action_columns) if column < 0]
    if absent:
        raise PackError(f"The frame has no column action={absent[0]}; the model needs a column of 0 and 1 named action=NAME for each of {', '.join(definition.actions)}, behind the features.")
    layout = Layout(parts=parts, actions=definition.actions, action_columns=action_columns)
    return _placed(layout, names)


def _placed(layout: Layout, names: Sequence[str]) -> Layout:
    columns: List[str] = []
    places = [-1] * len(names)
    for part in layout.parts:
        name = part.feature.name
        if isinstance(part, OneHot):
            for column, text in zip(part.columns, part.texts):
                places[column] = len(columns)
                columns.append(f"{name}={text}")
            if part.unseen >= 0:
                places[part.unseen] = len(columns)
            columns.append(f"{name}=(unseen)")
            continue
        places[part.column] = len(columns)
        columns.append(name)
        if isinstance(part, Number) and part.indicator >= 0:
            places[part.indicator] = len(columns)
            columns.append(f"{name}=(missing)")
    for action, column in zip(layout.actions, layout.action_columns):
        places[column] = len(columns)
        columns.append(f"action={action}")
    left = [name for name, place in zip(names, places) if place < 0]
    if left:
        raise PackError(f"The frame has columns that are no feature of the definition: {', '.join(left[:8])}; add them to the definition, or fit without them.")
    return replace(layout, columns=columns, places=places)


def _owners(definition: Definition, names: Sequence[str], action_columns: Sequence[int]) -> List[int]:
    """Number of the feature that each column of the frame belongs to, -1 for none: the one of its very name, or of the longest that it starts with.

    So "job_age" is no category of "job" where it is a feature, and "job_title_nurse" is one of "job_title".
    """
    features = definition.features
    exact = {feature.name: number for number, feature in enumerate(features)}
    owners = [-1 if i in action_columns else exact.get(name, -1) for i, name in enumerate(names)]
    # Libraries write "_" for some signs: that is told apart from another name only where it can be one alone.
    folded, wanted = [_fold(name) for name in names], [_fold(feature.name) for feature in features]
    for number, fold in enumerate(wanted):
        if number not in owners and wanted.count(fold) == 1 and folded.count(fold) == 1 and owners[folded.index(fold)] < 0 and folded.index(fold) not in action_columns:
            owners[folded.index(fold)] = number
    longest = sorted(range(len(features)), key=lambda number: -len(features[number].name))
    for i, name in enumerate(names):
        if owners[i] < 0 and i not in action_columns:
            owners[i] = next((number for number in longest if _is_of(features[number], name)), -1)
    return owners


def _is_of(feature: Feature, column: str) -> bool:
    """Whether a column can be one of several that a feature has."""
    rest = column[len(feature.name) + 1 :]
    if not column.startswith((f"{feature.name}=", f"{feature.name}_")) or not rest:
        return False
    return feature.kind == "categorical" or rest == "(missing)"


def _part(
    feature: Feature, own: Sequence[int], names: Sequence[str], frame: pd.DataFrame, model: PackedModel, categories: Mapping[str, Sequence[Any]]
) -> Part:
    name = feature.name
    column = next((i for i in own if names[i] == name), next((i for i in own if _fold(names[i]) == _fold(name)), -1))
    if feature.kind != "categorical":
        if column < 0:
            raise PackError(f'The frame has no column "{name}"; pass the frame that the estimator was fitted on, with the columns named like the features.')
        if not _is_number(frame.iloc[:, column]):
            raise PackError(f'The column "{name}" is {frame.dtypes.iloc[column]}, and the definition calls it {feature.kind}; make it a number in the frame, or categorical in the definition.')
        return Number(feature, column, indicator=next((i for i in own if i != column), -1))
    if column >= 0:
        return _coded(feature, column, frame.iloc[:, column], model, categories.get(name))
    found = [(i, names[i][len(name) + 1 :]) for i in own]
    # What pandas.get_dummies(dummy_na=True) and OneHotEncoder call the column of missing ones.
    others = [i for i, text in found if text in ("(unseen)", "nan", "None", "<NA>")]
    if len(others) > 1:
        raise PackError(f'The frame has several columns for a missing "{name}" ({", ".join(names[i] for i in others)}); fit with one of them.')
    known = [(i, text) for i, text in found if i not in others]
    if not known:
        raise PackError(f'The frame has neither a column "{name}" nor columns {name}=CATEGORY of 0 and 1; pass the frame that the estimator was fitted on.')
    return OneHot(
        feature,
        [i for i, _ in known],
        [_require_text(text, name) for text in _named([text for _, text in known], name, categories.get(name))],
        unseen=others[0] if others else -1,
    )


def _named(texts: Sequence[str], feature: str, given: Optional[Sequence[Any]]) -> Sequence[Any]:
    """Names of one-hot categories. A column's name has lost whether an engine sends a text or a number, of which JSON writes 1.0 as 1."""
    if given is not None:
        if len(given) != len(texts):
            raise PackError(f'The frame has {len(texts)} columns for "{feature}" ({", ".join(texts)}), and {len(given)} categories were given; list one for each, in their order.')
        return given
    sent = [_as_sent(text) for text in texts]
    if None not in sent and sent != list(texts):
        raise PackError(
            f'The categories of "{feature}" were numbers or booleans ({", ".join(texts[:8])}), which an engine sends as {", ".join(str(one) for one in sent[:8])}, and some files hold as texts; '
            f"say which: pass categories={{{feature!r}: {sent!r}}}, or {list(texts)!r} where texts are sent."
        )
    return texts


def _as_sent(text: str) -> Optional[str]:
    """What JSON has for a number or boolean that Python wrote; None for any other text."""
    if text in ("True", "False"):
        return text.lower()
    try:
        return text_of(float(text))
    except ValueError:
        return None


def _coded(feature: Feature, column: int, values: "pd.Series[Any]", model: PackedModel, named: Optional[Sequence[Any]]) -> Coded:
    listed = model.categories.get(column)
    if listed is None and isinstance(values.dtype, pd.CategoricalDtype):
        listed = list(values.cat.categories)
    if listed is not None:
        # A library may keep booleans as numbers, and an engine sends booleans.
        own = [False, True] if pd.api.types.is_bool_dtype(values.dtype) else list(values.cat.categories) if isinstance(values.dtype, pd.CategoricalDtype) else []
        same = {value: value for value in own}
        listed = [same.get(value, value) for value in listed]
    numeric = _is_number(values) if listed is None else all(isinstance(v, (int, float, np.number)) for v in listed)
    if named is not None and numeric:
        # The frame holds codes, and the names are in their order.
        codes = range(len(named)) if listed is None else listed
        if any(not 0 <= int(code) < len(named) for code in codes):
            raise PackError(f'The column "{feature.name}" holds codes beyond the {len(named)} categories that were given; list all of them, in the order of their codes.')
        return Coded(feature, column, [float(code) for code in codes], [_require_text(named[int(code)], feature.name) for code in codes])
    if listed is None:
        raise PackError(
            f'The column "{feature.name}" holds {"codes" if numeric else "texts"}, and nothing says which category each is; '
            f'pass categories={{"{feature.name}": [names in the order of their codes]}}, or make it a pandas category before fitting.'
        )
    texts = [_require_text(value, feature.name) for value in listed]
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        raise PackError(f'"{feature.name}" has several categories that JSON writes as "{twice[0]}", so that an engine cannot tell them apart; make them one in the frame, and fit again.')
    return Coded(feature, column, list(listed), texts)


def text_of(value: Any) -> str:
    """A category as JSON and Ratchet write it: 3.0 is "3", True is "true"."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(number)
    return str(value)


def _require_text(value: Any, feature: str) -> str:
    text = text_of(value)
    if text == "" or text != text.strip(" \t\n\r\x0b\x0c"):
        raise PackError(f'The category {text!r} of "{feature}" is empty or has blanks around it, which Ratchet cuts off; rename it in the frame, and fit again.')
    return text


def _raws(part: Part, frame: pd.DataFrame) -> List[Any]:
    """What an engine would send for each row."""
    if isinstance(part, OneHot):
        chosen = np.column_stack([frame.iloc[:, column].to_numpy(dtype=np.float64) == 1 for column in part.columns])
        several = np.flatnonzero(chosen.sum(axis=1) > 1)
        if len(several) > 0:
            raise PackError(f'Row {several[0] + 1} of the frame has several categories of "{part.feature.name}"; one-hot columns hold one 1 at most.')
        return [part.texts[int(row.argmax())] if row.any() else None for row in chosen]
    values = frame.iloc[:, part.column]
    if isinstance(part, Coded):
        texts = dict(zip(part.values, part.texts))
        return [texts[value] if value in texts else None if pd.isna(value) or isinstance(value, (float, np.floating)) else text_of(value) for value in values]
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if part.feature.kind == "boolean":
        strange = np.flatnonzero(~np.isnan(numbers) & (numbers != 0) & (numbers != 1))
        if len(strange) > 0:
            raise PackError(f'Row {strange[0] + 1} of the frame has {numbers[strange[0]]} in "{part.feature.name}", which the definition calls boolean; make it numeric there.')
    sent = bool if part.feature.kind == "boolean" else float
    return [None if np.isnan(number) else sent(number) for number in numbers]


def _is_number(values: "pd.Series[Any]") -> bool:
    known = pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype)
    return bool(known) and not isinstance(values.dtype, pd.CategoricalDtype) and not pd.api.types.is_complex_dtype(values.dtype)


def _find(names: Sequence[str], feature: str, suffix: str) -> int:
    for separator in ("=", "_"):
        if f"{feature}{separator}{suffix}" in names:
            return names.index(f"{feature}{separator}{suffix}")
    return -1


def _fold(name: str) -> str:
    return re.sub(r"\W", "_", name)
