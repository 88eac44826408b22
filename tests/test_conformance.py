"""Every published file against its specification, by checks that know nothing of how it was made."""

from collections import Counter
from pathlib import Path
from urllib.parse import urljoin

import pytest
from conformance import w3c
from conformance.conformance import (
    FILES,
    MEDIA_TYPES,
    atom_grammar_problems,
    atom_link_problems,
    atom_rule_problems,
    folders,
    json_feed_problems,
    opml_problems,
    page_links,
    rss_problems,
    self_links,
    site_url,
)

CHECKS = {
    "RFC 4287, grammar": ("atom.xml", atom_grammar_problems),
    "RFC 4287, rules": ("atom.xml", atom_rule_problems),
    "Atom links for readers": ("atom.xml", atom_link_problems),
    "JSON Feed 1.1": ("feed.json", json_feed_problems),
    "RSS 2.0": ("rss.xml", rss_problems),
}


def test_a_feed_is_there_in_every_format(published: Path) -> None:
    assert (published / "index.html").is_file()
    assert "all" in [folder.name for folder in folders(published)]
    missing = [
        folder / name for folder in folders(published) for name in FILES if not (folder / name).is_file()
    ]
    assert missing == []


@pytest.mark.parametrize("specification", CHECKS)
def test_feeds_conform(published: Path, specification: str) -> None:
    name, check = CHECKS[specification]
    problems = {
        folder.name: found
        for folder in folders(published)
        if (found := list(check((folder / name).read_bytes())))
    }
    assert problems == {}


def test_opml_lists_exactly_the_feeds(published: Path) -> None:
    assert list(opml_problems(published)) == []


def test_feeds_name_their_own_address_and_page(published: Path) -> None:
    base = site_url(published)
    for folder in folders(published):
        here = urljoin(base, f"{folder.name}/")
        assert self_links(folder) == {
            name: urljoin(here, name) for name in ("rss.xml", "atom.xml", "feed.json")
        }
        assert set(page_links(folder).values()) == {here}


def test_w3c_validator(published: Path) -> None:
    validator = w3c.checkout()
    if validator is None:
        pytest.skip("FEEDVALIDATOR does not name a checkout of the W3C feed validator")
    base = site_url(published)
    # Each file is validated at the address where it will stand, so a wrong self link is a warning.
    jobs = [
        w3c.Job(folder / name, urljoin(base, f"{folder.name}/{name}"), media_type)
        for folder in folders(published)
        for name, media_type in MEDIA_TYPES.items()
    ]
    events = w3c.complaints(jobs, validator)
    print(f"{len(jobs)} files:", dict(Counter(f"{event.level} {event.name}" for event in events)))  # noqa: T201
    assert [str(event) for event in events if event.name not in w3c.ADVISORY] == []
