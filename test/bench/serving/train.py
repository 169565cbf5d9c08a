"""Trains the model of the serving benchmark and makes an MLServer folder of it: python train.py FOLDER"""
import json
import pathlib
import sys

import numpy as np
import xgboost as xgb

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(5)
x = rng.normal(size=(20_000, 23)).astype(np.float32)
y = (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(size=len(x)) > 0).astype(int)
booster = xgb.train({"objective": "binary:logistic", "max_depth": 6, "eta": 0.1, "seed": 1}, xgb.DMatrix(x, y), 200)
server = folder / "mlserver"
server.mkdir(parents=True, exist_ok=True)
booster.save_model(server / "model.json")
settings = {"name": "bench", "implementation": "mlserver_xgboost.XGBoostModel", "parameters": {"uri": "./model.json"}}
(server / "model-settings.json").write_text(json.dumps(settings))
