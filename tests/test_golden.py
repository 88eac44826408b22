"""The sample articles, published end to end, are what the golden tree says: renewed by `make golden`."""

import shutil
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_sample_articles_publish_to_the_golden_tree(
    published_seeds: Path, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--renew-golden"):
        shutil.rmtree(GOLDEN, ignore_errors=True)
        shutil.copytree(published_seeds, GOLDEN)
    expected, found = _tree(GOLDEN), _tree(published_seeds)
    assert sorted(found) == sorted(expected)
    differing = [name for name in expected if expected[name] != found[name]]
    assert differing == [], "read `make golden && git diff tests/golden`, and commit it if it is meant"
