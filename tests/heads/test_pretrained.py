"""A head that comes trained: what it takes from its files, and how wrong ones are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from hydranet.errors import ConfigError, ModelError
from hydranet.heads import Pretrained, Top
from hydranet.heads._class_names import read_class_names
from hydranet.heads._dense import build_dense_head
from hydranet.testing import check_head

RANDOM = np.random.default_rng(0)
KERNEL, BIAS = RANDOM.normal(size=(6, 4)).astype(np.float32), np.arange(4, dtype=np.float32)
DEEP = Top(
    (np.ones((6, 3), np.float32), np.ones((3, 4), np.float32)), (np.zeros(3, np.float32), BIAS), "hard_silu"
)


class Standin:
    """A network with a top, which notes how it is asked for it."""

    def __init__(self):
        self.asked = []

    def load_top(self, weights, num_classes=None):
        self.asked.append((weights, num_classes))
        return DEEP

    def imagenet_classes(self):
        return ["crane", "husky", "crane", "wolf"]


def saved(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


@pytest.fixture
def weights(tmp_path):
    return saved(tmp_path / "top.npz", kernel=KERNEL, bias=BIAS)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_an_npz_file_gives_kernel_bias_and_numbers_as_names(tmp_path, dtype):
    path = saved(tmp_path / "top.npz", kernel=KERNEL.astype(dtype), bias=BIAS.astype(dtype))
    ready = Pretrained(path).ready(None)
    assert ready.classes == ("0", "1", "2", "3")
    assert ready.head == Pretrained(path)
    for given, expected in zip(ready.weights, (KERNEL, BIAS), strict=True):
        assert given.dtype == np.float32
        np.testing.assert_array_equal(given, expected.astype(dtype).astype(np.float32))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("names.txt", "\ufeffcrane\r\nHot dog \ncrane\nwolf\n\n"),
        ("names.json", '["crane", "Hot dog", "crane", "wolf"]'),
        (
            "index.json",
            json.dumps({str(i): ["n0", n] for i, n in enumerate(["crane", "Hot dog", "crane", "wolf"])}),
        ),
    ],
)
def test_names_come_from_a_file_and_one_that_stands_twice_has_its_index(tmp_path, weights, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    ready = Pretrained(weights, str(tmp_path / name)).ready(None)
    assert ready.classes == ("crane_0", "Hot dog", "crane_2", "wolf")


def test_names_in_the_weights_file_are_those_unless_others_are_asked_for(tmp_path):
    path = saved(tmp_path / "top.npz", kernel=KERNEL, bias=BIAS, classes=np.array(["a", "b", "c", "d"]))
    assert Pretrained(path).ready(None).classes == ("a", "b", "c", "d")
    assert Pretrained(path, "numbers").ready(None).classes == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("names.txt", ""),
        ("names.txt", "a\n\nb\n"),
        ("n.json", "{"),
        ("n.json", "[1, 2]"),
        ("n.json", '{"a": "b"}'),
    ],
)
def test_a_file_that_is_no_list_of_names_says_what_was_expected(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ModelError, match=r"is no list of class names .*: expected one name a line"):
        read_class_names(tmp_path / name)


def test_a_file_of_mobilenet_v3_has_a_layer_below(tmp_path):
    below = {"conv_2_kernel": DEEP.kernels[0], "conv_2_bias": DEEP.biases[0]}
    path = saved(tmp_path / "top.npz", kernel=DEEP.kernels[1], bias=DEEP.biases[1], **below)
    ready = Pretrained(path).ready(None)
    assert (ready.head.hidden, ready.head.activation) == ((3,), "hard_silu")
    assert [weight.shape for weight in ready.weights] == [(6, 3), (3,), (3, 4), (4,)]


def test_names_that_are_not_as_many_as_outputs_are_refused(tmp_path, weights):
    (tmp_path / "names.txt").write_text("a\nb\n")
    with pytest.raises(ModelError, match=r"are of 4 outputs, and its class names are 2 \(.*names\.txt\)"):
        Pretrained(weights, str(tmp_path / "names.txt")).ready(None)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"kernel": KERNEL}, r"has the arrays kernel: expected kernel"),
        (
            {"kernel": KERNEL, "bias": BIAS, "other_kernel": KERNEL},
            r"expected kernel .* `weights: PATH\.weights\.h5`",
        ),
        ({"kernel": KERNEL, "bias": BIAS[:3]}, r"kernel \(6, 4\) and bias \(3,\): expected"),
        ({"kernel": KERNEL, "bias": BIAS, "conv_2_kernel": KERNEL}, r"expected kernel .* conv_2_bias"),
        (
            {"kernel": KERNEL, "bias": BIAS, "conv_2_kernel": KERNEL, "conv_2_bias": BIAS},
            "kernel has not as many inputs as conv_2_kernel has outputs",
        ),
        ({"kernel": KERNEL[0], "bias": BIAS}, r"kernel \(4,\) and bias"),
        ({"kernel": KERNEL * np.nan, "bias": BIAS}, r"kernel has values that are not finite"),
        ({"kernel": KERNEL.astype("U"), "bias": BIAS}, r"kernel has values that are not finite"),
        (
            {"kernel": KERNEL, "bias": BIAS, "classes": BIAS},
            r"classes is of the type float32: expected texts",
        ),
    ],
)
def test_arrays_that_are_no_top_are_refused(tmp_path, arrays, said):
    with pytest.raises(ModelError, match=said):
        Pretrained(saved(tmp_path / "top.npz", **arrays)).ready(None)


def test_a_file_that_is_missing_damaged_or_would_execute_code_is_refused(tmp_path, weights):
    with pytest.raises(ModelError, match="There is no file"):
        Pretrained(str(tmp_path / "none.npz")).ready(None)
    content = Path(weights).read_bytes()
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match=r"is damaged or not an \.npz file"):
        Pretrained(str(damaged)).ready(None)
    path = saved(tmp_path / "code.npz", kernel=KERNEL, bias=np.array([object()] * 4))
    with pytest.raises(ModelError, match=r"is damaged or not an \.npz file"):
        Pretrained(path).ready(None)


def test_a_top_of_the_network_is_asked_for_with_the_number_of_names(tmp_path):
    (tmp_path / "names.txt").write_text("a\nb\nc\nd\n")
    network = Standin()
    ready = Pretrained("whole.weights.h5", str(tmp_path / "names.txt")).ready(network)
    assert network.asked == [("whole.weights.h5", 4)]
    assert (ready.head.hidden, ready.head.activation) == ((3,), "hard_silu")
    assert [weight.shape for weight in ready.weights] == [(6, 3), (3,), (3, 4), (4,)]


def test_the_weights_of_imagenet_have_its_names_unless_others_are_asked_for(tmp_path):
    (tmp_path / "names.txt").write_text("a\nb\nc\nd\n")
    names = {None: ("crane_0", "husky", "crane_2", "wolf"), str(tmp_path / "names.txt"): ("a", "b", "c", "d")}
    for given, expected in {**names, "numbers": ("0", "1", "2", "3")}.items():
        assert Pretrained("imagenet", given).ready(Standin()).classes == expected


@pytest.mark.parametrize(
    "head", [Pretrained(), Pretrained(hidden=(8, 5)), Pretrained(hidden=(8,), activation="gelu")]
)
def test_it_keeps_the_contract_of_heads(head):
    check_head(head)


def test_numpy_runs_its_layers_where_it_knows_the_activation():
    assert Pretrained(hidden=(3,), activation="gelu").dense_layers((6,)) is None
    weights = [array for layer in zip(DEEP.kernels, DEEP.biases, strict=True) for array in layer]
    head = build_dense_head(Pretrained(hidden=(3,)).dense_layers((6,)), weights)
    np.testing.assert_allclose(head(np.ones((1, 6), np.float32)), 18 + BIAS[None])


def test_a_map_is_refused():
    with pytest.raises(
        ConfigError, match=r"reads a vector of one picture.*received features of shape \(3, 4, 6\)"
    ):
        Pretrained().check_features((3, 4, 6))
