"""ONNX files of one tree ensemble: TreeEnsembleClassifier, or TreeEnsemble of ai.onnx.ml 5."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import PackError
from ..trees import Ensemble, Floats, Tree, tree_of_nodes
from .model import PackedModel, both_classes, require_width

#: What may stand around the ensemble without changing its probabilities.
HARMLESS = ("Identity", "ZipMap")
DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
FLOATS = ("FLOAT", "DOUBLE")
WHOLE = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BOOL")
LINKS = {"NONE": "identity", "SOFTMAX": "softmax", "LOGISTIC": "sigmoid-each"}
MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER")


@dataclass
class Branches:
    """Nodes of one tree, root first; children are numbers within it."""

    is_leaf: List[bool]
    column: List[int]
    threshold: List[float]
    mode: List[str]
    missing_true: List[bool]
    when_true: List[int]
    when_false: List[int]
    values: Floats


def read_onnx(model: Any, frame: pd.DataFrame) -> PackedModel:
    """An ``onnx.ModelProto``. The library that answers is onnxruntime, or the reference of the onnx package."""
    import onnx

    node = _ensemble_node(model)
    attributes: Dict[str, Any] = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    names = [one.decode() if isinstance(one, bytes) else one for one in attributes.get("classlabels_strings", [])]
    labels: Optional[List[Any]] = names or list(attributes.get("classlabels_int64s", [])) or None
    elem_type = _input(model, frame)
    double = _compared(model, node, elem_type) == onnx.TensorProto.DOUBLE
    if node.op_type == "TreeEnsembleClassifier":
        if labels is None:
            raise PackError("The ensemble names no classes; export it with classlabels_int64s or classlabels_strings.")
        ensemble, shape = _classifier(attributes, len(labels), double), len(labels)
    else:
        ensemble, shape = _version_five(attributes, double)
    if ensemble.width > frame.shape[1]:
        require_width(ensemble.width, frame)
    session = _Session(model, node, elem_type)

    def answer(frame: pd.DataFrame) -> Floats:
        said = session.scores(frame.to_numpy(dtype=np.float64))
        return both_classes(said) if shape == 1 else said.reshape(len(frame), shape)

    return PackedModel(
        library="onnx",
        version=session.version,
        answer=answer,
        classes=labels,
        ensemble=ensemble,
        parameters={"producer": f"{model.producer_name} {model.producer_version}".strip(), "operator": node.op_type},
    )


def _ensemble_node(model: Any) -> Any:
    nodes = list(model.graph.node)
    ensembles = [node for node in nodes if node.op_type.startswith("TreeEnsemble")]
    others = sorted({loss for loss in map(_loss, _around(nodes, ensembles)) if loss is not None})
    if len(ensembles) != 1 or others:
        raise PackError(
            f"The ONNX file holds {len(ensembles)} tree ensembles{', with ' + ', '.join(others) + ' around them' if others else ''}; "
            "export the classifier alone, without what comes before or after its trees, and pack that."
        )
    (ensemble,) = ensembles
    if ensemble.op_type == "TreeEnsembleRegressor":
        raise PackError("The ONNX file is of a regression, and Ratchet serves classifiers; export a classifier, and pack that.")
    return ensemble


def _around(nodes: Sequence[Any], ensembles: Sequence[Any]) -> List[Any]:
    """What comes before the ensembles, and what is made of their scores; what is made of labels alone does not matter."""
    found: List[Any] = []
    before = {name for node in ensembles for name in node.input}
    after = {node.output[-1] for node in ensembles}
    for _ in nodes:
        for node in nodes:
            if node in found or node in ensembles:
                continue
            if before & set(node.output):
                before |= set(node.input)
                found.append(node)
            elif after & set(node.input):
                after |= set(node.output)
                found.append(node)
    return found


def _input(model: Any, frame: pd.DataFrame) -> int:
    """Type of the values that go in. Raises PackError for a frame that is not what the file takes."""
    import onnx

    given = {one.name for one in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in given]
    if len(inputs) != 1:
        raise PackError(f"The ONNX file takes {len(inputs)} inputs; export it with one input of the shape [None, columns], and pack that.")
    declared = inputs[0].type.tensor_type
    dimensions = declared.shape.dim
    if len(dimensions) == 2 and dimensions[1].dim_value > 0:
        require_width(int(dimensions[1].dim_value), frame)
    kind = onnx.TensorProto.DataType.Name(declared.elem_type)
    if kind in WHOLE:
        values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
        broken = (values != np.trunc(values)) & ~np.isnan(values)
        if broken.any():
            name = frame.columns[int(np.flatnonzero(broken.any(axis=0))[0])]
            raise PackError(f'The ONNX file takes {kind}, and "{name}" of the frame has fractions, which it cuts off; export it with an input of FLOAT, or pass the frame that it takes.')
    elif kind not in FLOATS:
        raise PackError(f"The ONNX file takes {kind}; export it with an input of FLOAT or DOUBLE, and pack that.")
    return int(declared.elem_type)


def _compared(model: Any, node: Any, elem_type: int) -> int:
    """Type of the values that the ensemble itself gets."""
    makers = {name: one for one in model.graph.node for name in one.output}
    maker = makers.get(node.input[0])
    while maker is not None and maker.op_type == "Identity":
        maker = makers.get(maker.input[0])
    return elem_type if maker is None else _cast_to(maker)


def _cast_to(node: Any) -> int:
    return next(int(one.i) for one in node.attribute if one.name == "to")


def _loss(node: Any) -> Optional[str]:
    """Why a node around the ensemble does not leave values as they are; None where it does."""
    import onnx

    if node.domain not in DOMAINS:
        return f"{node.domain}.{node.op_type}"
    if node.op_type == "Cast":
        kind = onnx.TensorProto.DataType.Name(_cast_to(node))
        return None if kind in FLOATS else f"Cast to {kind}"
    return None if node.op_type in HARMLESS else str(node.op_type)


def _numbers(attributes: Mapping[str, Any], name: str) -> NDArray[Any]:
    """A list, or the tensor that stands in for it where it is float64."""
    import onnx

    for key in (f"{name}_as_tensor", name):
        value = attributes.get(key)
        if value is not None and isinstance(value, onnx.TensorProto):
            return np.asarray(onnx.numpy_helper.to_array(value))
        if value is not None and len(value) > 0:
            return np.asarray(value)
    return np.zeros(0)


def _classifier(attributes: Mapping[str, Any], classes: int, double: bool) -> Ensemble:
    ids = _numbers(attributes, "class_ids").astype(np.int64)
    weights = _numbers(attributes, "class_weights").astype(np.float64)
    base = _numbers(attributes, "base_values").astype(np.float64)
    post = attributes.get("post_transform", b"NONE").decode()
    if post not in LINKS:
        raise PackError(f"The ensemble ends in {post}, which gives no probabilities that Ratchet can compute; export it with NONE, LOGISTIC or SOFTMAX.")
    # Weights of the first class alone are, by convention, those of a single score: the second class's.
    single = classes == 2 and set(ids.tolist()) == {0}
    groups = 1 if single else classes
    if single and post != "LOGISTIC" and not np.all(weights >= 0):
        raise PackError("The ensemble gives scores of two classes that are no probabilities; export it with the post_transform LOGISTIC.")
    if len(base) not in (0, groups):
        raise PackError(f"The ensemble has {len(base)} base_values and {groups} scores, which runtimes read differently; export it with one for each score.")
    link = ("sigmoid" if post == "LOGISTIC" else "identity") if single else LINKS[post]
    places: Dict["tuple[int, int]", int] = {}
    tree_ids = [int(one) for one in attributes["nodes_treeids"]]
    node_ids = [int(one) for one in attributes["nodes_nodeids"]]
    for at, key in enumerate(zip(tree_ids, node_ids)):
        places[key] = at
    values = np.zeros((len(node_ids), groups))
    for tree, node, group, weight in zip(attributes["class_treeids"], attributes["class_nodeids"], ids, weights):
        values[places[(int(tree), int(node))], 0 if single else int(group)] += weight
    thresholds = _numbers(attributes, "nodes_values").astype(np.float64)
    modes = [one.decode() if isinstance(one, bytes) else str(one) for one in attributes["nodes_modes"]]
    missing = list(attributes.get("nodes_missing_value_tracks_true", [])) or [0] * len(node_ids)
    trees: List[Tree] = []
    numbers = np.asarray(tree_ids)
    for tree_id in dict.fromkeys(tree_ids):
        members = [int(at) for at in np.flatnonzero(numbers == tree_id)]
        local = {node_ids[at]: i for i, at in enumerate(members)}
        is_leaf = [modes[at] == "LEAF" for at in members]
        branches = Branches(
            is_leaf=is_leaf,
            column=[int(attributes["nodes_featureids"][at]) for at in members],
            threshold=[float(thresholds[at]) for at in members],
            mode=[modes[at] for at in members],
            missing_true=[bool(missing[at]) for at in members],
            when_true=[0 if leaf else local[int(attributes["nodes_truenodeids"][at])] for at, leaf in zip(members, is_leaf)],
            when_false=[0 if leaf else local[int(attributes["nodes_falsenodeids"][at])] for at, leaf in zip(members, is_leaf)],
            values=values[members],
        )
        trees.append(_tree(branches, groups, double))
    start = [0.0] * groups if len(base) == 0 else [float(one) for one in base]
    return _ensemble(trees, classes, start, link, 1.0, double)


def _version_five(attributes: Mapping[str, Any], double: bool) -> "tuple[Ensemble, int]":
    targets = int(attributes.get("n_targets", 1))
    aggregate = int(attributes.get("aggregate_function", 1))
    # onnxruntime takes the numbers of the others for each other's, so that no answer is the right one.
    if int(attributes.get("post_transform", 0)) != 0:
        raise PackError("The TreeEnsemble ends in a post_transform, which onnxruntime reads otherwise than ONNX describes; export it as a TreeEnsembleClassifier.")
    if aggregate not in (0, 1):
        raise PackError("The ensemble takes the smallest or largest of its trees, which Ratchet does not; export one of a sum or an average.")
    splits = _numbers(attributes, "nodes_splits").astype(np.float64)
    modes = [MODES[int(one)] for one in _numbers(attributes, "nodes_modes")]
    weights = _numbers(attributes, "leaf_weights").astype(np.float64)
    ids = [int(one) for one in attributes["leaf_targetids"]]
    missing = list(attributes.get("nodes_missing_value_tracks_true", [])) or [0] * len(modes)
    true_leaf, false_leaf = list(attributes["nodes_trueleafs"]), list(attributes["nodes_falseleafs"])
    trees: List[Tree] = []
    for root in attributes["tree_roots"]:
        found = Branches([], [], [], [], [], [], [], np.zeros((0, targets)))
        values: List[List[float]] = []
        # A root whose branches are one and the same leaf stands for that leaf.
        waiting = [(int(root), False, -1, True)]
        while waiting:
            at, leaf, parent, side = waiting.pop()
            number = len(found.is_leaf)
            if number > 2 * len(modes) + 2:
                raise PackError("The nodes of the ensemble form a circle; export the model again.")
            if parent >= 0:
                (found.when_true if side else found.when_false)[parent] = number
            row = [0.0] * targets
            if leaf:
                row[ids[at]] += float(weights[at])
            found.is_leaf.append(leaf)
            found.column.append(0 if leaf else int(attributes["nodes_featureids"][at]))
            found.threshold.append(0.0 if leaf else float(splits[at]))
            found.mode.append("LEAF" if leaf else modes[at])
            found.missing_true.append(False if leaf else bool(missing[at]))
            found.when_true.append(0)
            found.when_false.append(0)
            values.append(row)
            if not leaf:
                waiting.append((int(attributes["nodes_truenodeids"][at]), bool(true_leaf[at]), number, True))
                waiting.append((int(attributes["nodes_falsenodeids"][at]), bool(false_leaf[at]), number, False))
        found.values = np.asarray(values)
        trees.append(_tree(found, targets, double))
    divisor = float(len(trees)) if aggregate == 0 else 1.0
    return _ensemble(trees, max(2, targets), [0.0] * targets, "identity", divisor, double), targets


def _tree(branches: Branches, groups: int, double: bool) -> Tree:
    """All splits as "at or below goes left": above is the same with the children swapped, below a limit one step lower."""
    threshold = np.asarray(branches.threshold, np.float64)
    left, right = np.asarray(branches.when_true, np.int64), np.asarray(branches.when_false, np.int64)
    missing = np.asarray(branches.missing_true, bool)
    for at, mode in enumerate(branches.mode):
        if mode == "LEAF":
            continue
        if mode not in MODES[:4]:
            raise PackError(
                f"The ensemble compares by {mode}, as exports of categories do; use one-hot columns before the export, or pack the original estimator instead of its ONNX file."
            )
        if mode in ("BRANCH_LT", "BRANCH_GTE"):
            kind = np.float64 if double else np.float32
            threshold[at] = float(np.nextafter(kind(threshold[at]), kind(-np.inf)))
        if mode in ("BRANCH_GT", "BRANCH_GTE"):
            left[at], right[at] = right[at], left[at]
            missing[at] = not missing[at]
    return tree_of_nodes(
        is_leaf=np.asarray(branches.is_leaf, bool),
        column=np.asarray(branches.column, np.int64),
        threshold=threshold,
        missing_left=missing,
        left=left,
        right=right,
        values=branches.values,
        group=0 if groups == 1 else None,
    )


def _ensemble(trees: Sequence[Tree], classes: int, base: Sequence[float], link: str, divisor: float, double: bool) -> Ensemble:
    width = 1 + max((int(tree.column.max()) for tree in trees if len(tree.column) > 0), default=0)
    precision = "float64" if double else "float32"
    return Ensemble(width=width, classes=classes, base=base, divisor=divisor, link=link, trees=trees, values=precision, precision=precision)


class _Session:
    """Asks the whole file for the scores of its ensemble, so that whatever stands before it is asked as well."""

    def __init__(self, model: Any, node: Any, elem_type: int) -> None:
        import onnx

        self._output = node.output[-1]
        alone = onnx.ModelProto()
        alone.CopyFrom(model)
        given = {one.name for one in alone.graph.initializer}
        (entry,) = [one for one in alone.graph.input if one.name not in given]
        self._input = entry.name
        self._dtype = np.float64 if elem_type == onnx.TensorProto.DOUBLE else np.float32
        # Whole numbers are floats as well, and those beside thresholds have to be asked for.
        entry.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE if self._dtype is np.float64 else onnx.TensorProto.FLOAT
        # A classifier's scores are float32 whatever goes in.
        double = _compared(model, node, elem_type) == onnx.TensorProto.DOUBLE and not node.op_type.endswith("Classifier")
        del alone.graph.output[:]
        alone.graph.output.append(onnx.helper.make_tensor_value_info(self._output, onnx.TensorProto.DOUBLE if double else onnx.TensorProto.FLOAT, [None, None]))
        try:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            self._session: Any = onnxruntime.InferenceSession(alone.SerializeToString(), options, providers=["CPUExecutionProvider"])
            self.version = onnxruntime.__version__
        except ImportError:
            from onnx.reference import ReferenceEvaluator

            self._session = ReferenceEvaluator(alone)
            self.version = onnx.__version__

    def scores(self, rows: Floats) -> Floats:
        (scores,) = self._session.run([self._output], {self._input: rows.astype(self._dtype)})
        return np.asarray(scores, np.float64)
