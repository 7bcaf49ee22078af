"""Reading pictures: decoding and resizing alone, of small and of large JPEGs, against TensorFlow's own functions."""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from hydranet.data import _images as images
from hydranet.data._images import decode_image
from hydranet.engines._cores import available_cores
from hydranet_bench.alternating import time_alternately
from hydranet_bench.animals import TASKS, find_pictures
from hydranet_bench.sizes import SIZE

# As far as pixels may differ for rounding, in levels of 255.
_ROUNDING = 0.01

Read = Callable[[], list[np.ndarray]]


@pytest.fixture(scope="module")
def small(assets, tmp_path_factory) -> list[bytes]:
    """Photographs, or drawings where there are none, as JPEGs."""
    folder = find_pictures(assets, tmp_path_factory.mktemp("pictures"))[TASKS[1]]
    paths = sorted(path for path in folder.rglob("*.*") if path.is_file())
    chosen = paths[:: max(len(paths) // SIZE.num_small_jpegs, 1)][: SIZE.num_small_jpegs]
    return [path.read_bytes() if path.suffix == ".jpg" else _as_jpeg(Image.open(path)) for path in chosen]


@pytest.fixture(scope="module")
def large(small) -> list[bytes]:
    """The first ones as a camera would give them: enlarged, with noise, so that they take as much to decode."""
    rng, (width, height) = np.random.default_rng(0), SIZE.large_jpeg
    files = []
    for data in small[: SIZE.num_large_jpegs]:
        pixels = np.asarray(Image.open(io.BytesIO(data)).resize((width, height), Image.Resampling.BICUBIC))
        noise = rng.integers(-6, 7, (height, width, 1), np.int16)
        files.append(_as_jpeg(Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))))
    return files


@pytest.mark.parametrize("what", ["small", "large"])
def test_decoding_and_resizing(benchmark, results, show_target, request, what):
    files, size = request.getfixturevalue(what), (SIZE.training_image_size,) * 2
    cases: dict[tuple[str, int], Read] = {}
    for threads in sorted({1, available_cores()}):
        cases["hydranet", threads] = lambda threads=threads: by_hydranet(files, size, threads)
        cases["hydranet, full scale", threads] = lambda threads=threads: at_full_scale(files, size, threads)
        cases["TensorFlow, same pixels", threads] = by_tensorflow(files, size, threads, same_pixels=True)
        cases["TensorFlow, defaults", threads] = by_tensorflow(files, size, threads, same_pixels=False)

    times = time_alternately(benchmark, cases, SIZE.input_rounds, warmup_rounds=1)

    expected = np.stack(cases["TensorFlow, same pixels", 1]())
    differences = {case: np.abs(np.stack(read()) - expected) for case, read in cases.items()}
    megapixels = sum(np.prod(Image.open(io.BytesIO(data)).size) for data in files) / len(files) / 1e6
    results.add(
        "input",
        [
            {
                "case": case,
                "threads": threads,
                "megapixels": round(megapixels, 3),
                "mib_per_file": round(sum(map(len, files)) / len(files) / 2**20, 3),
                "image_size": size[0],
                "images_per_second": round(len(files) / timing.median, 1),
                **timing.columns(),
                "largest_pixel_difference": round(float(differences[case, threads].max()), 3),
                "mean_pixel_difference": round(float(differences[case, threads].mean()), 4),
            }
            for (case, threads), timing in times.items()
        ],
    )
    assert differences["hydranet, full scale", 1].max() < _ROUNDING
    faster = times["TensorFlow, defaults", 1].median / times["hydranet", 1].median
    show_target(f"{what} JPEGs, times faster than TensorFlow's defaults, one thread", faster, at_least=1)


def by_hydranet(files: Sequence[bytes], size: tuple[int, int], threads: int) -> list[np.ndarray]:
    """Decode as everything in hydranet does."""
    if threads == 1:
        return [decode_image(data, size) for data in files]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda data: decode_image(data, size), files))


def at_full_scale(files: Sequence[bytes], size: tuple[int, int], threads: int) -> list[np.ndarray]:
    """Decode all pixels of the file, however large, and then resize."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "_reduce_scale", lambda file, image_size: None)
        return by_hydranet(files, size, threads)


def by_tensorflow(files: Sequence[bytes], size: tuple[int, int], threads: int, *, same_pixels: bool) -> Read:
    """Return a `tf.data` pipeline with so many threads; its defaults are another DCT and no antialiasing."""
    method = "INTEGER_ACCURATE" if same_pixels else ""

    def decode(data: tf.Tensor) -> tf.Tensor:
        pixels = tf.io.decode_jpeg(data, channels=3, dct_method=method)
        return tf.image.resize(pixels, size, antialias=same_pixels)

    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    options.threading.max_intra_op_parallelism = 1
    dataset = tf.data.Dataset.from_tensor_slices(list(files)).map(decode, num_parallel_calls=threads)
    dataset = dataset.with_options(options)
    return lambda: list(dataset.as_numpy_iterator())


def _as_jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()
