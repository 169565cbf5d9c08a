"""Talks to a serving instance as MLServer's documentation does: its codecs and types over HTTP, its stubs over gRPC, and `mlserver infer`.

    python mlserver_client.py URL HOST:PORT

The model is that of triton.py. Prints one line of JSON: what was checked.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import grpc
import mlserver.grpc.converters as converters
import mlserver.grpc.dataplane_pb2 as pb
import mlserver.grpc.dataplane_pb2_grpc as dataplane
import numpy as np
import pandas as pd
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

url, address = sys.argv[1:]
MODEL = "backlink-outcome"
checked = []


def check(name, condition):
    assert condition, name
    checked.append(name)


def post(request, model=MODEL):
    body = request.model_dump_json().encode()
    with urlopen(Request(f"{url}/v2/models/{model}/infer", body, {"content-type": "application/json"}), timeout=20) as answer:
        return InferenceResponse.model_validate_json(answer.read())


def probability(odds):
    return 1 / (1 + np.exp(-np.asarray(odds, dtype=np.float64)))


ROWS = np.array([[10, 1, 0], [90, 1, 0], [10, 0, 1]], dtype=np.float32)
EXPECTED = probability([1, 1.25, -1])
stub = dataplane.GRPCInferenceServiceStub(grpc.insecure_channel(address))


def call(request):
    return converters.ModelInferResponseConverter.to_types(stub.ModelInfer(converters.ModelInferRequestConverter.from_types(request, MODEL, None)))


for way, ask in (("HTTP", post), ("gRPC", call)):
    answer = ask(InferenceRequest(id="seven", inputs=[NumpyCodec.encode_input("input", ROWS)]))
    probabilities, decision = answer.outputs
    found = NumpyCodec.decode_output(probabilities)
    check(f"{way}: probabilities", found.shape == (3, 2) and np.abs(found[:, 1] - EXPECTED).max() < 1e-12)
    check(f"{way}: decisions", StringCodec.decode_output(decision) == ["success", "success", "failed"])
    check(f"{way}: id and model", (answer.id, answer.model_name, answer.model_version) == ("seven", MODEL, "v1.0.0"))
    # Its codec knows texts as objects only.
    frame = pd.DataFrame({"da": [10.0, 90.0], "action": pd.Series(["forum", "comment"], dtype=object)})
    answer = ask(PandasCodec.encode_request(frame))
    check(f"{way}: a frame of raw features", StringCodec.decode_output(answer.outputs[1]) == ["failed", "success"])

# Its codec makes null of NaN, which JSON has and its own converter for gRPC has not.
missing = InferenceRequest(inputs=[NumpyCodec.encode_input("input", np.array([[np.nan, 0, 1]], np.float32))])
check("HTTP: missing values, null in JSON", np.abs(NumpyCodec.decode_output(post(missing).outputs[0])[0, 1] - probability(-1)) < 1e-12)
check("gRPC: metadata", stub.ModelMetadata(pb.ModelMetadataRequest(name=MODEL)).name == MODEL)
index = stub.RepositoryIndex(pb.RepositoryIndexRequest())
check("gRPC: repository index", MODEL in {model.name for model in index.models})

narrow = InferenceRequest(inputs=[NumpyCodec.encode_input("input", ROWS[:, :2])])
try:
    post(narrow)
except HTTPError as error:
    check("HTTP: wrong width", error.code == 400 and "expected [rows, 3]" in json.load(error)["error"])
try:
    call(narrow)
except grpc.RpcError as error:
    check("gRPC: wrong width", error.code() == grpc.StatusCode.INVALID_ARGUMENT and "expected [rows, 3]" in error.details())
try:
    post(narrow, "weather")
except HTTPError as error:
    check("HTTP: unknown model", error.code == 404 and "weather" in json.load(error)["error"])

with tempfile.TemporaryDirectory() as folder:
    asked, said = pathlib.Path(folder) / "in.jsonl", pathlib.Path(folder) / "out.jsonl"
    request = InferenceRequest(inputs=[NumpyCodec.encode_input("input", ROWS[:1])])
    asked.write_text("\n".join([request.model_dump_json(exclude_none=True)] * 20) + "\n")
    for batch in ("1", "4"):
        command = [str(pathlib.Path(sys.executable).parent / "mlserver"), "infer", "-u", urlsplit(url).netloc, "-m", MODEL, "-i", str(asked), "-o", str(said), "-s", batch]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in said.read_text().splitlines()]
        check(f"mlserver infer in batches of {batch}", len(answers) == 20 and all("outputs" in answer for answer in answers))
print(json.dumps(checked))
