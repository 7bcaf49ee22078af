import json

import numpy as np

from hydranet.tasks import Prediction


def test_predictions_are_equal_if_their_maps_are():
    one, same, other = (Prediction(("sky",), map=np.array([values])) for values in ([0, 1], [0, 1], [1, 1]))
    assert one == same != other
    assert hash(one) == hash(same)
    assert one != Prediction(("sky",)) == Prediction(("sky",))


def test_its_data_are_json_and_have_a_map_only_if_it_has_one():
    plain, mapped = (
        Prediction("dog", 0.5, (("dog", 0.5),)),
        Prediction(("sky",), map=np.eye(2, dtype=np.uint8)),
    )
    assert json.loads(json.dumps(plain.as_data())) == {
        "label": "dog",
        "probability": 0.5,
        "top": [["dog", 0.5]],
        "unusual": None,
    }
    assert mapped.as_data()["map"] == [[1, 0], [0, 1]]


def test_a_prediction_says_that_a_picture_is_unusual_where_few_of_its_kind_are():
    texts = [str(Prediction("dog", 0.5, unusual=unusual)) for unusual in (None, 0.9, 0.998)]
    assert texts == ["dog 0.500", "dog 0.500", "dog 0.500 (unusual 0.998)"]
