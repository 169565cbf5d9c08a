"""Model definitions: the YAML files of MODELS_DIR, or the same as a dictionary."""
from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence, Union

from .errors import PackError

FILLS = ("native", "median", "mean", "mode")
DefinitionLike = Union[Mapping[str, Any], str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Feature:
    """One feature of a definition, and where its raw value comes from."""

    name: str
    #: "numeric", "boolean" or "categorical": what its columns hold
    kind: str
    source: Mapping[str, Any]
    #: None where a missing value is left to the trees, else "median", "mean", "mode" or the value itself
    fill: Any


@dataclass(frozen=True)
class Definition:
    """What ``pack`` needs of a definition."""

    name: str
    features: Sequence[Feature]
    #: actions of an action-outcome model; empty for any other
    actions: Sequence[str]
    #: class names in the order of the probabilities
    classes: Sequence[str]


def read_definition(definition: DefinitionLike) -> Definition:
    """Reads a definition. Raises PackError for one that cannot be one."""
    if not isinstance(definition, (Mapping, str, os.PathLike)):
        raise PackError(f"The definition is a {type(definition).__name__}; pass the path of the model's YAML file, or its content as a dictionary.")
    content = definition if isinstance(definition, Mapping) else _content_of(Path(os.fspath(definition)))
    kind = content.get("kind")
    if kind not in ("action-outcome", "multi-class"):
        raise PackError(
            f'The definition has the kind {kind!r}; Ratchet serves classifiers, so give it "action-outcome" or "multi-class".'
        )
    features = content.get("features")
    if not isinstance(features, Sequence) or isinstance(features, str) or not features:
        raise PackError("The definition lists no features; add the columns that the model reads, in their order.")
    wanted = "actions" if kind == "action-outcome" else "classes"
    labels = content.get(wanted)
    if not isinstance(labels, Sequence) or isinstance(labels, str) or len(labels) < 2:
        raise PackError(f'The definition lists fewer than two {wanted}; add them under "{wanted}".')
    strange = [label for label in labels if not isinstance(label, str)]
    if strange:
        raise PackError(f'The definition lists {strange[0]!r} under "{wanted}", which is no text; put quotes around it.')
    names = [str(label) for label in labels]
    read = [_feature(feature, i) for i, feature in enumerate(features)]
    for what, listed in ((f'"{wanted}"', names), ("its features", [feature.name for feature in read])):
        twice = sorted({name for name in listed if listed.count(name) > 1})
        if twice:
            raise PackError(f'The definition has "{twice[0]}" twice among {what}; remove one.')
    return Definition(
        name=str(content.get("name", "")),
        features=read,
        actions=names if kind == "action-outcome" else [],
        classes=["failed", "success"] if kind == "action-outcome" else names,
    )


def _feature(feature: Any, index: int) -> Feature:
    if not isinstance(feature, Mapping) or "name" not in feature or "kind" not in feature:
        raise PackError(f'Feature {index + 1} of the definition needs a "name" and a "kind".')
    if not isinstance(feature["name"], str):
        raise PackError(f'Feature {index + 1} of the definition has the name {feature["name"]!r}, which is no text; put quotes around it.')
    name, kind = feature["name"], str(feature["kind"])
    source: Mapping[str, Any] = {"from": "field", "field": name}
    if kind == "derived-from-url":
        derive = str(feature.get("derive", ""))
        kinds = {"path_depth": "numeric", "https": "boolean", "domain": "categorical", "tld": "categorical"}
        if derive not in kinds:
            raise PackError(f'Feature "{name}" derives {derive!r} from a URL; expected one of {", ".join(kinds)}.')
        source = {"from": "url", "field": str(feature.get("url", "url")), "derive": derive}
        kind = kinds[derive]
    if kind not in ("numeric", "boolean", "categorical"):
        raise PackError(
            f'Feature "{name}" is of the kind "{kind}", which ratchet-model does not know; make it numeric, boolean or categorical.'
        )
    fill = feature.get("fill", "native")
    if not isinstance(fill, (int, float)) and fill not in FILLS:
        raise PackError(f'Feature "{name}" has the fill {fill!r}; expected a number or one of {", ".join(FILLS)}.')
    return Feature(name=name, kind=kind, source=source, fill=None if fill == "native" else fill)


def _content_of(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PackError(f"The definition {path} cannot be read ({error.strerror}); give the path of a model's YAML file, or a dictionary. \"npx ratchet models describe NAME --yaml\" writes the one of a model that Ratchet knows.") from error
    try:
        content: Any = json.loads(text) if path.suffix == ".json" else _yaml(text, path)
    except ValueError as error:
        raise PackError(f"The definition {path} is broken: {error}. Check it with: ratchet models check {path}") from error
    if not isinstance(content, Mapping):
        raise PackError(f"The definition {path} holds no fields. Check it with: ratchet models check {path}")
    return content


def _yaml(text: str, path: Path) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise PackError(f'Reading {path} takes PyYAML: pip install "ratchet-model[yaml]", or give the definition as a dictionary.') from error

    class Loader(yaml.SafeLoader):
        """Reads as Ratchet does, by YAML 1.2: yes, no, on and off are texts."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
