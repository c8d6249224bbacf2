"""Each look at the folders builds on the one before, and tells where its pictures stood then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.project.project import Project
from desktop_app.ui.listing import Listings
from tests.drawing import draw_classes, draw_picture


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(draw_classes(tmp_path / "parts", {"bad": 2, "good": 3})) as made:
        yield made


@pytest.fixture
def listings(project: Project) -> Listings:
    return Listings(project, project.scan())


def test_nothing_new_is_nothing(listings: Listings) -> None:
    assert listings.scan() is None


def test_new_pictures_stood_nowhere(project: Project, listings: Listings) -> None:
    before = listings.newest.catalog.files
    draw_picture(project.root / "bad" / "a.png")
    (project.root / "good" / "good_001.png").unlink()
    listing = listings.scan()
    assert listing is not None
    assert listing.stood is not None
    assert listing.catalog.files == ("bad/a.png", *before[:2], *before[3:])
    assert listing.stood.before is before
    assert listing.stood.after is listing.catalog.files
    assert listing.stood.places.tolist() == [-1, 0, 1, 3, 4]


def test_the_same_pictures_in_another_order_are_nothing_new(project: Project, listings: Listings) -> None:
    """As after a move that was shown in place."""
    catalog = listings.newest.catalog
    order = [1, 0, 4, 3, 2]
    files = tuple(catalog.files[place] for place in order)
    other = Listings(project, type(catalog)(catalog.classes, files, catalog.labels[order]))
    assert other.scan() is None


def test_the_same_names_under_other_labels_are_news(project: Project, listings: Listings) -> None:
    catalog = listings.newest.catalog
    other = Listings(project, type(catalog)(catalog.classes, catalog.files, catalog.labels[::-1]))
    assert other.scan() is not None


def test_all_that_can_hold_pictures_is_named(project: Project, listings: Listings) -> None:
    draw_picture(project.root / "bad" / "lot 2" / "a.png")
    listings.scan()
    root = project.root
    assert set(listings.folders()) == {
        str(path) for path in (root, root / "bad", root / "bad" / "lot 2", root / "good")
    }
