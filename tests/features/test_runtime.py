import threading
import time

import numpy as np
import pytest

from desktop_app.errors import ImageError
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import AHEAD, Network, map_ahead, map_pictures
from tests.drawing import draw_picture
from tests.features.test_graphs import MEAN, SIZE, STD, nothing_but_pixels, picture


@pytest.fixture(scope="module")
def network() -> Network:
    from desktop_app.features import graphs

    preprocessing = Preprocessing(SIZE, MEAN, STD)
    return Network(graphs.with_preprocessing(nothing_but_pixels(), preprocessing).SerializeToString(), preprocessing)


def test_keeps_the_order_and_reports_bad_pictures(network, tmp_path):
    paths = [draw_picture(tmp_path / f"{number}.png", number) for number in range(12)]
    paths[3].write_bytes(b"no picture")
    paths[7].unlink()
    results = list(map_pictures(network, paths, workers=3))
    assert [position for position, _ in results] == list(range(12))
    assert [position for position, result in results if isinstance(result, ImageError)] == [3, 7]
    for position in (0, 5, 11):
        np.testing.assert_array_equal(results[position][1], network.read(paths[position]))


def test_many_threads_agree_with_one(network):
    images = [picture(20 + number, 30) for number in range(40)]
    alone = [network(image) for image in images]
    for image, expected in zip(map_ahead(network, images, workers=4), alone, strict=True):
        np.testing.assert_array_equal(image, expected)


def test_looks_ahead_no_further_than_it_says():
    begun = []
    results = map_ahead(lambda item: begun.append(item) or item, iter(range(1000)), workers=2)
    assert next(results) == 0
    time.sleep(0.05)
    assert len(begun) <= 2 * AHEAD
    results.close()
    assert len(begun) <= 2 * AHEAD


def test_closing_ends_its_threads():
    release = threading.Event()

    def slow(item: int) -> int:
        if item:
            release.wait(5)
        return item

    results = map_ahead(slow, range(100), workers=2)
    # The first result comes when the look-ahead is full; its threads wait for us now.
    assert next(results) == 0
    threading.Timer(0.1, release.set).start()
    results.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("picture")]


def test_a_bug_in_a_worker_is_raised():
    def broken(item: int) -> float:
        return 1 / (item - 2)

    results = map_ahead(broken, range(10), workers=2)
    with pytest.raises(ZeroDivisionError):
        list(results)


def test_nothing_to_do(network):
    assert list(map_pictures(network, [])) == []
