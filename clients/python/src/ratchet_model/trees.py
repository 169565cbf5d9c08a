"""Tree ensembles of any library in one form, as Ratchet's ``model.trees.json`` holds them.

A row goes left where its value is below the threshold (or equal, by ``comparison``), or where its category is in the set of the
split. What the fields mean stands in ``docs/model-package.md`` of Ratchet.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Ints = NDArray[np.int64]

#: Largest difference of a probability that counts as equal; Ratchet's own bound.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Tree:
    """One tree. Split 0 is the root; a child >= 0 is a split, below 0 the leaf ``~child``. No split: the tree is leaf 0."""

    column: Ints
    threshold: Floats
    #: 1 where a missing value goes left
    missing_left: Ints
    left: Ints
    right: Ints
    #: a value per leaf and sum: leaves x sums, or leaves x 1 for a tree of the sum ``group``
    leaves: Floats
    group: Optional[int] = None
    #: per split its place in ``sets``, -1 for a comparison; empty where no split has a set
    set: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    sets: Sequence[Sequence[int]] = ()
    #: training rows that passed each split and leaf; empty where the library does not say
    cover: Floats = field(default_factory=lambda: np.zeros(0))
    leaf_cover: Floats = field(default_factory=lambda: np.zeros(0))

    def document(self) -> Dict[str, Any]:
        """The tree as JSON has it."""
        document: Dict[str, Any] = {
            "group": self.group,
            "column": self.column.tolist(),
            "threshold": self.threshold.tolist(),
            "missing_left": self.missing_left.tolist(),
            "left": self.left.tolist(),
            "right": self.right.tolist(),
            "leaves": self.leaves.ravel().tolist(),
        }
        if len(self.sets) > 0:
            document["set"] = self.set.tolist()
            document["sets"] = [list(one) for one in self.sets]
        if len(self.leaf_cover) > 0:
            document["cover"] = self.cover.tolist()
            document["leaf_cover"] = self.leaf_cover.tolist()
        return document


def tree_of_nodes(
    *,
    is_leaf: NDArray[np.bool_],
    column: Ints,
    threshold: Floats,
    missing_left: NDArray[Any],
    left: Ints,
    right: Ints,
    values: Floats,
    cover: Optional[Floats] = None,
    group: Optional[int] = None,
    sets_of_nodes: Optional[Dict[int, Sequence[int]]] = None,
) -> Tree:
    """A tree from one list of nodes, of which node 0 is the root. Rows of ``values`` that belong to splits do not matter."""
    splits = np.flatnonzero(~is_leaf)
    leaves = np.flatnonzero(is_leaf)
    place = np.empty(len(is_leaf), np.int64)
    place[splits] = np.arange(len(splits))
    place[leaves] = ~np.arange(len(leaves))
    sets: List[Sequence[int]] = []
    number = np.full(len(splits), -1, np.int64)
    for node, categories in (sets_of_nodes or {}).items():
        number[place[node]] = len(sets)
        sets.append(categories)
    return Tree(
        column=column[splits].astype(np.int64),
        # JSON has no NaN; where there is a set the threshold is not looked at.
        threshold=np.where(number >= 0, 0.0, threshold[splits].astype(np.float64)),
        missing_left=missing_left[splits].astype(np.int64),
        left=place[left[splits]],
        right=place[right[splits]],
        leaves=values[leaves].astype(np.float64).reshape(len(leaves), -1),
        group=group,
        set=number if sets else np.zeros(0, np.int64),
        sets=sets,
        cover=np.zeros(0) if cover is None else cover[splits].astype(np.float64),
        leaf_cover=np.zeros(0) if cover is None else cover[leaves].astype(np.float64),
    )


@dataclass(frozen=True)
class Ensemble:
    """All trees, and how their sums become probabilities."""

    width: int
    classes: int
    #: where each sum starts: one entry for a single sum of two classes, else one per class
    base: Sequence[float]
    #: sums are divided by this before the link
    divisor: float
    #: "sigmoid" (of one sum), "softmax", "sigmoid-each" or "identity"
    link: str
    trees: Sequence[Tree]
    scale: float = 1.0
    #: whether a value that equals the threshold goes left: "<" or "<="
    comparison: str = "<="
    #: precision of the values that are compared: "float32" or "float64"
    values: str = "float32"
    #: precision that leaves are added up in
    precision: str = "float64"
    columns: Optional[Sequence[str]] = None

    def with_columns(self, places: Sequence[int], columns: Sequence[str]) -> "Ensemble":
        """The same trees for a wider row: its column ``places[i]`` is what column i was."""
        moved = np.asarray(places, np.int64)
        trees = [replace(tree, column=moved[tree.column] if len(tree.column) else tree.column) for tree in self.trees]
        return replace(self, width=len(columns), columns=list(columns), trees=trees)

    def document(self) -> Dict[str, Any]:
        """``model.trees.json``."""
        link: Dict[str, Any] = {"kind": self.link}
        if self.link.startswith("sigmoid"):
            link["scale"] = float(self.scale)
        document: Dict[str, Any] = {
            "format": "ratchet-trees",
            "format_version": 2,
            "width": self.width,
            "classes": self.classes,
            "base": [float(value) for value in self.base],
            "divisor": float(self.divisor),
            "link": link,
            "precision": self.precision,
            "comparison": self.comparison,
            "values": self.values,
            "tree_count": len(self.trees),
        }
        if self.columns is not None:
            document["columns"] = list(self.columns)
        document["trees"] = [tree.document() for tree in self.trees]
        return document

    def thresholds(self) -> Dict[int, Floats]:
        """The finite thresholds of every column, ascending."""
        found: Dict[int, List[Floats]] = {}
        for tree in self.trees:
            numeric = np.isfinite(tree.threshold) & (np.full(len(tree.column), True) if len(tree.set) == 0 else tree.set < 0)
            for column in np.unique(tree.column[numeric]):
                found.setdefault(int(column), []).append(tree.threshold[numeric & (tree.column == column)])
        return {column: np.unique(np.concatenate(parts)) for column, parts in found.items()}

    def probabilities(self, rows: NDArray[Any]) -> Floats:
        """What Ratchet will answer, row by row: slow and plain, to be sure of a conversion before anything is uploaded."""
        rows = np.asarray(rows, np.float32)
        single = self.precision == "float32"
        sums = np.tile(np.asarray(self.base, np.float64), (len(rows), 1))
        for tree in self.trees:
            leaf = tree.leaves[self._leaf_of(tree, rows)]
            if tree.group is None:
                sums += leaf
            else:
                sums[:, tree.group] += leaf[:, 0]
            if single:
                sums = sums.astype(np.float32).astype(np.float64)
        return self._linked(sums / self.divisor)

    def _leaf_of(self, tree: Tree, rows: Matrix) -> Ints:
        place = np.zeros(len(rows), np.int64)
        if len(tree.column) == 0:
            return place
        index = np.arange(len(rows))
        going = index
        while len(going) > 0:
            split = place[going]
            value = rows[going, tree.column[split]].astype(np.float64)
            limit = tree.threshold[split]
            with np.errstate(invalid="ignore"):
                left = value <= limit if self.comparison == "<=" else value < limit
            if len(tree.set) > 0:
                for number in np.unique(tree.set[split]):
                    if number >= 0:
                        here = tree.set[split] == number
                        known = np.isfinite(value[here]) & (value[here] >= 0)
                        category = np.where(known, value[here], -1).astype(np.int64)
                        left[here] = known & np.isin(category, np.asarray(tree.sets[number], np.int64))
            left = np.where(np.isnan(value), tree.missing_left[split] == 1, left)
            place[going] = np.where(left, tree.left[split], tree.right[split])
            going = going[place[going] >= 0]
        return ~place

    def _linked(self, sums: Floats) -> Floats:
        with np.errstate(over="ignore"):
            if self.link == "softmax":
                e = np.exp(sums - sums.max(axis=1, keepdims=True))
                return np.asarray(e / e.sum(axis=1, keepdims=True))
            p = np.clip(sums, 0, 1) if self.link == "identity" else 1 / (1 + np.exp(-self.scale * sums))
        return np.column_stack([1 - p[:, 0], p[:, 0]]) if sums.shape[1] == 1 else np.asarray(p)
