"""Talks to a serving instance through the protocol's own client, open-inference-openapi.

    python protocol.py http://HOST:PORT
"""
import json
import sys

import httpx
from open_inference.openapi.client import InferenceRequest, OpenInferenceClient

MODEL = "backlink-outcome"
client = OpenInferenceClient(base_url=sys.argv[1])
checked = []


def check(name, condition):
    assert condition, name
    checked.append(name)


client.check_server_readiness()
check("server is ready", True)
client.check_model_readiness(MODEL)
check("model is ready", True)
client.check_server_liveness()
client.check_model_version_readiness(MODEL, "v1.1.0")
check("version metadata", client.read_model_version_metadata(MODEL, "v1.1.0").versions == ["v1.1.0"])
check("server metadata", client.read_server_metadata().name == "ratchet")
metadata = client.read_model_metadata(MODEL)
check("model metadata", metadata.name == MODEL and metadata.inputs[0].name == "input")
tensor = {"name": "input", "shape": [2, 3], "datatype": "FP32", "data": [10, 1, 0, 10, 0, 1]}
request = InferenceRequest(id="a", inputs=[tensor])
response = client.model_infer(MODEL, request=request)
check("infer", response.model_name == MODEL and response.id == "a")
probabilities, decision = response.outputs
check("outputs", probabilities.shape == [2, 2] and probabilities.datatype == "FP64")
check("decisions", list(decision.data.__root__) == ["success", "failed"])
response = client.model_version_infer(MODEL, "v1.1.0", request=request)
check("another version", response.model_version == "v1.1.0")
for name, model, inputs in (("unknown model", "weather", [tensor]), ("wrong shape", MODEL, [{**tensor, "shape": [3, 2]}])):
    try:
        client.model_infer(model, request=InferenceRequest(inputs=inputs))
    except httpx.HTTPStatusError as error:
        check(name, "error" in error.response.json())
    except Exception as error:  # the client turns the protocol's errors into its own
        check(name, type(error).__module__.startswith("open_inference") and "expected" in str(error))
    else:
        raise AssertionError(name)
print(json.dumps(checked))
