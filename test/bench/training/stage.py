"""Trains on a matrix of float32 rows in a file, or predicts with a model file. Prints JSON."""
import json
import sys
import time

import numpy


def matrix(path, rows, columns):
    return numpy.fromfile(path, dtype="float32", count=rows * columns).reshape(rows, columns)


task = json.loads(sys.argv[1])
X = matrix(task["train"], task["rows"], task["columns"])
y = numpy.fromfile(task["labels"], dtype="float32")
V = matrix(task["validation"], task["validation_rows"], task["columns"])
w = numpy.fromfile(task["validation_labels"], dtype="float32")
rounds, threads = task["rounds"], task["threads"]
if task["predict"]:
    if task["backend"] == "xgboost":
        import xgboost
        p = xgboost.Booster(model_file=task["predict"]).predict(xgboost.DMatrix(V))
    else:
        import lightgbm
        p = lightgbm.Booster(model_file=task["predict"]).predict(V)
    numpy.asarray(p, dtype="float64").tofile(task["out"])
    print(json.dumps({"seconds": 0}))
    sys.exit()
if task["backend"] == "xgboost":
    import xgboost
    began = time.perf_counter()
    train = xgboost.QuantileDMatrix(X, y)
    valid = xgboost.QuantileDMatrix(V, w, ref=train)
    xgboost.train({"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist",
                   "max_depth": task["max_depth"], "learning_rate": task["learning_rate"], "nthread": threads, "seed": 42},
                  train, rounds, evals=[(valid, "validation")], verbose_eval=False)
else:
    import lightgbm
    began = time.perf_counter()
    parameters = {"objective": "binary", "metric": "binary_logloss", "learning_rate": task["learning_rate"],
                  "max_depth": task["max_depth"], "num_threads": threads, "seed": 42, "verbosity": -1,
                  "deterministic": True, "force_col_wise": True}
    train = lightgbm.Dataset(X, y, params=parameters)
    lightgbm.train(parameters, train, rounds, valid_sets=[lightgbm.Dataset(V, w, reference=train)])
print(json.dumps({"seconds": time.perf_counter() - began}))
