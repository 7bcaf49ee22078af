import base64
import dataclasses
import json
import struct

import numpy as np
import pytest

from hydranet.runs._head_file import HeadFile

from .conftest import Watched

pytestmark = pytest.mark.slow


def infer(served, request, **options):
    return served.client.post("/v2/models/tiny/infer", json=request, **options)


def files(contents, **fields):
    data = [base64.b64encode(content).decode() for content in contents]
    return {
        "inputs": [{"name": "images", "datatype": "BYTES", "shape": [len(data)], "data": data}],
        **fields,
    }


def pixels(array, datatype, **fields):
    tensor = {"name": "images", "datatype": datatype, "shape": list(array.shape), "data": array.tolist()}
    return {"inputs": [tensor], **fields}


def expected_scores(predictor, contents):
    answers = predictor.answer(np.stack([predictor.read(content) for content in contents]))
    return {name: answers.scores(name) for name in predictor.tasks}


def post_binary(served, header, data, length=None):
    text = json.dumps(header).encode()
    headers = {"inference-header-content-length": str(length or len(text))}
    return served.client.post("/v2/models/tiny/infer", content=text + data, headers=headers)


def test_server_and_model_are_described(served):
    assert served.client.get("/v2").json()["extensions"] == ["binary_tensor_data"]
    model = served.client.get("/v2/models/tiny").json()
    assert {(tensor["name"], tensor["datatype"]): tensor["shape"] for tensor in model["inputs"]} == {
        ("images", "UINT8"): [-1, 32, 32, 3],
        ("images", "FP32"): [-1, 32, 32, 3],
        ("images", "BYTES"): [-1],
    }
    assert {tensor["name"]: tensor["shape"] for tensor in model["outputs"]} == {
        "cats_dogs": [-1, 2],
        "coat": [-1, 3],
        "parts": [-1, 3],
        "age": [-1, 1],
    }


def test_health(served):
    assert served.client.get("/v2/health/live").json() == {"live": True}
    assert served.client.get("/v2/health/ready").json() == {"ready": True}
    assert served.client.get("/v2/models/tiny/ready").json() == {"name": "tiny", "ready": True}


def test_files_as_base64_get_the_scores_of_all_tasks_and_the_id(served, predictor, cat_and_dog):
    response = infer(served, files(cat_and_dog, id="42"))
    content = response.json()
    expected = expected_scores(predictor, cat_and_dog)
    assert (response.status_code, content["model_name"], content["id"]) == (200, "tiny", "42")
    assert [output["name"] for output in content["outputs"]] == list(expected)
    for output in content["outputs"]:
        assert output["shape"] == list(expected[output["name"]].shape)
        scores = np.array(output["data"], float).reshape(output["shape"])
        np.testing.assert_allclose(scores, expected[output["name"]], rtol=1e-5, atol=1e-5)


def test_scores_behind_a_closed_gate_are_null(served, cat_and_dog):
    content = infer(served, files(cat_and_dog, outputs=[{"name": "coat"}])).json()
    [output] = content["outputs"]
    assert output["data"][:3] == [None] * 3
    assert sum(output["data"][3:]) == pytest.approx(1)


@pytest.mark.parametrize("datatype", ["UINT8", "FP32"])
@pytest.mark.parametrize("is_flat", [False, True])
def test_pixels_are_answered_as_the_predictor_answers_them(served, predictor, images, datatype, is_flat):
    array = images[:3].astype(np.uint8) if datatype == "UINT8" else images[:3] + 0.25
    array = np.minimum(array, 255)
    request = pixels(array, datatype, outputs=[{"name": "age"}])
    if is_flat:
        request["inputs"][0]["data"] = array.ravel().tolist()
    [output] = infer(served, request).json()["outputs"]
    expected = predictor.answer(array.astype(np.float32)).scores("age")
    np.testing.assert_allclose(np.array(output["data"])[:, None], expected, atol=1e-4)


def test_binary_tensors_in_and_out(served, predictor, cat_and_dog):
    data = b"".join(struct.pack("<I", len(content)) + content for content in cat_and_dog)
    tensor = {
        "name": "images",
        "datatype": "BYTES",
        "shape": [2],
        "parameters": {"binary_data_size": len(data)},
    }
    outputs = [{"name": "coat"}, {"name": "age", "parameters": {"binary_data": False}}]
    header = {"inputs": [tensor], "outputs": outputs, "parameters": {"binary_data_output": True}}
    response = post_binary(served, header, data)
    length = int(response.headers["inference-header-content-length"])
    coat, age = json.loads(response.content[:length])["outputs"]
    scores = np.frombuffer(response.content[length:], "<f4").reshape(coat["shape"])
    expected = expected_scores(predictor, cat_and_dog)
    assert coat["parameters"] == {"binary_data_size": 24}
    np.testing.assert_allclose(scores, expected["coat"], atol=1e-5)
    assert np.isnan(scores[0]).all()
    np.testing.assert_allclose(age["data"], expected["age"][:, 0], atol=1e-4)


@pytest.mark.parametrize(("datatype", "dtype"), [("UINT8", "u1"), ("FP32", "<f4")])
def test_binary_pixels(served, predictor, images, datatype, dtype):
    array = images[:2].astype(dtype)
    tensor = {"name": "images", "datatype": datatype, "shape": [2, 32, 32, 3]}
    tensor["parameters"] = {"binary_data_size": array.nbytes}
    response = post_binary(served, {"inputs": [tensor], "outputs": [{"name": "age"}]}, array.tobytes())
    [output] = response.json()["outputs"]
    expected = predictor.answer(array.astype(np.float32)).scores("age")
    np.testing.assert_allclose(np.array(output["data"])[:, None], expected, atol=1e-4)


GOOD = {"name": "images", "datatype": "UINT8", "shape": [1, 32, 32, 3], "data": [0] * 3072}


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"datatype": "FP64"}, 400, "expected UINT8, FP32, BYTES"),
        ({"datatype": ["UINT8"]}, 400, "datatype"),
        ({"name": "pixels"}, 400, "expected one tensor, called 'images'"),
        ({"shape": [1, 224, 224, 3]}, 400, "expected [N, 32, 32, 3] for UINT8"),
        ({"shape": [-1, 32, 32, 3]}, 400, "at least one picture"),
        ({"shape": [0, 32, 32, 3]}, 400, "at least one picture"),
        ({"shape": [10**30, 32, 32, 3]}, 413, "at most 256 pictures"),
        ({"shape": [True, 32, 32, 3]}, 400, "shape"),
        ({"shape": [1.0, 32, 32, 3]}, 400, "shape"),
        ({"shape": "all"}, 400, "shape"),
        ({"shape": [2, 32, 32, 3]}, 400, "expected 6144 numbers"),
        ({"data": [0.5] * 3072}, 400, "whole numbers"),
        ({"data": [256] * 3072}, 400, "from 0 to 255"),
        ({"data": [-1] * 3072}, 400, "from 0 to 255"),
        ({"data": [None] * 3072}, 400, "whole numbers"),
        ({"data": ["x" * 100] * 3072}, 400, "numbers"),
        ({"data": [[1, 2], [3]]}, 400, "numbers"),
        ({"data": {"a": 1}}, 400, "numbers"),
        ({"data": [10**400]}, 400, "numbers"),
        ({"datatype": "FP32", "data": [float("nan")] * 3072}, 400, "from 0 to 255"),
        ({"datatype": "FP32", "data": [1e300] * 3072}, 400, "from 0 to 255"),
        ({"datatype": "BYTES", "shape": [1], "data": ["*"]}, 400, "base64"),
        ({"datatype": "BYTES", "shape": [1], "data": [7]}, 400, "base64"),
        ({"datatype": "BYTES", "shape": [1], "data": ["é"]}, 400, "base64"),
        ({"datatype": "BYTES", "shape": [2], "data": ["AA=="]}, 400, "list of 2"),
        ({"datatype": "BYTES", "shape": [1], "data": ["AA=="]}, 422, "not a picture"),
        ({"parameters": {"binary_data_size": 3072}}, 400, "no 'data', received 0"),
        ({"parameters": []}, 400, "parameters"),
    ],
)
def test_a_wrong_tensor_is_refused_with_the_reason(served, change, status, message):
    body = json.dumps({"inputs": [{**GOOD, **change}]})
    response = served.client.post("/v2/models/tiny/infer", content=body)
    assert (response.status_code, list(response.json())) == (status, ["error"])
    assert message in response.json()["error"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[" * 500_000, 400, "not JSON"),
        (b'{"a":' * 100_000, 400, "not JSON"),
        (b"1" * 900_000, 400, "not JSON"),
        (b"[]", 400, "expected an object"),
        (b"{}", 400, "expected one tensor"),
        (b'{"inputs": {}}', 400, "'inputs': expected a list"),
        (b'{"inputs": [7]}', 400, "expected one tensor"),
        (json.dumps({"inputs": [GOOD, GOOD]}).encode(), 400, "expected one tensor"),
        (json.dumps({"inputs": [GOOD], "outputs": ["age"]}).encode(), 400, "outputs"),
        (json.dumps({"inputs": [GOOD], "outputs": [{}]}).encode(), 404, "Unknown task ''"),
        (json.dumps({"inputs": [GOOD], "outputs": [{"name": "agee"}]}).encode(), 404, "Did you mean 'age'?"),
        (json.dumps({"inputs": [GOOD], "outputs": [{"name": "x" * 900_000}]}).encode(), 404, "Known: age"),
        (json.dumps({"inputs": [GOOD], "id": 7}).encode(), 400, "'id': expected a str"),
        (json.dumps({"inputs": [GOOD], "parameters": 7}).encode(), 400, "'parameters': expected a dict"),
    ],
)
def test_a_wrong_request_is_refused_with_the_reason(served, body, status, message):
    response = served.client.post("/v2/models/tiny/infer", content=body)
    assert (response.status_code, list(response.json())) == (status, ["error"])
    assert message in response.json()["error"]


@pytest.mark.parametrize(
    ("data", "length", "message"),
    [
        (b"\x05\x00\x00\x00abc", None, "each after its length"),
        (b"\x00\x00\x00\x00", None, "each after its length"),
        (b"\xff\xff\xff\xff", None, "each after its length"),
        (b"", "x", "expected a number of bytes"),
        (b"", "-1", "expected a number of bytes"),
        (b"", "99999999", "the body has"),
        (b"", "3", "not JSON"),
    ],
)
def test_wrong_binary_data_is_refused_with_the_reason(served, data, length, message):
    tensor = {"name": "images", "datatype": "BYTES", "shape": [2]}
    tensor["parameters"] = {"binary_data_size": len(data)}
    response = post_binary(served, {"inputs": [tensor]}, data, length)
    assert response.status_code == 400
    assert message in response.json()["error"]


def test_other_models_and_content_types_are_refused(served):
    for path in ("/v2/models/other", "/v2/models/other/ready"):
        assert served.client.get(path).status_code == 404
    assert served.client.post("/v2/models/other/infer", json={}).status_code == 404
    response = served.client.post(
        "/v2/models/tiny/infer", content=b"{}", headers={"content-type": "text/xml"}
    )
    assert response.status_code == 415


def test_a_head_that_changes_its_columns_between_two_passes_of_a_request_is_asked_again(
    start, predictor, head_files, images, tmp_path
):
    file = HeadFile.read(head_files["parts"])
    dataclasses.replace(file, task=dataclasses.replace(file.task, name="age")).write(tmp_path / "age.head")

    class Exchanging(Watched):
        def answer(self, images, *args, **options):
            answers = super().answer(images, *args, **options)
            if len(images) > 1:
                predictor.add_head(tmp_path / "age.head")
            return answers

    served = start(Exchanging(predictor))
    for name in predictor.tasks:
        predictor.add_head(head_files[name])
    all_that_both_have = infer(served, pixels(images.astype(np.uint8), "UINT8"))
    assert all_that_both_have.status_code == 200
    assert {output["name"] for output in all_that_both_have.json()["outputs"]} == {
        "cats_dogs",
        "coat",
        "parts",
    }
    assert all_that_both_have.json()["parameters"] == {"left_out": "age"}
    predictor.add_head(head_files["age"])
    request = pixels(images.astype(np.uint8), "UINT8", outputs=[{"name": "age"}])
    first = infer(served, request)
    assert (first.status_code, first.headers["retry-after"]) == (503, "0")
    assert "exchanged" in first.json()["error"]
    assert infer(served, request).json()["outputs"][0]["shape"] == [12, 3]


def test_no_outputs_wanted_gives_none(served, images):
    assert infer(served, pixels(images[:1].astype(np.uint8), "UINT8", outputs=[])).json()["outputs"] == []


def test_rows_of_a_request_larger_than_a_batch_come_in_order(served, predictor, images):
    array = np.concatenate([images, images[::-1]]).astype(np.uint8)
    [output] = infer(served, pixels(array, "UINT8", outputs=[{"name": "age"}])).json()["outputs"]
    expected = [predictor.answer(row[None].astype(np.float32)).scores("age")[0, 0] for row in array]
    np.testing.assert_allclose(output["data"], expected, atol=1e-4)
