"""Panel files."""

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.panel_file import read_panel
from nktrial.formats.window import Window


def read(text: str) -> dict[str, str]:
    return read_panel(Window(text.encode(), "panel.csv"))


def test_channels_with_their_markers() -> None:
    assert read("channel,marker,fluorochrome\nB1-A,CD3,FITC\nB2-A,,PE\n") == {"B1-A": "CD3"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("detector,marker\nB1-A,CD3\n", "found detector, marker"),
        ("channel,marker\nB1-A,CD3\nB1-A,CD4\n", "line 2 too"),
        ("channel,marker\n,CD4\n", "no channel"),
    ],
)
def test_what_is_no_panel_file(text: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(text)
    assert caught.value.code == "NK-TPL-13"
