"""What the tests of studies share."""

import pytest


@pytest.fixture
def study(tmp_path):
    """Return a function that writes a sensitivity study from its parts and returns the file."""

    def written(*parts):
        path = tmp_path / "study.toml"
        path.write_text("".join(parts), encoding="utf-8")
        return path

    return written
