"""Head files: a head comes back as it was, and nothing else is taken for one."""

import dataclasses
import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest

from hydranet import MLP, Flatten, HydraNet, ModelError, MultiLabel, Regression, SingleLabel
from hydranet.heads import UsualFeatures, unit_vectors
from hydranet.inference._stack import StackedHeads
from hydranet.runs._head_file import HeadFile
from hydranet.runs._keras_head import head_from_file, head_to_file
from hydranet.runs._verify import record_heads

CLASSES = ("a", "b", "c")


@pytest.fixture(scope="module", params=["avg", "none"])
def model(request, new_trunk):
    heads = [MLP(hidden=(8,), batch_norm=True)] if request.param == "avg" else [Flatten()]
    tasks = [
        SingleLabel(name="two", classes=("a", "b"), when={"labels": "c"}),
        MultiLabel(name="labels", classes=CLASSES),
        Regression(name="age", mean=40.0, standard_deviation=12.0),
        SingleLabel(name="other_head", classes=CLASSES, head=heads[0]),
    ]
    model, rng = HydraNet(new_trunk(pooling=request.param), tasks), np.random.default_rng(0)
    for name in model.tasks:
        head = model.head(name)
        head.set_weights([weights + 0.1 * rng.random(weights.shape) for weights in head.get_weights()])
    return model


@pytest.fixture
def written(model, tmp_path):
    path = tmp_path / "labels.head"
    head_to_file(model, "labels").write(path)
    return path


def changed(path, **parts):
    """The bytes of a head file with some of its parts replaced: `header` is a function, others are by number."""
    file = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "head.json" and "header" in parts:
                content = json.dumps(parts["header"](json.loads(content))).encode()
            elif (number := f"weight_{name.removesuffix('.npy')}") in parts:
                array = io.BytesIO()
                np.save(array, parts[number], allow_pickle=True)
                content = array.getvalue()
            new.writestr(name, content)
    return file.getvalue()


@pytest.mark.slow
def test_a_head_comes_back_as_it_was(model, tmp_path):
    [(feature, shape)] = model.trunk.feature_shapes.items()
    features = (2 * np.random.default_rng(1).random((5, *shape))).astype(np.float32)
    for name, task in model.tasks.items():
        head_to_file(model, name).write(tmp_path / "one.head")
        file = HeadFile.read((tmp_path / "one.head").read_bytes())
        assert (file.task, file.fingerprint) == (task, model.trunk.fingerprint(feature))
        expected = np.asarray(model.head(name)(features))
        np.testing.assert_array_equal(np.asarray(head_from_file(file)(features)), expected)
        outputs = StackedHeads({name: file.dense()})(features)[name]
        np.testing.assert_allclose(outputs, expected, atol=1e-5 * max(np.abs(expected).max(), 1))


def test_a_head_is_a_few_kilobytes(model, tmp_path):
    path = tmp_path / "two.head"
    head_to_file(model, "two").write(path)
    assert path.stat().st_size < 10_000


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: b"", "damaged or not a head file"),
        (lambda path: b"not a head", "damaged or not a head file"),
        (lambda path: path.read_bytes()[:-100], "damaged or not a head file"),
        (
            lambda path: changed(path, header=lambda header: header | {"format": 2}),
            "its format is 2: expected 1",
        ),
        (lambda path: changed(path, header=lambda header: header | {"layers": []}), "weights too many"),
        (lambda path: changed(path, header=lambda header: header | {"feature_shape": [7]}), "damaged"),
        (lambda path: changed(path, weight_1=np.zeros(2, np.float32)), "not of shape"),
        (lambda path: changed(path, weight_1=np.full(3, np.nan, np.float32)), "not finite"),
        (lambda path: changed(path, weight_1=np.array([{}])), "Object arrays cannot be loaded"),
    ],
    ids=["empty", "text", "cut off", "format", "layers", "features", "shape", "not finite", "pickle"],
)
def test_anything_else_is_refused(written, damage, said):
    with pytest.raises(ModelError, match=said):
        HeadFile.read(damage(written)).dense()


def test_what_a_head_knows_of_its_training_pictures_comes_with_it(model, tmp_path):
    shape = model.feature_shape("two")
    usual = UsualFeatures.of(np.random.default_rng(0).random((30, *shape)))
    record_heads(model, ["two"], {"two": usual})
    head_to_file(model, "two").write(tmp_path / "two.head")
    vectors = unit_vectors(np.random.default_rng(1).random((4, *shape)))
    found = HeadFile.read(tmp_path / "two.head")

    np.testing.assert_array_equal(found.usual.unusual(vectors), usual.unusual(vectors))
    assert dataclasses.replace(found, record=None).usual is None

    for damage in ({"rows": "AAAA"}, {"excess": 0}, UsualFeatures.of(np.ones((3, 7))).as_data()):
        record = {**found.record, "usual": {**found.record["usual"], **damage}}
        content = changed(
            tmp_path / "two.head", header=lambda header, record=record: header | {"record": record}
        )
        with pytest.raises(ModelError, match="training pictures is"):
            HeadFile.read(content)


def test_a_name_that_is_a_path_is_refused(written):
    def rename(header):
        header["task"]["name"] = "../../etc/passwd"
        return header

    with pytest.raises(ModelError, match=r"can't be used[^\0]*must match"):
        HeadFile.read(changed(written, header=rename))


def test_where_its_data_were_does_not_come_with_it(written):
    def plant(header):
        header["task"]["data"] = {"kind": "folder", "path": "/etc"}
        return header

    assert HeadFile.read(changed(written, header=plant)).task.data is None


def test_a_name_is_of_bounded_length(written):
    def rename(header):
        header["task"]["name"] = "a" * 1_000_000
        return header

    with pytest.raises(ModelError, match="at most 100 characters: received 1000000") as caught:
        HeadFile.read(changed(written, header=rename))
    assert len(str(caught.value)) < 1_000


def zipped(**files):
    """The bytes of an archive that is as small as it can be."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.npy" if name.isdigit() else "head.json", content)
    return file.getvalue()


def declaring(shape):
    """The beginning of a file of such an array."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda header: zipped(header=header, **{"0": bytes(2**28)}), "unpacks to 268,"),
        (lambda header: zipped(header=b"[" + b"[]," * 2**23 + b"[]]"), "values or more"),
        (lambda header: zipped(header=b"[" * 2**20), "damaged"),
        (lambda header: zipped(header=header, **{"0": declaring((2**40,))}), "has 0 bytes"),
        (lambda header: zipped(header=header, **{"0": declaring((-1, 8)) + bytes(32)}), "damaged|bytes"),
    ],
    ids=["bomb", "lists", "depth", "declared", "negative"],
)
def test_what_a_file_declares_is_bounded_before_memory_is_taken(written, make, said):
    with zipfile.ZipFile(written) as archive:
        file = make(archive.read("head.json"))
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=said):
            HeadFile.read(file)
        assert tracemalloc.get_traced_memory()[1] < 2**27
    finally:
        tracemalloc.stop()


def test_layers_that_are_larger_than_the_weights_are_not_made(written):
    def grow(header):
        header["task"]["head"] = {"kind": "mlp", "hidden": [2**40]}
        return header

    with pytest.raises(ModelError, match=r"The head 'labels' declares layers of [\d,]+ bytes or more"):
        head_from_file(HeadFile.read(changed(written, header=grow)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"There is no head file .*gone\.head"):
        HeadFile.read(tmp_path / "gone.head")
