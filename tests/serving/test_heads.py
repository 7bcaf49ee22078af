import base64
import dataclasses
import io
import itertools
import json
import logging
import threading
import zipfile

import httpx
import numpy as np
import pytest

from hydranet.errors import ConfigError, ModelError
from hydranet.runs._head_file import HeadFile
from hydranet.serving._heads import WatchedFolder

pytestmark = pytest.mark.slow

AUTHORISED = {"authorization": "Bearer the token"}


def renamed(content, name, folder):
    """The bytes of the same head under another name."""
    file = HeadFile.read(content)
    path = folder / "renamed.head"
    dataclasses.replace(file, task=dataclasses.replace(file.task, name=name)).write(path)
    return path.read_bytes()


def names(served):
    return [task["name"] for task in served.client.get("/tasks").json()["tasks"]]


@pytest.fixture
def served(start):
    return start(admin_token="the token")


def test_a_head_is_added_replaced_and_removed_while_the_server_runs(served, head_files, pictures, tmp_path):
    content = renamed(head_files["age"], "weight", tmp_path)
    put = [served.client.put("/admin/heads", content=content, headers=AUTHORISED) for _ in range(2)]
    assert [(response.status_code, response.json()) for response in put] == [
        (201, {"task": "weight"}),
        (200, {"task": "weight"}),
    ]
    answer = served.client.post("/predict", content=pictures[0]).json()["predictions"]
    assert answer["weight"] == answer["age"]
    gone = served.client.delete("/admin/heads/weight", headers=AUTHORISED)
    assert (gone.status_code, gone.json()) == (200, {"task": "weight"})
    assert "weight" not in names(served)
    assert served.client.post("/predict?tasks=weight", content=pictures[0]).status_code == 404
    assert 'task="weight"' not in served.client.get("/metrics").text


@pytest.mark.parametrize(
    "header",
    [{}, {"authorization": "the token"}, {"authorization": "Bearer no"}, {"authorization": "Bearer é"}],
)
def test_without_the_token_nothing_changes(served, head_files, header):
    header = {name: value.encode() for name, value in header.items()}
    put = served.client.put("/admin/heads", content=head_files["age"], headers=header)
    delete = served.client.delete("/admin/heads/age", headers=header)
    assert (put.status_code, delete.status_code) == (401, 401)
    assert put.headers["www-authenticate"] == "Bearer"
    assert "age" in names(served)


def test_a_server_without_a_token_lets_nobody_change_heads(start, head_files):
    client = start().client
    assert client.put("/admin/heads", content=head_files["age"], headers=AUTHORISED).status_code == 403
    assert client.delete("/admin/heads/age", headers={"authorization": "Bearer None"}).status_code == 403


def test_a_head_that_is_not_there_or_must_stay_is_not_removed(served):
    def delete(name):
        return served.client.delete(f"/admin/heads/{name}", headers=AUTHORISED)

    assert delete("agee").status_code == 404
    assert "Did you mean 'age'?" in delete("agee").json()["error"]
    assert delete("cats_dogs").status_code == 409, "it is the gate of coat"
    assert [delete(name).status_code for name in ("coat", "cats_dogs", "parts", "age")] == [
        200,
        200,
        200,
        409,
    ]


@pytest.mark.parametrize("damage", ["empty", "truncated", "other", "layers_below", "path_in_name"])
def test_a_head_that_can_not_be_used_is_refused_and_changes_nothing(served, head_files, tmp_path, damage):
    content = head_files["age"]
    if damage == "layers_below":
        dataclasses.replace(HeadFile.read(content), fingerprint="0" * 64).write(tmp_path / "other.head")
        content = (tmp_path / "other.head").read_bytes()
    elif damage == "path_in_name":
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(tmp_path / "x", "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b'"age"', b'"../../age"'))
        content = (tmp_path / "x").read_bytes()
    else:
        content = {"empty": b"", "truncated": content[:-50], "other": b"PK" * 50}[damage]
    response = served.client.put("/admin/heads", content=content, headers=AUTHORISED)
    assert response.status_code == 422
    assert response.json()["error"].startswith("The head can't be used:")
    assert names(served) == ["cats_dogs", "coat", "parts", "age"]


@pytest.mark.parametrize("path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "a" * 5000])
def test_no_path_reaches_the_file_system(served, path):
    assert served.client.delete(f"/admin/heads/{path}", headers=AUTHORISED).status_code in (404, 405)


def test_ten_exchanges_of_heads_under_load_lose_no_request(served, head_files, pictures, tmp_path):
    weight = renamed(head_files["age"], "weight", tmp_path)
    done, statuses = threading.Event(), []

    def ask(number):
        with httpx.Client(base_url=served.url, timeout=20) as client:
            for step in itertools.count(number):
                query = ["", "?tasks=cats_dogs", "?tasks=coat,parts"][step % 3]
                response = client.post(f"/predict{query}", content=pictures[step % len(pictures)])
                statuses.append((response.status_code, len(response.json()["predictions"])))
                if done.is_set():
                    return

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        for content in (weight, head_files["age"]):
            assert served.client.put("/admin/heads", content=content, headers=AUTHORISED).is_success
        assert served.client.delete("/admin/heads/weight", headers=AUTHORISED).is_success
    done.set()
    for thread in threads:
        thread.join()
    assert {status for status, _ in statuses} == {200}
    assert {size for _, size in statuses} <= {1, 2, 4, 5}


class Folder(WatchedFolder):
    """A watched folder that is looked at when a test says so: twice, so that a file is seen not to change."""

    def look(self):
        self.scan()
        self.scan()


@pytest.fixture
def folder(tmp_path, predictor):
    return Folder(tmp_path, predictor)


def test_heads_follow_the_files_of_a_folder(folder, predictor, head_files, tmp_path):
    (tmp_path / "new.head").write_bytes(renamed(head_files["age"], "weight", tmp_path))
    (tmp_path / "renamed.head").unlink()
    folder.look()
    assert "weight" in predictor.tasks
    (tmp_path / "new.head").write_bytes(renamed(head_files["age"], "height", tmp_path))
    (tmp_path / "renamed.head").unlink()
    folder.look()
    assert {"weight", "height"} & predictor.tasks.keys() == {"height"}
    (tmp_path / "new.head").unlink()
    folder.look()
    assert list(predictor.tasks) == ["cats_dogs", "coat", "parts", "age"]


def test_a_file_is_read_once_it_does_not_change_any_more_and_only_once(
    folder, predictor, head_files, tmp_path
):
    content = head_files["age"]
    predictor.remove_head("age")
    (tmp_path / "age.head").write_bytes(content[:100])
    folder.scan()
    (tmp_path / "age.head").write_bytes(content)
    folder.scan()
    assert "age" not in predictor.tasks
    folder.scan()
    assert "age" in predictor.tasks
    predictor.remove_head("age")
    folder.look()
    assert "age" not in predictor.tasks


def test_a_half_written_file_is_tried_again_and_its_reason_logged_once(
    folder, predictor, head_files, tmp_path, caplog
):
    predictor.remove_head("age")
    (tmp_path / "age.head").write_bytes(head_files["age"][:100])
    with caplog.at_level(logging.INFO):
        folder.look()
        folder.look()
        assert len(caplog.records) == 1
        assert "age.head can't be used yet" in caplog.text
        (tmp_path / "age.head").write_bytes(head_files["age"])
        folder.look()
    assert "age" in predictor.tasks


def test_of_two_files_of_one_head_the_other_takes_its_place(folder, predictor, head_files, tmp_path):
    content = renamed(head_files["age"], "weight", tmp_path)
    (tmp_path / "renamed.head").unlink()
    for name in ("a", "b"):
        (tmp_path / f"{name}.head").write_bytes(content)
    folder.look()
    (tmp_path / "b.head").unlink()
    folder.look()
    assert "weight" in predictor.tasks
    (tmp_path / "a.head").unlink()
    folder.look()
    assert "weight" not in predictor.tasks


def test_a_file_that_goes_gives_the_head_back_that_the_model_came_with(
    folder, predictor, head_files, pictures, tmp_path
):
    [before] = predictor.predict(pictures[:1])
    file = HeadFile.read(head_files["age"])
    other = dataclasses.replace(file, weights=tuple(weight + 1 for weight in file.weights))
    other.write(tmp_path / "age.head")
    folder.look()
    [meanwhile] = predictor.predict(pictures[:1])
    (tmp_path / "age.head").unlink()
    folder.look()
    [after] = predictor.predict(pictures[:1])
    assert before["age"] == after["age"] != meanwhile["age"]


def test_a_gate_and_its_task_may_go_together(folder, predictor, head_files, tmp_path):
    gate, gated = HeadFile.read(head_files["cats_dogs"]), HeadFile.read(head_files["coat"])
    tasks = {
        "pets": (gate, dataclasses.replace(gate.task, name="pets")),
        "fur": (gated, dataclasses.replace(gated.task, name="fur", when={"pets": ("dog",)})),
    }
    for name, (file, task) in tasks.items():
        dataclasses.replace(file, task=task).write(tmp_path / f"{name}.head")
        folder.look()
    assert {"pets", "fur"} <= predictor.tasks.keys()
    for name in tasks:
        (tmp_path / f"{name}.head").unlink()
    folder.look()
    assert sorted(predictor.tasks) == ["age", "cats_dogs", "coat", "parts"]


def test_the_heads_of_a_folder_are_there_from_the_start_and_followed(start, predictor, head_files, tmp_path):
    (tmp_path / "weight.head").write_bytes(renamed(head_files["age"], "weight", tmp_path))
    (tmp_path / "renamed.head").unlink()
    served = start(heads_dir=tmp_path)
    assert "weight" in names(served)
    (tmp_path / "weight.head").unlink()
    served.wait_until(lambda: "weight" not in names(served))


def test_a_folder_that_is_not_there_is_an_error(predictor, tmp_path):
    with pytest.raises(ConfigError, match="no folder"):
        WatchedFolder(tmp_path / "none", predictor)


def poisoned(content, value, folder, name=None):
    """The bytes of a head whose weights are all this large."""
    file = HeadFile.read(content)
    weights = tuple(np.full_like(weight, value) for weight in file.weights)
    task = dataclasses.replace(file.task, name=name or file.task.name)
    dataclasses.replace(file, weights=weights, task=task).write(folder / "poisoned.head")
    return (folder / "poisoned.head").read_bytes()


@pytest.mark.parametrize("name", ["age", "parts"])
def test_a_head_that_gives_no_finite_numbers_is_refused(served, head_files, pictures, tmp_path, name):
    content = poisoned(head_files[name], 3e38, tmp_path, "poison")
    refused = served.client.put("/admin/heads", content=content, headers=AUTHORISED)
    assert refused.status_code == 422
    assert "'poison' gives numbers that are not finite" in refused.json()["error"]
    assert served.client.post("/predict", content=pictures[0]).json()["predictions"].keys() == set(
        names(served)
    )


class Failing:
    """A head that works once, when it is tried."""

    def __init__(self, outputs):
        self.outputs = outputs

    def __call__(self, features):
        outputs, self.outputs = self.outputs, None
        return np.zeros((len(features), outputs), np.float32) if outputs else 1 / 0


@pytest.mark.parametrize("how", ["overflow", "error"])
def test_a_head_that_fails_disturbs_no_other(start, predictor, head_files, pictures, tmp_path, how):
    if how == "overflow":
        content = poisoned(head_files["age"], 3e38, tmp_path, "poison")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hydranet.inference._probe.check_answers", lambda *_: None)
            predictor.add_head(content)
    else:
        file = HeadFile.read(renamed(head_files["age"], "poison", tmp_path))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(predictor, "_as_function", lambda _: Failing(file.task.num_outputs))
            predictor.add_head(file)
    client = start(predictor).client
    both = client.post("/predict", content=pictures[0]).json()
    alone = client.post("/predict?tasks=poison", content=pictures[0])
    protocol = client.post("/v2/models/tiny/infer", content=infer(pictures[0])).json()
    named = client.post("/v2/models/tiny/infer", content=infer(pictures[0], outputs=[{"name": "poison"}]))

    assert both["predictions"].keys() == {"cats_dogs", "coat", "parts", "age"}
    assert both["errors"].keys() == {"poison"}
    assert (alone.status_code, named.status_code) == (500, 500)
    assert "'poison' gives numbers" in alone.json()["error"]
    assert {output["name"] for output in protocol["outputs"]} == {"cats_dogs", "coat", "parts", "age"}
    assert protocol["parameters"] == {"left_out": "poison"}
    with pytest.raises(ModelError, match="'poison' gives numbers for this picture that are not finite"):
        predictor.predict([pictures[0]])


def infer(picture, **more):
    data = [base64.b64encode(picture).decode()]
    tensor = {"name": "images", "datatype": "BYTES", "shape": [1], "data": data}
    return json.dumps({"inputs": [tensor], **more})
