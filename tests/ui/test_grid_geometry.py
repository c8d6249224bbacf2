"""The grid's arithmetic, against the plain definition of a grid."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.ui.widgets.grid_geometry import MARGIN, GridGeometry

grids = st.builds(
    GridGeometry,
    count=st.integers(0, 400),
    width=st.integers(60, 340),
    height=st.integers(80, 360),
    room=st.integers(40, 2600),
)


@given(grids)
def test_tiles_lie_in_reading_order_and_never_overlap(grid: GridGeometry) -> None:
    places = [grid.place(tile) for tile in range(grid.count)]
    assert places == sorted(places, key=lambda place: (place[1], place[0]))
    for (left, top), (next_left, next_top) in pairwise(places):
        assert next_left >= left + grid.width or next_top >= top + grid.height


@given(grids)
def test_tiles_stay_inside(grid: GridGeometry) -> None:
    for tile in range(grid.count):
        left, top = grid.place(tile)
        assert left >= MARGIN
        assert top >= MARGIN
        assert top + grid.height <= grid.content_height
        if grid.columns > 1:
            assert left + grid.width <= grid.room - MARGIN + 1


@given(grids, st.data())
def test_every_point_of_a_tile_finds_it(grid: GridGeometry, data: st.DataObject) -> None:
    if not grid.count:
        assert grid.tile_at(MARGIN, MARGIN) == -1
        return
    tile = data.draw(st.integers(0, grid.count - 1))
    left, top = grid.place(tile)
    x = data.draw(st.integers(left, left + grid.width - 1))
    y = data.draw(st.integers(top, top + grid.height - 1))
    assert grid.tile_at(x, y) == tile


@given(grids, st.integers(-500, 3000), st.integers(-500, 20_000))
def test_a_point_finds_a_tile_only_inside_of_it(grid: GridGeometry, x: int, y: int) -> None:
    tile = grid.tile_at(x, y)
    inside = [
        other
        for other in range(grid.count)
        for left, top in [grid.place(other)]
        if left <= x < left + grid.width and top <= y < top + grid.height
    ]
    assert inside == ([tile] if tile >= 0 else [])


@given(grids, st.integers(-200, 9000), st.integers(0, 2000))
def test_the_visible_tiles_are_exactly_those_in_sight(grid: GridGeometry, top: int, height: int) -> None:
    shown = set(grid.tiles_between(top, top + height))
    touched = {
        tile
        for tile in range(grid.count)
        if top < grid.place(tile)[1] + grid.height and grid.place(tile)[1] < top + height
    }
    assert touched <= shown
    # The gap under a row may count it in; nothing else may.
    extra = {tile // grid.columns for tile in shown - touched}
    assert len(extra) <= 2


@given(grids, st.integers(-50, 2600), st.integers(-50, 6000), st.integers(1, 1500), st.integers(1, 1500))
def test_a_rubber_band_selects_what_it_touches(grid: GridGeometry, x: int, y: int, width: int, height: int) -> None:
    found = {tile for tiles in grid.ranges_in(x, y, x + width, y + height) for tile in tiles}
    for tile in range(grid.count):
        left, top = grid.place(tile)
        touches = left < x + width and x < left + grid.width and top < y + height and y < top + grid.height
        assert (tile in found) == touches


@given(grids, st.data())
def test_arrow_keys_stay_inside_and_come_back(grid: GridGeometry, data: st.DataObject) -> None:
    if not grid.count:
        return
    tile = data.draw(st.integers(0, grid.count - 1))
    for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1), (0, 5), (0, -5)):
        assert 0 <= grid.step(tile, across, down) < grid.count
    below = grid.step(tile, 0, 1)
    if below == tile + grid.columns:
        assert grid.step(below, 0, -1) == tile


def test_from_the_last_full_row_down_leads_to_the_last_picture() -> None:
    grid = GridGeometry(count=5, width=100, height=120, room=3 * 108 + 24)
    assert grid.columns == 3
    assert grid.step(2, 0, 1) == 4
    assert grid.step(4, 0, 1) == 4
    assert grid.step(1, 0, -1) == 1


def test_a_million_pictures_cost_no_more_than_ten() -> None:
    """By what is computed, not by the clock: a thousand look-ups in a million within the time of a slow blink."""
    grid = GridGeometry(count=1_000_000, width=140, height=160, room=1152)
    begun = time.thread_time()
    for y in range(0, 20_000_000, 20_000):
        grid.tile_at(500, y)
        grid.tiles_between(y, y + 900)
    assert time.thread_time() - begun < 1.0
    assert grid.content_height < 2**31
