import json

import pytest

from desktop_app.errors import PackageError
from desktop_app.features.preprocessing import Preprocessing

HALF = (0.5, 0.5, 0.5)
GOOD = Preprocessing(224, HALF, HALF).to_dict()


def test_survives_json():
    for fit in ("pad", "squash", "crop"):
        preprocessing = Preprocessing(240, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), fit)
        assert Preprocessing.from_dict(json.loads(json.dumps(preprocessing.to_dict()))) == preprocessing


def test_key_differs_with_every_field():
    variants = [
        Preprocessing(224, HALF, HALF),
        Preprocessing(240, HALF, HALF),
        Preprocessing(224, (0.5, 0.5, 0.4), HALF),
        Preprocessing(224, HALF, (0.5, 0.5, 0.4)),
        Preprocessing(224, HALF, HALF, "squash"),
    ]
    assert len({preprocessing.key for preprocessing in variants}) == len(variants)
    assert Preprocessing(224, HALF, HALF).key == variants[0].key


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "pad",
        {},
        GOOD | {"more": 1},
        {name: value for name, value in GOOD.items() if name != "fit"},
        GOOD | {"size": 15},
        GOOD | {"size": 1 << 40},
        GOOD | {"size": 224.0},
        GOOD | {"size": True},
        GOOD | {"size": "224"},
        GOOD | {"fit": "stretch"},
        GOOD | {"fit": ["pad"]},
        GOOD | {"interpolation": "nearest"},
        GOOD | {"mean": [0.5, 0.5]},
        GOOD | {"mean": [0.5, 0.5, 1.5]},
        GOOD | {"mean": [0.5, 0.5, True]},
        GOOD | {"mean": [0.5, 0.5, "0.5"]},
        GOOD | {"mean": [0.5, 0.5, float("nan")]},
        GOOD | {"std": [0.5, 0.5, 0]},
        GOOD | {"std": [0.5, 0.5, float("inf")]},
        GOOD | {"std": {"r": 1}},
    ],
)
def test_refuses_what_is_not_its_own(data):
    with pytest.raises(PackageError):
        Preprocessing.from_dict(data)
