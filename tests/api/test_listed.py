"""Models and vectors as remotes list them."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import MalformedResponse, Model
from jackfield_api import ApiOptions, objects_in, sized_models, vectors_in

LISTED = {
    "large": {"sizes": {"in": 1000}, "most": 10},
    "small": {"context": 500, "most": "many"},
    "dated-1": {},
}


def test_models() -> None:
    """Each has its sizes where the remote tells them, names that lead to it, and is the default or not."""
    options = ApiOptions(default_model="cheap", model_mapping={"cheap": "small"})
    models = sized_models(LISTED, options, reads="sizes.in|context", writes="most")

    assert models == [
        Model(id="large", context_tokens=1000, output_tokens=10),
        Model(id="small", aliases=("cheap",), default=True, context_tokens=500),
        Model(id="dated-1"),
    ]


@pytest.mark.parametrize(
    ("name", "found"), [("cheap", "small"), ("large", "large"), (None, "small"), ("", "small")]
)
def test_the_model_of_a_request(name: str | None, found: str) -> None:
    """A request's model, or the default, goes by the mapping; what no mapping knows goes as it is."""
    options = ApiOptions(default_model="cheap", model_mapping={"cheap": "small"})

    assert options.model_for(name) == found
    assert ApiOptions().model_for(None) is None


@pytest.mark.parametrize(
    ("told", "vectors"),
    [
        ({"data": [{"values": [1, 0.5]}]}, [[1.0, 0.5]]),
        ({"data": []}, None),
        ({"data": [{"values": [1]}, {"values": [2]}]}, None),
        ({"data": [{"values": ["x"]}]}, None),
        ({"data": [{}]}, None),
        ([], None),
    ],
)
def test_vectors(told: Any, vectors: Any) -> None:
    """A vector is a list of numbers, and there is one for each text; anything else makes no sense."""
    listed = objects_in(told, "data")
    if vectors is None:
        with pytest.raises(MalformedResponse, match="vector"):
            vectors_in(listed, "values", 1)
    else:
        assert vectors_in(listed, "values", 1) == vectors
