"""An external trainer for Ratchet, in Python: takes runs by a lease, trains with XGBoost, hands in the model.

    pip install xgboost pyarrow
    TRAINER_URL=http://127.0.0.1:7430 RATCHET_URL=http://127.0.0.1:7400 RATCHET_TOKEN=… python trainer.py

Numeric, boolean and one-hot features without fills; your own trainer encodes as it likes, and says how in the description.
With confluent-kafka installed and KAFKA_BROKERS set, it is woken by training.progress instead of asking every few seconds.
"""
import hashlib
import io
import json
import math
import os
import threading
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pyarrow.parquet
import xgboost

TRAINER = os.environ.get("TRAINER_URL", "http://127.0.0.1:7430")
REGISTRY = os.environ.get("RATCHET_URL", "http://127.0.0.1:7400")
LEASE_SECONDS = int(os.environ.get("LEASE_SECONDS", "60"))


def ask(url, body=None, kind="application/json"):
    """POSTs, or GETs without a body. Raises HTTPError: with 409, the run is not ours any more."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {os.environ.get('RATCHET_TOKEN', '')}", "content-type": kind}
    with urlopen(Request(url, data, headers), timeout=120) as answer:
        content = answer.read()
        return json.loads(content) if "json" in answer.headers["content-type"] else content


def part_of(key, shares):
    """The part of a task, for good. Nobody may learn from test rows: the judge compares on them."""
    position = int.from_bytes(hashlib.sha256(b"split:" + key.encode()).digest()[:4], "big") / 2**32
    return "train" if position < shares["train"] else "validation" if position < shares["train"] + shares["validation"] else "test"


def number(raw, kind):
    """A raw value as the column's number; what cannot be read is missing."""
    text = str(raw).strip().lower() if raw is not None else ""
    if kind == "boolean":
        return 1.0 if text in ("true", "t", "yes", "y", "on", "1") else 0.0 if text in ("false", "f", "no", "n", "off", "0") else math.nan
    try:
        value = float({"true": "1", "false": "0"}.get(text, text))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def encoders_of(features, rows):
    """How raw values become columns, as a package's manifest says it."""
    for feature in features:
        if feature["kind"] not in ("numeric", "boolean", "categorical"):
            raise ValueError(f'This trainer makes no column of "{feature["name"]}", which is {feature["kind"]}.')
        encoder = {"feature": feature["name"], "source": {"from": "field", "field": feature["name"]}}
        if feature["kind"] == "categorical":
            seen = sorted({str(row[feature["name"]]) for row in rows if row.get(feature["name"]) not in (None, "")})
            yield {**encoder, "encoding": "one-hot", "categories": seen}
        else:
            yield {**encoder, "encoding": feature["kind"], "fill": None, "indicator": False}


def columns_of(encoders, row):
    for encoder in encoders:
        name, raw = encoder["feature"], row.get(encoder["feature"])
        if encoder["encoding"] != "one-hot":
            yield name, number(raw, encoder["encoding"])
            continue
        for category in encoder["categories"]:
            yield f"{name}={category}", float(str(raw) == category)
        yield f"{name}=(unseen)", float(str(raw) not in encoder["categories"])


def train(lease, tell):
    """The booster and the encoders of a lease's rows."""
    definition = lease["definition"]
    if definition.get("split", {}).get("key", "task_id") != "task_id":
        raise ValueError("This trainer splits by task_id only.")
    table = pyarrow.parquet.read_table(io.BytesIO(ask(f"{TRAINER}/v1/training/leases/{lease['lease_id']}/snapshot")))
    actions = definition.get("actions", [])
    rows = [{**row, "features": json.loads(row["features"] or "{}")} for row in table.to_pylist()]
    rows = [row for row in rows if row["action"] in actions and row["success"] is not None] if actions else [row for row in rows if row["label"] in definition["classes"]]
    parts = {name: [row for row in rows if part_of(row["task_id"], definition["split"]["shares"]) == name] for name in ("train", "validation")}
    encoders = list(encoders_of(definition["features"], [row["features"] for row in parts["train"]]))

    def matrix(part):
        lines = [dict(columns_of(encoders, row["features"]), **{f"action={a}": float(row["action"] == a) for a in actions}) for row in part]
        labels = [int(row["success"]) if actions else definition["classes"].index(row["label"]) for row in part]
        return xgboost.DMatrix(np.array([list(line.values()) for line in lines], np.float32), labels, feature_names=list(lines[0]))

    class Progress(xgboost.callback.TrainingCallback):
        def after_iteration(self, model, epoch, evals_log):
            tell(0.2 + 0.6 * epoch / rounds, f"round {epoch + 1} of {rounds}")
            return False

    asked, classes = definition.get("hyper_parameters", {}), len(definition.get("classes", [0, 0]))
    rounds = int(asked.get("rounds") or 100)
    parameters = {"max_depth": asked.get("max_depth", 6), "learning_rate": asked.get("learning_rate", 0.1), "seed": definition.get("seed", 0)}
    objective = {"objective": "binary:logistic"} if classes == 2 else {"objective": "multi:softprob", "num_class": classes}
    evals = [(matrix(parts["validation"]), "validation")] if parts["validation"] else []
    booster = xgboost.train({**parameters, **objective}, matrix(parts["train"]), rounds, evals=evals, verbose_eval=False, callbacks=[Progress()])
    return booster, encoders


def work(lease):
    """From the rows to the package, or a failure in a sentence; a heartbeat every few seconds keeps the lease."""
    base, said, over, lost = f"{TRAINER}/v1/training/leases/{lease['lease_id']}", {"progress": 0.2, "message": "reading the rows"}, threading.Event(), []

    def beat():
        while not over.wait(LEASE_SECONDS / 4):
            try:
                ask(f"{base}/heartbeat", {"lease_seconds": LEASE_SECONDS, **said})
            except HTTPError as error:
                if error.code == 409:
                    return lost.append(json.load(error)["detail"])
            except OSError:
                pass  # Away for a moment: the next beat may still come in time.

    def tell(progress, message):
        if lost:
            raise InterruptedError(lost[0])
        said.update(progress=progress, message=message)

    threading.Thread(target=beat, daemon=True).start()
    try:
        booster, encoders = train(lease, tell)
        uploaded = ask(f"{REGISTRY}/v1/models/{lease['model']}/uploads", bytes(booster.save_raw("json")), "application/octet-stream")
        description = {"encoders": encoders, "library": {"name": "xgboost", "version": xgboost.__version__}}
        ask(f"{base}/complete", {"upload": uploaded["digest"], "format": "xgboost-json", "description": description})
        print(json.dumps({"trained": lease["run_id"]}), flush=True)
    except InterruptedError as reason:
        print(json.dumps({"lost": lease["run_id"], "reason": str(reason)}), flush=True)
    except (ValueError, KeyError, xgboost.core.XGBoostError) as error:
        ask(f"{base}/fail", {"reason": f"{type(error).__name__}: {error}"[:2000]})
        print(json.dumps({"failed": lease["run_id"]}), flush=True)
    finally:
        over.set()


def wake_up():
    """Waits until a run may be there."""
    if not os.environ.get("KAFKA_BROKERS"):
        return time.sleep, 2
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": os.environ["KAFKA_BROKERS"], "group.id": "my-trainers", "auto.offset.reset": "latest"})
    consumer.subscribe([os.environ.get("KAFKA_TOPIC_PREFIX", "") + "training.progress"])
    return consumer.poll, 30


if __name__ == "__main__":
    wait, seconds = wake_up()
    while True:
        try:
            taken = ask(f"{TRAINER}/v1/training/leases", {"lease_seconds": LEASE_SECONDS})["lease"]
        except OSError as error:  # HTTPError is one: the address or the token may be wrong, or Ratchet away.
            print(json.dumps({"waiting": str(error)}), flush=True)
            taken = None
        work(taken) if taken else wait(seconds)
