"""Calls of inplace_predict a second for rows that are in memory already: python inplace.py MODEL ROWS"""
import sys
import time

import numpy as np
import xgboost as xgb

booster = xgb.Booster()
booster.load_model(sys.argv[1])
x = np.random.default_rng(7).normal(size=(int(sys.argv[2]), 23)).astype(np.float32)
for _ in range(3):
    booster.inplace_predict(x)
calls = 0
start = time.perf_counter()
while time.perf_counter() - start < 2:
    booster.inplace_predict(x)
    calls += 1
print(calls / (time.perf_counter() - start))
