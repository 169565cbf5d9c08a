"""What deploy/spark-trainer/train.py computes on Spark, for comparison: the part of each key, or the columns of each row.

    spark_functions.py FOLDER_OF_TRAIN_PY split FILE SHARES        a digit per key (a JSON text a line), in order
    spark_functions.py FOLDER_OF_TRAIN_PY spread PARQUET COLUMNS   a JSON list per row, in order; null is NaN
"""

import json
import math
import sys

sys.path.insert(0, sys.argv[1])
import pyarrow
import pyarrow.parquet
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from train import part_of, spread

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
if sys.argv[2] == "split":
    with open(sys.argv[3], encoding="utf-8", newline="\n") as file:
        keys = [json.loads(line) for line in file]
    # As the trainer gives them: in a Parquet file.
    table = pyarrow.table({"i": range(len(keys)), "key": keys})
    pyarrow.parquet.write_table(table, sys.argv[3] + ".parquet", row_group_size=30_720)
    part = part_of(F.col("key"), json.loads(sys.argv[4])).alias("part")
    parts = spark.read.parquet(sys.argv[3] + ".parquet").select("i", part).toPandas().sort_values("i")
    print("".join(str(part) for part in parts["part"]))
else:
    rows = spark.read.parquet(sys.argv[3]).coalesce(1).select(*spread(json.loads(sys.argv[4])))
    for row in rows.toLocalIterator():
        print(json.dumps([None if math.isnan(value) else value for value in row]))
