from hydranet.engines._float_layers import Operation, float_operations

GRAPH = [
    Operation("scale", "Mul", ["images"], ["a"]),
    Operation("conv_0", "Conv", ["a"], ["b0"]),
    *[Operation(f"conv_{i}", "Conv", [f"b{i - 1}"], [f"b{i}"]) for i in range(1, 10)],
    Operation("add", "Add", ["b8", "b9"], ["f"]),
    Operation("average", "GlobalAveragePool", ["f"], ["g"]),
    Operation("dense", "Gemm", ["g"], ["h"]),
    Operation("softmax", "Softmax", ["h"], ["scores"]),
]


def test_the_first_layers_above_pictures_and_the_heads_stay_float():
    names = float_operations(GRAPH, ["scores"], takes_pictures=True)
    assert names == ["scale", *[f"conv_{i}" for i in range(9)], "average", "dense", "softmax"]


def test_above_a_cut_only_the_heads_do():
    assert float_operations(GRAPH, ["scores"], takes_pictures=False) == ["average", "dense", "softmax"]


def test_what_follows_the_last_convolution_without_an_average_does():
    assert float_operations(GRAPH[:12], ["f"], takes_pictures=False) == ["add"]
