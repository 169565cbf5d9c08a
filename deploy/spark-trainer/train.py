"""Trains XGBoost on a Spark cluster for Ratchet's trainer, which submits this file and follows what it prints.

    spark-submit --master spark://host:7077 train.py order.json

The trainer has read every value already (numbers, positions of categories) and looks at the model afterwards, so this file
does three things only: it splits the rows by the hash that is the same everywhere, spreads each value over its columns, and
trains. Lines that begin with "RATCHET " are meant for the trainer; everything else is the log of the run.
"""

import json
import os
import re
import sys
import threading
import time
import traceback
from pathlib import Path

import xgboost
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from xgboost import collective
from xgboost.spark import SparkXGBRegressor

TRAIN, VALIDATION, TEST = 0, 1, 2
# A cluster that lacks room for all tasks gets this long to bring it back; then training begins anew with fewer.
GRACE_SECONDS = 45
LOOK_SECONDS = 2
MOST_ATTEMPTS = 3
# What is left when an executor dies: Spark tells of it, or XGBoost's workers miss each other.
LOSS = re.compile(r"ExecutorLost|Lost executor|FetchFailed|rabit|collective|socket|Connection reset|Broken pipe", re.IGNORECASE)
MARK = "RATCHET "


def tell(kind: str, **what) -> None:
    print(MARK + json.dumps({"kind": kind, **what}), flush=True)


def part_of(key, shares):
    """The part of a row (0 train, 1 validation, 2 test) by its key: the first 32 bits of a SHA-256, as everywhere in Ratchet."""
    digest = F.sha2(F.concat(F.lit("split:"), key).cast("binary"), 256)
    position = F.conv(F.substring(digest, 1, 8), 16, 10).cast("long") / F.lit(float(2**32))
    return (
        F.when(position < F.lit(float(shares["train"])), TRAIN)
        .when(position < F.lit(float(shares["train"] + shares["validation"])), VALIDATION)
        .otherwise(TEST)
    )


def spread(columns):
    """The model's columns, in order: each value as it is or in place of a missing one its fill, or 1 at its position."""
    spread_out = []
    for column in columns:
        value = F.col(column["name"])
        if column["as"] == "one-hot":
            spread_out += [(value == F.lit(float(i))).cast("float") for i in range(column["width"])]
            continue
        missing = F.isnan(value)
        filled = value if column["fill"] is None else F.when(missing, F.lit(column["fill"])).otherwise(value)
        spread_out.append(filled.cast("float"))
        if column["indicator"]:
            spread_out.append(missing.cast("float"))
    return [column.alias(f"x{i}") for i, column in enumerate(spread_out)]


def read_rows(spark: SparkSession, order: dict) -> DataFrame:
    """Rows of the training and validation parts with their part; those of the test part train nobody."""
    uri = order["rows"].replace("s3://", "s3a://", 1)
    rows = spark.read.parquet(uri).withColumn("part", part_of(F.col("key"), order["shares"]))
    return rows.drop("key")


def count_parts(rows: DataFrame) -> dict:
    counts = {row["part"]: row["count"] for row in rows.groupBy("part").count().collect()}
    return {"train": counts.get(TRAIN, 0), "validation": counts.get(VALIDATION, 0), "test": counts.get(TEST, 0)}


class Rounds(xgboost.callback.TrainingCallback):
    """Prints how far it is, through the driver, where the trainer listens."""

    def __init__(self) -> None:
        self.last = 0.0

    def after_iteration(self, model, epoch, evals_log) -> bool:
        now = time.monotonic()
        if collective.get_rank() == 0 and now - self.last >= 0.5:
            self.last = now
            losses = next(iter(evals_log.get("validation", {}).values()), None)
            line = {"kind": "round", "done": epoch + 1, "loss": losses[-1] if losses else None}
            collective.communicator_print(f"{MARK}{json.dumps(line)}\n")
        return False


def room(spark: SparkSession) -> int:
    """How many tasks can run at once."""
    context = spark.sparkContext._jsc.sc()
    return context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile())


class Watch(threading.Thread):
    """Ends a training for which the cluster has had no room for a while: Spark itself would wait for ever."""

    def __init__(self, spark: SparkSession, workers: int) -> None:
        super().__init__(daemon=True)
        self.spark, self.workers = spark, workers
        self.given_up = False
        self.over = threading.Event()

    def run(self) -> None:
        since = None
        while not self.over.wait(LOOK_SECONDS):
            now = time.monotonic()
            if room(self.spark) >= self.workers:
                since = None
            elif since is None:
                since = now
            elif now - since > GRACE_SECONDS:
                self.given_up = True
                self.spark.sparkContext.cancelAllJobs()
                return


def parameter(text: str):
    """A hyper-parameter comes as text; XGBoost's Python wants numbers as such."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def fit(rows: DataFrame, order: dict, workers: int, has_validation: bool) -> xgboost.Booster:
    # Narrow rows travel to their workers, and are spread there.
    spread_out = spread(order["columns"])
    validation = F.col("part") == VALIDATION
    weight = F.when(validation, F.lit(1.0)).otherwise(F.col("weight")) if order["weighted"] else F.lit(1.0)
    data = (
        rows.where(F.col("part") != TEST)
        .repartition(workers)
        .select(F.col("y").cast("double").alias("y"), validation.alias("validation"), weight.alias("weight"), *spread_out)
    )
    estimator = SparkXGBRegressor(
        features_col=[f"x{i}" for i in range(len(spread_out))],
        label_col="y",
        num_workers=workers,
        n_estimators=order["rounds"],
        missing=float("nan"),
        callbacks=[Rounds()],
        verbose=False,
        **({"weight_col": "weight"} if order["weighted"] else {}),
        **({"validation_indicator_col": "validation"} if has_validation else {}),
        **(
            {"early_stopping_rounds": order["early_stopping_rounds"]}
            if has_validation and order["early_stopping_rounds"] > 0
            else {}
        ),
        **{name: parameter(value) for name, value in order["parameters"].items()},
    )
    return estimator.fit(data).get_booster()


def wait_for_room(spark: SparkSession, workers: int) -> int:
    """Tasks that there is room for, once it is as many as wanted or the cluster had its time."""
    until = time.monotonic() + GRACE_SECONDS
    while (left := room(spark)) < workers and time.monotonic() < until:
        time.sleep(1)
    return left


def train(spark: SparkSession, rows: DataFrame, order: dict, counts: dict) -> xgboost.Booster:
    """With as many tasks as there is room for, or as were asked for; anew, with fewer if need be, when the cluster lost a part."""
    most = max(1, min(counts["train"], counts["validation"] or counts["train"]))
    workers = min(order["workers"] or max(1, room(spark)), most)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        tell("training", workers=workers)
        watch = Watch(spark, workers)
        watch.start()
        try:
            return fit(rows, order, workers, counts["validation"] > 0)
        except Exception as error:
            # Spark gives up a barrier stage of which a task died, as it cannot know what the others have done.
            if attempt == MOST_ATTEMPTS or not (watch.given_up or LOSS.search(str(error))):
                raise
            left = wait_for_room(spark, workers)
            if left < 1:
                raise
            workers = min(workers, left)
            tell("note", message=f"the cluster lost a part; training begins anew with {workers} tasks")
        finally:
            watch.over.set()
    raise AssertionError("not reached")


def end_with(trainer: int) -> None:
    """A trainer that died does not want this model any more."""

    def look() -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                os.kill(trainer, 0)
            except ProcessLookupError:
                os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def leave(spark: SparkSession, code: int) -> None:
    """Barrier stages leave a thread behind in Spark 3.5 that keeps Java from ending by itself."""
    java = spark.sparkContext._jvm
    spark.stop()
    try:
        java.java.lang.System.exit(code)
    except Exception:
        pass  # Java is gone before it can answer.
    os._exit(code)


def carry_out(spark: SparkSession, order: dict) -> None:
    tell("started", application=spark.sparkContext.applicationId, spark=spark.version, xgboost=xgboost.__version__)
    rows = read_rows(spark, order).cache()
    counts = count_parts(rows)
    tell("rows", **counts)
    booster = train(spark, rows, order, counts)
    best = booster.attr("best_iteration")
    if best is not None:
        booster = booster[: int(best) + 1]
    # Columns have no names in the file, as in those that the trainer's own library writes.
    booster.feature_names = booster.feature_types = None
    booster.set_attr(best_iteration=None, best_score=None)
    booster.save_model(order["model"])
    tell("done", rounds=booster.num_boosted_rounds(), library=xgboost.__version__, **{"rows": counts})


def main(path: str) -> None:
    order = json.loads(Path(path).read_text())
    end_with(order["trainer_pid"])
    spark = SparkSession.builder.appName(order["name"]).getOrCreate()
    code = 0
    try:
        carry_out(spark, order)
    except Exception as error:
        traceback.print_exc()
        tell("failed", error=type(error).__name__, message=sentence(error))
        code = 1
    leave(spark, code)


def sentence(error: Exception) -> str:
    """What went wrong, of a report that goes on for pages: what XGBoost found, or else the first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    found = [line for line in lines if "XGBoostError: " in line or "Check failed" in line or "Invalid" in line]
    return (found or lines or [""])[0][:500]


if __name__ == "__main__":
    main(sys.argv[1])
