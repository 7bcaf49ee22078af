import io
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from hydranet.data._images import decode_image
from hydranet.errors import ConfigError
from hydranet.exports._saved_model import check_signature_names, write_saved_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "saved_model"
    write_saved_model(run.model, folder)
    return folder


@pytest.fixture(scope="module")
def signatures(folder):
    loaded = tf.saved_model.load(folder)
    return {name: (signature, loaded) for name, signature in loaded.signatures.items()}


def ask(signatures, name, **inputs):
    outputs = signatures[name][0](**{key: tf.constant(value) for key, value in inputs.items()})
    return {key: value.numpy() for key, value in outputs.items()}


def test_there_is_a_signature_for_whatever_may_be_asked(signatures):
    for name, (signature, _) in signatures.items():
        [(argument, spec)] = signature.structured_input_signature[1].items()
        expected = ("image_bytes", tf.string) if name.endswith("from_bytes") else ("images", tf.float32)
        assert (argument, spec.dtype, spec.shape[0]) == (*expected, None)
    assert {name: sorted(signature.structured_outputs) for name, (signature, _) in signatures.items()} == {
        "serving_default": ["cats_dogs", "horse_human"],
        "from_bytes": ["cats_dogs", "horse_human"],
        "features": ["features"],
        "cats_dogs": ["cats_dogs"],
        "cats_dogs_from_bytes": ["cats_dogs"],
        "horse_human": ["horse_human"],
        "horse_human_from_bytes": ["horse_human"],
    }


def test_all_signatures_give_the_scores_of_the_model(run, signatures, images):
    raw = run.model(images)
    for name, task in run.model.tasks.items():
        expected = task.scores(np.asarray(raw[name]))
        for signature in ("serving_default", name):
            received = ask(signatures, signature, images=images)[name]
            np.testing.assert_allclose(received, expected, atol=1e-5)
    features = ask(signatures, "features", images=images[:3])["features"]
    expected = run.model.features(images[:3])["activation"]
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4)


def test_files_get_the_scores_of_their_pixels(run, signatures):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8))
    contents = []
    for file_format in ("JPEG", "PNG"):
        file = io.BytesIO()
        picture.save(file, file_format)
        contents.append(file.getvalue())
    images = np.stack([decode_image(content, (32, 32)) for content in contents])
    expected = ask(signatures, "serving_default", images=images)
    for signature in ("from_bytes", "cats_dogs_from_bytes"):
        received = ask(signatures, signature, image_bytes=contents)["cats_dogs"]
        np.testing.assert_allclose(received, expected["cats_dogs"], atol=1e-4)


def test_it_works_in_a_process_without_hydranet(folder, tmp_path):
    code = f"""
import json, sys, tensorflow as tf
model = tf.saved_model.load({str(folder)!r})
scores = model.signatures["cats_dogs"](images=tf.zeros((5, 32, 32, 3)))["cats_dogs"]
print(json.dumps([list(scores.shape), "hydranet" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert json.loads(done.stdout or "null") == [[5, 2], False], done.stderr


def test_a_task_may_not_be_called_like_a_signature():
    with pytest.raises(ConfigError, match="rename features"):
        check_signature_names(["cats_dogs", "features"])
