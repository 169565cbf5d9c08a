"""Talks to a serving instance through tritonclient, with its defaults, and checks every answer.

    python triton.py http|grpc HOST:PORT

The model "backlink-outcome" has the columns da, action=comment and action=forum, and versions v1.0.0 (live) and v1.1.0.
Prints one line of JSON: what was checked. Ends with a traceback when something is not as a Triton client expects it.
"""
import json
import sys

import numpy as np
from tritonclient.utils import InferenceServerException

protocol, address = sys.argv[1:]
if protocol == "http":
    import tritonclient.http as triton
else:
    import tritonclient.grpc as triton

MODEL = "backlink-outcome"
checked = []


def check(name, condition):
    assert condition, name
    checked.append(name)


def fails(name, part, call):
    try:
        call()
    except InferenceServerException as error:
        check(name, part in error.message())
        return
    raise AssertionError(f"{name}: expected an error with {part!r}")


def field(value, key):
    return value[key] if isinstance(value, dict) else getattr(value, key)


client = triton.InferenceServerClient(url=address)
check("server is live", client.is_server_live())
check("server is ready", client.is_server_ready())
check("model is ready", client.is_model_ready(MODEL))
check("version is ready", client.is_model_ready(MODEL, "v1.1.0"))
check("unknown version is not ready", not client.is_model_ready(MODEL, "v9.9.9"))
check("server metadata", field(client.get_server_metadata(), "name") == "ratchet")
metadata = client.get_model_metadata(MODEL)
check("model metadata", field(metadata, "name") == MODEL and list(field(metadata, "versions")) == ["v1.0.0", "v1.1.0"])
(described,) = field(metadata, "inputs")
check("input metadata", field(described, "name") == "input" and [int(n) for n in field(described, "shape")] == [-1, 3])


def matrix(rows, datatype="FP32", dtype=np.float32, **options):
    tensor = triton.InferInput("input", list(rows.shape), datatype)
    tensor.set_data_from_numpy(rows.astype(dtype), **options)
    return [tensor]


def probability(odds):
    return 1 / (1 + np.exp(-np.asarray(odds, dtype=np.float64)))


rows = np.array([[10, 1, 0], [90, 1, 0], [10, 0, 1], [np.nan, 0, 1]])
expected = probability([1, 1.25, -1, -1])
result = client.infer(MODEL, matrix(rows))
p = result.as_numpy("probabilities")
check("probabilities", p.dtype == np.float64 and p.shape == (4, 2))
check("probabilities are right", np.abs(p[:, 1] - expected).max() < 1e-12 and np.abs(p.sum(axis=1) - 1).max() < 1e-12)
check("decisions", [d.decode() for d in result.as_numpy("decision")] == ["success", "success", "failed", "failed"])
response = result.get_response()
check("model version in the answer", field(response, "model_version") == "v1.0.0")

result = client.infer(MODEL, matrix(rows), model_version="v1.1.0", request_id="seven")
check("another version", np.abs(result.as_numpy("probabilities")[:, 1] - probability([-1, -0.75, 1, 1])).max() < 1e-12)
check("request id", field(result.get_response(), "id") == "seven")
result = client.infer(MODEL, matrix(rows, "FP64", np.float64), outputs=[triton.InferRequestedOutput("decision")])
check("only what was asked for", result.as_numpy("probabilities") is None and len(result.as_numpy("decision")) == 4)
batch = np.tile(rows, (500, 1))
check("a batch of 2000", client.infer(MODEL, matrix(batch)).as_numpy("probabilities").shape == (2000, 2))
check("integers", client.infer(MODEL, matrix(np.array([[10, 1, 0]]), "INT64", np.int64)).as_numpy("decision")[0] == b"success")

da = triton.InferInput("da", [2], "FP64")
da.set_data_from_numpy(np.array([10.0, 90.0]))
result = client.infer(MODEL, [da])
check("raw features", [d.decode() for d in result.as_numpy("decision")] == ["comment", "comment"])
action = triton.InferInput("action", [2], "BYTES")
action.set_data_from_numpy(np.array(["forum", "comment"], dtype=object))
result = client.infer(MODEL, [da, action])
check("raw features with texts", [d.decode() for d in result.as_numpy("decision")] == ["failed", "success"])

if protocol == "http":
    plain = client.infer(
        MODEL,
        matrix(rows[:3], binary_data=False),
        outputs=[triton.InferRequestedOutput(name, binary_data=False) for name in ("probabilities", "decision")],
    )
    check("JSON both ways", np.abs(plain.as_numpy("probabilities")[:, 1] - expected[:3]).max() < 1e-12)
    check("JSON texts", list(plain.as_numpy("decision")) == ["success", "success", "failed"])
    mixed = client.infer(MODEL, matrix(rows[:3], binary_data=False))
    check("JSON in, binary out", np.abs(mixed.as_numpy("probabilities")[:, 1] - expected[:3]).max() < 1e-12)
    for algorithm in ("gzip", "deflate"):
        packed = client.infer(MODEL, matrix(rows), request_compression_algorithm=algorithm)
        check(f"{algorithm} in", np.abs(packed.as_numpy("probabilities")[:, 1] - expected).max() < 1e-12)
    handle = client.async_infer(MODEL, matrix(rows))
    check("asynchronous", handle.get_result().as_numpy("probabilities").shape == (4, 2))

fails("unknown model", "weather", lambda: client.infer("weather", matrix(rows)))
fails("unknown version", "v9.9.9", lambda: client.infer(MODEL, matrix(rows), model_version="v9.9.9"))
fails("wrong width", "expected [rows, 3]", lambda: client.infer(MODEL, matrix(rows[:, :2])))
fails("unknown output", 'output "x"', lambda: client.infer(MODEL, matrix(rows), outputs=[triton.InferRequestedOutput("x")]))
fails("unknown metadata", "weather", lambda: client.get_model_metadata("weather"))
big = np.zeros((20_000, 3))
fails("too large a batch", "20000 rows", lambda: client.infer(MODEL, matrix(big)))
print(json.dumps(checked))
