"""Talks to a serving instance through KServe's own clients, InferenceRESTClient and InferenceGRPCClient.

    python kserve_client.py http|grpc URL|HOST:PORT

The model is that of triton.py. Prints one line of JSON: what was checked.
"""
import asyncio
import json
import logging
import sys

import grpc
import httpx
import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from kserve.protocol.infer_type import RequestedOutput

protocol, address = sys.argv[1:]
MODEL = "backlink-outcome"
logging.disable(logging.CRITICAL)
checked = []


def check(name, condition):
    assert condition, name
    checked.append(name)


def matrix(rows, datatype="FP32", dtype=np.float32, binary=False, **options):
    tensor = InferInput("input", list(rows.shape), datatype)
    tensor.set_data_from_numpy(rows.astype(dtype), binary_data=binary)
    return InferRequest(options.pop("model", MODEL), [tensor], **options)


def probability(odds):
    return 1 / (1 + np.exp(-np.asarray(odds, dtype=np.float64)))


ROWS = np.array([[10, 1, 0], [90, 1, 0], [10, 0, 1]])
EXPECTED = probability([1, 1.25, -1])
MISSING = np.array([[np.nan, 0, 1]])


def outputs_of(answer):
    return {output.name: output.as_numpy() for output in answer.outputs}


def texts(values):
    return [value.decode() if isinstance(value, bytes) else value for value in np.asarray(values).ravel().tolist()]


async def main():
    if protocol == "http":
        client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))

        def infer(request):
            return client.infer(address, request, model_name=request.model_name)

        where = (address,)
    else:
        client = InferenceGRPCClient(address, retries=0)
        infer = client.infer
        where = ()
    check("server is live", await client.is_server_live(*where) is True)
    check("server is ready", await client.is_server_ready(*where) is True)
    check("model is ready", await client.is_model_ready(*where, MODEL) is True)

    # Binary tensors are what gRPC's raw contents and KServe's HTTP extension send; lists are its default.
    for binary in (False, True):
        said = outputs_of(await infer(matrix(ROWS, binary=binary)))
        check(f"probabilities, binary {binary}", said["probabilities"].shape == (3, 2) and np.abs(said["probabilities"][:, 1] - EXPECTED).max() < 1e-12)
        check(f"decisions, binary {binary}", texts(said["decision"]) == ["success", "success", "failed"])
        said = outputs_of(await infer(matrix(ROWS, "INT64", np.int64, binary=binary)))
        check(f"integers, binary {binary}", texts(said["decision"]) == ["success", "success", "failed"])
    said = outputs_of(await infer(matrix(MISSING, binary=True)))
    check("missing values", np.abs(said["probabilities"][:, 1] - probability([-1])).max() < 1e-12)
    answer = await infer(matrix(ROWS, "FP64", np.float64, request_id="seven"))
    # Over REST the client reads neither the version nor the parameters of an answer.
    version = "v1.0.0" if protocol == "grpc" else None
    check("model, version and id", (answer.model_name, answer.model_version, answer.id) == (MODEL, version, "seven"))
    asked = matrix(ROWS, request_outputs=[RequestedOutput("decision")])
    check("only what was asked for", list(outputs_of(await infer(asked))) == ["decision"])
    asked = matrix(ROWS, request_outputs=[RequestedOutput("probabilities", parameters={"binary_data": True})])
    check("a binary output", np.abs(outputs_of(await infer(asked))["probabilities"][:, 1] - EXPECTED).max() < 1e-12)

    da = InferInput("da", [2], "FP64")
    da.set_data_from_numpy(np.array([10.0, 90.0]), binary_data=False)
    action = InferInput("action", [2], "BYTES")
    action.set_data_from_numpy(np.array(["forum", "comment"], dtype=object), binary_data=False)
    check("raw features", texts(outputs_of(await infer(InferRequest(MODEL, [da])))["decision"]) == ["comment", "comment"])
    said = outputs_of(await infer(InferRequest(MODEL, [da, action])))
    check("raw features with texts", texts(said["decision"]) == ["failed", "success"])

    async def fails(name, part, request, code):
        try:
            await infer(request)
        except httpx.HTTPStatusError as error:
            # KServe's client reads the sentence only from "application/json" without a charset.
            check(name, part in str(error) and error.response.status_code == code[0])
        except grpc.RpcError as error:
            check(name, part in error.details() and error.code() == code[1])
        else:
            raise AssertionError(f"{name}: expected an error with {part!r}")

    wrong = (400, grpc.StatusCode.INVALID_ARGUMENT)
    unknown = (404, grpc.StatusCode.NOT_FOUND)
    await fails("unknown model", "weather", matrix(ROWS, model="weather"), unknown)
    await fails("wrong width", "expected [rows, 3]", matrix(ROWS[:, :2]), wrong)
    await fails("unknown output", 'output "x"', matrix(ROWS, request_outputs=[RequestedOutput("x")]), wrong)
    if protocol == "http":
        check("unknown model is not ready", await client.is_model_ready(address, "weather") is False)
        sent = {"inputs": [{"name": "input", "shape": [1, 3], "datatype": "FP32", "data": [[10, None, 0]]}]}
        check("a dictionary", (await client.infer(address, sent, model_name=MODEL)).outputs[0].shape == [1, 2])
        # The default protocol is V1, of which we have nothing: what comes back has to be an error, and no answer.
        try:
            await InferenceRESTClient(RESTConfig(protocol="v1", retries=0)).infer(address, {"instances": [[1, 2, 3]]}, model_name=MODEL)
        except httpx.HTTPStatusError as error:
            check("V1 is told apart", error.response.status_code == 404)
    else:
        try:
            check("unknown model is not ready", await client.is_model_ready("weather") is False)
        except grpc.RpcError as error:
            check("unknown model is not ready", error.code() == grpc.StatusCode.NOT_FOUND)
    await client.close()


asyncio.run(main())
print(json.dumps(checked))
