import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.config import MAX_SLUG
from feeds.selection.slugs import distinct, slugify

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Few letters and many signs, so that examples collide, trim and run out of letters.
NAMES = st.text() | st.text(alphabet="Cc+#. -_é\u0301/\U0001f680日9", max_size=80)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("AI", "ai"),
        ("C", "c"),
        ("C++", "c-plus-plus"),
        ("c++17", "c-plus-plus-17"),
        ("C#", "c-sharp"),
        ("F#", "f-sharp"),
        ("A+", "a-plus"),
        (".NET", "dot-net"),
        ("The .NET Framework", "the-dot-net-framework"),
        ("ASP.NET", "asp-net"),
        ("Node.js", "node-js"),
        ("AI & ML", "ai-ml"),
        ("R&D", "r-d"),
        ("#1 hits", "1-hits"),
        ("A launch \U0001f680", "a-launch"),
        ("50 %", "50"),
        ("データ", "deta"),
        ("Ελλάδα", "ellada"),
        ("Россия", "rossiya"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("../../etc", "etc"),
        ("/etc/passwd", "etc-passwd"),
        ("..\\windows", "windows"),
        ("index.html", "index-html"),
        ("-a--b-", "a-b"),
        ("x" * 300, "x" * 60),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_a_name_becomes_a_readable_folder(name: str, slug: str) -> None:
    assert slugify(name) == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("\U0001f600", "topic-f0443a"),
        ("\U0001f680\U0001f680", "topic-6708b2"),
        ("❤\ufe0f", "topic-16e814"),
        ("↔\ufe0f", "topic-575f75"),
        (".", "topic-cdb4ee"),
        ("..", "topic-5ec1f7"),
        ("++", "topic-cfc0c0"),
        ("-", "topic-3973e0"),
        ("#", "topic-334359"),
    ],
)
def test_a_name_without_letters_and_digits_is_known_by_its_hash(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(name=NAMES)
def test_every_slug_is_safe_and_short(name: str) -> None:
    slug = slugify(name)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= MAX_SLUG == 60


@given(name=NAMES)
def test_composed_and_decomposed_spellings_share_a_slug(name: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    assert slugify(composed) == slugify(decomposed) == slugify(name)
    assert distinct(composed, "x") == distinct(decomposed, "x")


@given(name=NAMES, slug=NAMES.map(slugify))
def test_the_slug_of_who_came_second_is_another_one_and_as_safe(name: str, slug: str) -> None:
    second = distinct(name, slug)
    assert SLUG.fullmatch(second)
    assert len(second) <= MAX_SLUG
    assert re.fullmatch(r"(.*)-[0-9a-f]{6}", second)
    assert second.rpartition("-")[0] == slug[:53].rstrip("-")
