"""What a data scientist would write: read, encode, split, train, evaluate. Prints seconds, peak MiB and accuracy as JSON.

pipeline.py HOW URL THREADS ROUNDS DEPTH RATE, where HOW is
  flat     pandas from a table with a column for each feature
  polars   polars from the table that we train on, features as JSON, read by ADBC
"""
import json
import resource
import sys
import time

import numpy
import xgboost
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

how, url, threads, rounds, depth, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6])
ROWS = "select action, success, features::text as features from feedback.training_rows where model = 'bench'"
CATEGORIES = ["c0", "c1", "c2", "action"]


def by_pandas():
    import pandas
    from sqlalchemy import create_engine

    engine = create_engine(url.replace("postgres://", "postgresql://").replace("postgresql://", "postgresql+psycopg2://"))
    frame = pandas.read_sql("select * from bench.flat", engine)
    frame.pop("task_id")
    y = frame.pop("success").astype("float32")
    return pandas.get_dummies(frame, columns=CATEGORIES, dtype="float32").astype("float32"), y


def by_polars():
    import polars

    features = polars.Struct(
        {f"n{i}": polars.Float64 for i in range(10)}
        | {"b0": polars.Boolean, "b1": polars.Boolean}
        | {f"c{i}": polars.String for i in range(3)}
    )
    frame = (
        polars.read_database_uri(ROWS, url, engine="adbc")
        .with_columns(polars.col("features").str.json_decode(features))
        .unnest("features")
    )
    y = frame["success"].cast(polars.Float32).to_numpy()
    X = frame.drop("success").to_dummies(CATEGORIES).cast(polars.Float32)
    return X.to_numpy(order="c"), y


began = time.perf_counter()
X, y = by_polars() if how == "polars" else by_pandas()
X_train, X_rest, y_train, y_rest = train_test_split(X, y, train_size=0.7, random_state=42)
X_valid, X_test, y_valid, y_test = train_test_split(X_rest, y_rest, test_size=0.5, random_state=42)
read = time.perf_counter()
train = xgboost.QuantileDMatrix(X_train, y_train)
valid = xgboost.QuantileDMatrix(X_valid, y_valid, ref=train)
booster = xgboost.train(
    {"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist", "max_depth": depth,
     "learning_rate": rate, "nthread": threads, "seed": 42},
    train, rounds, evals=[(valid, "validation")], verbose_eval=False)
p = booster.predict(xgboost.DMatrix(X_test))
decided = numpy.asarray(p > 0.5)
accuracy = accuracy_score(y_test, decided)
f1_score(y_test, decided, average="macro")
log_loss(y_test, p)
roc_auc_score(y_test, p)
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "prepare_seconds": read - began,
    "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "accuracy": float(accuracy),
}))
