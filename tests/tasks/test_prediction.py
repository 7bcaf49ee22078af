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
    }
    assert mapped.as_data()["map"] == [[1, 0], [0, 1]]
