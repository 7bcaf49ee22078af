import asyncio
import threading
import time

import numpy as np
import pytest

from hydranet.errors import ConfigError, ImageError, LargeImageError
from hydranet.serving._batching import Batcher, QueueFullError
from hydranet.serving._limits import Limits
from hydranet.serving._metrics import Metrics

from .conftest import Watched


@pytest.fixture
def watched(shared_predictor):
    return Watched(shared_predictor)


def run(predictor, talk, max_queue=64):
    """Run `talk(batcher)` in an event loop, with a batcher of its own."""

    async def main():
        metrics = Metrics(tasks=lambda: (), queue_length=lambda: 0, batch_size=8)
        batcher = Batcher(predictor, limits=Limits(max_queue=max_queue), metrics=metrics)
        try:
            return await talk(batcher)
        finally:
            predictor.free.set()
            await asyncio.to_thread(batcher.close, time.monotonic() + 60)

    return asyncio.run(main())


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def submit(batcher, pictures, tasks):
    """Ask about each picture by itself."""
    return batcher.submit([(picture,) for picture in pictures], tasks)


async def occupy(batcher, predictor, picture):
    """Keep the engine at work on a picture until `predictor.free` is set."""
    predictor.free.clear()
    [first] = submit(batcher, [picture], None)
    await until(lambda: predictor.passes)
    return first


@pytest.mark.slow
def test_questions_about_different_tasks_meet_in_one_pass(watched, pictures):
    async def talk(batcher):
        first = await occupy(batcher, watched, pictures[0])
        others = [
            submit(batcher, [picture], tasks)[0]
            for picture, tasks in zip(pictures[1:4], [("cats_dogs",), ("age", "parts"), None], strict=True)
        ]
        await until(lambda: batcher._decoded.qsize() == 3)
        watched.free.set()
        return [await future for future in [first, *others]]

    rows = run(watched, talk)
    assert [size for size, _ in watched.passes] == [1, 3]
    asked = [list(row.answers.predictions(row.place)) for row in rows]
    assert asked == [["cats_dogs", "coat", "parts", "age"], ["cats_dogs"], ["age", "parts"], asked[0]]


def test_the_same_picture_is_decoded_and_computed_once_for_all_who_ask(watched, pictures):
    async def talk(batcher):
        await occupy(batcher, watched, pictures[0])
        futures = submit(batcher, [pictures[1]] * 3, ("age",)) + submit(batcher, [pictures[1]], ("no_such",))
        await until(lambda: batcher._decoded.qsize())
        watched.free.set()
        return [await future for future in futures]

    *known, unknown = run(watched, talk)
    assert watched.passes[1][0] == 1
    assert len({row.answers.predictions(row.place)["age"] for row in known}) == 1
    with pytest.raises(ConfigError, match="no_such"):
        unknown.answers.predictions(unknown.place)


def test_a_pass_has_at_most_a_batch_of_pictures(watched):
    images = np.random.default_rng(0).uniform(0, 255, (20, 32, 32, 3)).astype(np.float32)

    async def talk(batcher):
        first = await occupy(batcher, watched, images[0])
        futures = submit(batcher, list(images[1:]), ("age",))
        watched.free.set()
        return [(await future).answers is not None for future in [first, *futures]]

    assert all(run(watched, talk))
    assert [size for size, _ in watched.passes] == [1, 8, 8, 3]


def test_more_than_the_queue_holds_is_refused_and_all_or_nothing(watched, pictures):
    async def talk(batcher):
        first = await occupy(batcher, watched, pictures[0])
        futures = submit(batcher, pictures[1:3], None)
        with pytest.raises(QueueFullError, match="3 pictures wait, 2 more"):
            submit(batcher, pictures[3:5], None)
        futures += submit(batcher, pictures[3:4], None)
        watched.free.set()
        for future in [first, *futures]:
            await future
        return batcher.num_waiting

    assert run(watched, talk, max_queue=4) == 0


def test_a_question_that_was_given_up_costs_no_pass_and_its_place_is_free_again(watched, pictures):
    async def talk(batcher):
        first = await occupy(batcher, watched, pictures[0])
        futures = submit(batcher, pictures[1:4], None)
        for future in futures:
            future.cancel()
        [again] = submit(batcher, [pictures[1]], None)
        watched.free.set()
        await first, await again
        await until(lambda: batcher.num_waiting == 0)

    run(watched, talk)
    assert sum(size for size, _ in watched.passes) == 2


def test_a_picture_that_can_not_be_decoded_does_not_disturb_the_others(watched, pictures):
    async def talk(batcher):
        bad, good = submit(batcher, [pictures[0][:100], pictures[1]], None)
        with pytest.raises(ImageError, match="damaged"):
            await bad
        return await good, batcher.num_waiting

    row, num_waiting = run(watched, talk)
    assert (row.place, num_waiting) == (0, 0)


def test_after_an_error_in_the_engine_the_next_pass_is_computed(watched, pictures):
    def broken(*_, **__):
        raise MemoryError("no room")

    async def talk(batcher):
        watched.answer = broken
        with pytest.raises(MemoryError):
            await submit(batcher, [pictures[0]], None)[0]
        del watched.answer
        return await submit(batcher, [pictures[0]], None)[0]

    assert run(watched, talk).place == 0


def test_closing_finishes_what_was_accepted(watched, pictures):
    async def talk(batcher):
        futures = submit(batcher, pictures, None)
        await asyncio.to_thread(batcher.close, time.monotonic() + 60)
        return [await future for future in futures]

    assert len(run(watched, talk)) == len(pictures)


def test_an_example_of_several_pictures_is_one_question(watched, pictures):
    asked = []

    def answer(images, wanted, *, places):
        asked.append((len(images), np.array(places)))
        return "answers"

    async def talk(batcher):
        first, second = pictures[:2]
        futures = batcher.submit([(first, second), (second, first), (first, second)], None)
        return [await future for future in futures]

    watched.example_shape, watched.answer = (2,), answer
    assert len(run(watched, talk)) == 3
    assert all(places.shape[1:] == (2,) and places.max() == size - 1 for size, places in asked)
    assert sum(len(places) for _, places in asked) == 3


class Heavy:
    """A predictor that takes for ever to decode pictures of more than a million pixels, until it is let go."""

    def __init__(self, watched):
        self.watched = watched
        self.let_go = threading.Event()
        self.num_decoding = 0

    def __getattr__(self, name):
        return getattr(self.watched, name)

    def read(self, content, *, max_pixels):
        if content.startswith(b"heavy"):
            if max_pixels < 16_000_000:
                raise LargeImageError("too many pixels")
            self.num_decoding += 1
            self.let_go.wait(60)
            content = content.removeprefix(b"heavy")
        return self.watched.read(content, max_pixels=max_pixels)


def test_pictures_that_take_long_to_decode_hold_up_each_other_only(watched, pictures):
    heavy = Heavy(watched)

    async def talk(batcher):
        slow = submit(batcher, [b"heavy" + picture for picture in pictures], None)
        await until(lambda: heavy.num_decoding)
        async with asyncio.timeout(10):
            quick = [await future for future in submit(batcher, pictures, None)]
        assert not any(future.done() for future in slow)
        heavy.let_go.set()
        return quick + [await future for future in slow]

    assert len(run(heavy, talk)) == 2 * len(pictures)


def test_closing_ends_in_time_whatever_the_threads_do(watched, pictures):
    heavy = Heavy(watched)

    async def talk(batcher):
        [stuck] = submit(batcher, [b"heavy" + pictures[0]], None)
        await until(lambda: heavy.num_decoding)
        async with asyncio.timeout(10):
            await asyncio.to_thread(batcher.close, time.monotonic() + 0.2)
        was_done = stuck.done()
        heavy.let_go.set()
        return was_done

    assert run(heavy, talk) is False
