"""A small orchard: apples, what was measured of them, and what they are good for."""
from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
import pandas as pd
import pytest

REGIONS = ["north", "south", "east", "west"]
CLASSES = ["cider", "dessert", "storage"]


class Orchard:
    """Rows in the forms that estimators take."""

    def __init__(self, count: int = 400, classes: int = 3) -> None:
        random = np.random.default_rng(11)
        self.kind = random.integers(0, classes, count)
        self.labels = np.array(CLASSES)[self.kind]
        self.classes = CLASSES[:classes]
        self.region = np.array(REGIONS)[(self.kind + (random.random(count) > 0.6)) % 4]
        sugar = 10 - self.kind * 2 + random.random(count) * 4
        self.measured = pd.DataFrame(
            {
                "weight": 100 + self.kind * 40 + random.random(count) * 60,
                "sugar content": np.where(random.random(count) < 0.2, np.nan, sugar),
                "red": random.random(count) > 0.5,
            }
        )
        # As files have numbers: hardly one of them is one in single precision.
        self.measured = self.measured.round(2)

    @property
    def categories(self) -> pd.DataFrame:
        """Categories as a pandas category."""
        return self.measured.assign(region=pd.Categorical(self.region, categories=REGIONS))

    @property
    def one_hot(self) -> pd.DataFrame:
        """Categories as columns of 0 and 1."""
        return pd.get_dummies(self.measured.assign(region=self.region), columns=["region"])

    @property
    def texts(self) -> pd.DataFrame:
        """Categories as texts."""
        return self.measured.assign(region=self.region)

    def definition(self, fill: Any = "native", **changes: Any) -> Dict[str, Any]:
        """As the YAML file of a model has it."""
        features: List[Dict[str, Any]] = [
            {"name": "weight", "kind": "numeric", "fill": fill},
            {"name": "sugar content", "kind": "numeric", "fill": fill},
            {"name": "red", "kind": "boolean", "fill": "mode" if fill != "native" else "native"},
            {"name": "region", "kind": "categorical"},
        ]
        return {"name": "apples", "kind": "multi-class", "label": "use", "classes": self.classes, "features": features, **changes}


@pytest.fixture(params=[2, 3], ids=["two classes", "three classes"])
def orchard(request: pytest.FixtureRequest) -> Orchard:
    return Orchard(classes=request.param)


@pytest.fixture
def apples() -> Orchard:
    return Orchard(classes=3)
