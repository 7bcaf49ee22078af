"""Eight cameras, sixteen time steps, 48 recurrent heads: a step of the sliding window against the whole window."""

import numpy as np

from hydranet import Application, HydraNet, Predictor, Recurrent, SingleLabel, Trunk
from hydranet_bench.alternating import time_alternately
from hydranet_bench.sizes import SIZE

NUM_HEADS = 48
LARGEST_DIFFERENCE = 1e-5


def test_a_step_against_its_window(benchmark, results, show_target, weights):
    num_steps, num_cameras = SIZE.window
    image_size = SIZE.image_sizes[-1]
    predictor = Predictor(_model(image_size, weights), engine="litert")
    passes = _count(predictor)
    size = (2 * num_steps, num_cameras, image_size, image_size, 3)
    stream = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    window = predictor.sliding_window()
    for images in stream[:num_steps]:
        window.step(images)
    latest = [num_steps - 1]

    def step() -> list[dict]:
        latest[0] = (latest[0] + 1) % len(stream)
        return [window.step(stream[latest[0]])]

    def whole() -> list[dict]:
        order = np.arange(latest[0] - num_steps + 1, latest[0] + 1) % len(stream)
        return predictor.predict([stream[order]])

    counted = {}
    for name, ask in (("step", step), ("whole window", whole)):
        passes[:] = []
        counted[name] = ask(), sum(passes)
    (streamed, of_step), (expected, of_window) = counted.values()
    difference = max(
        abs(streamed[0][name].top[0][1] - answer.top[0][1]) for name, answer in expected[0].items()
    )
    assert difference <= LARGEST_DIFFERENCE

    times = time_alternately(benchmark, {"step": step, "whole window": whole}, SIZE.rounds)
    setting = {"image_size": image_size, "cameras": num_cameras, "steps": num_steps, "heads": NUM_HEADS}
    results.add(
        "streaming",
        [
            {
                **setting,
                "case": case,
                "pictures_passed": counted[case][1],
                "largest_difference": float(difference),
                **timing.columns(),
            }
            for case, timing in times.items()
        ],
    )
    show_target("pictures that pass the backbone, whole window over a step", of_window / of_step, at_least=12)
    show_target(
        "time of a step, whole window over sliding",
        times["whole window"].median / times["step"].median,
        at_least=8,
    )


def _model(image_size: int, weights: str) -> HydraNet:
    backbone = Application(image_size=image_size, weights=weights, arguments=SIZE.backbone_arguments)
    head = Recurrent(units=32, projection=16)
    tasks = [
        SingleLabel(name=f"task_{number}", classes=("no", "yes"), head=head) for number in range(NUM_HEADS)
    ]
    return HydraNet(Trunk(backbone, example_shape=SIZE.window), tasks)


def _count(predictor: Predictor) -> list[int]:
    """Return a list that gets the number of pictures of each pass through the backbone."""
    passes: list[int] = []
    networks = predictor._networks
    trunk = networks.trunk

    def counting(images: np.ndarray) -> dict[str, np.ndarray]:
        passes.append(len(images))
        return trunk(images)

    object.__setattr__(networks, "trunk", counting)
    return passes
