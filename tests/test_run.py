"""Which failures get a second walk: browser journeys, few of them, by day."""

import pytest

from tests.run import walked_again

WALK = "tests/journeys/test_demo.py::test_a"
OTHER = "tests/core/test_interval.py::test_b"


@pytest.mark.parametrize(
    ("code", "failed", "nightly", "again"),
    [
        (1, [WALK], False, [WALK]),
        (1, [WALK, OTHER], False, []),
        (1, [OTHER], False, []),
        (1, [f"{WALK}{n}" for n in range(4)], False, []),
        (1, [WALK], True, []),
        (2, [WALK], False, []),
        (0, [], False, []),
    ],
)
def test_only_a_few_journeys_are_walked_again(code, failed, nightly, again):
    assert again == walked_again(code, failed, nightly=nightly)
