"""What a data scientist would write: read, encode, split, train, evaluate. Prints seconds, peak MiB and accuracy as JSON."""
import json
import resource
import sys
import time

import pandas
import xgboost
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sqlalchemy import create_engine

url, threads, rounds, depth, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
began = time.perf_counter()
frame = pandas.read_sql("select * from bench.flat", create_engine(url))
y = frame.pop("success").astype("float32")
frame.pop("task_id")
categories = [name for name in frame.columns if name.startswith("c")] + ["action"]
X = pandas.get_dummies(frame, columns=categories, dtype="float32").astype("float32")
X_train, X_rest, y_train, y_rest = train_test_split(X, y, train_size=0.7, random_state=42)
X_valid, X_test, y_valid, y_test = train_test_split(X_rest, y_rest, test_size=0.5, random_state=42)
train = xgboost.QuantileDMatrix(X_train, y_train)
valid = xgboost.QuantileDMatrix(X_valid, y_valid, ref=train)
booster = xgboost.train(
    {"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist", "max_depth": depth,
     "learning_rate": rate, "nthread": threads, "seed": 42},
    train, rounds, evals=[(valid, "validation")], verbose_eval=False)
p = booster.predict(xgboost.DMatrix(X_test))
accuracy = accuracy_score(y_test, p > 0.5)
f1_score(y_test, p > 0.5, average="macro")
log_loss(y_test, p)
roc_auc_score(y_test, p)
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "accuracy": float(accuracy),
}))
