"""Where the tiles of a grid lie: plain arithmetic, the same cost for ten pictures and for a million."""

from __future__ import annotations

from dataclasses import dataclass

GAP = 8
MARGIN = 12


@dataclass(frozen=True)
class GridGeometry:
    """`count` tiles of `width` × `height`, in reading order, in an area `room` wide. Logical pixels, whole numbers.

    Room that is left over goes into the gaps between columns, so that both edges of the grid are straight.
    """

    count: int
    width: int
    height: int
    room: int

    @property
    def columns(self) -> int:
        return max(1, (self.room - 2 * MARGIN + GAP) // (self.width + GAP))

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    @property
    def stride(self) -> tuple[float, int]:
        """From a tile to its right and to its lower neighbour."""
        columns = self.columns
        if columns == 1:
            return float(self.width + GAP), self.height + GAP
        spare = self.room - 2 * MARGIN - columns * self.width
        # Large tiles, and too few for a full row, keep narrow gaps: tiles far apart read as separate things.
        gap = min(spare / (columns - 1), GAP + self.width / 3) if self.count > columns else float(GAP)
        return self.width + gap, self.height + GAP

    @property
    def content_height(self) -> int:
        return 2 * MARGIN + self.rows * self.stride[1] - GAP if self.count else 0

    def place(self, tile: int) -> tuple[int, int]:
        """Left and top of a tile."""
        row, column = divmod(tile, self.columns)
        across, down = self.stride
        return MARGIN + round(column * across), MARGIN + row * down

    def tile_at(self, x: int, y: int) -> int:
        """The tile at a point; -1 between tiles and beyond the last."""
        across, down = self.stride
        # Half a pixel more, since places are rounded.
        column, row = int((x - MARGIN + 0.5) // across), (y - MARGIN) // down
        if not 0 <= column < self.columns or row < 0:
            return -1
        tile = row * self.columns + column
        if not 0 <= tile < self.count:
            return -1
        left, top = self.place(tile)
        return tile if left <= x < left + self.width and top <= y < top + self.height else -1

    def rows_between(self, top: int, bottom: int) -> range:
        """Rows of tiles that lie at least partly between two heights (`bottom` excluded)."""
        down = self.stride[1]
        first = max(0, (top - MARGIN + GAP) // down)
        last = min(self.rows, -(-(bottom - MARGIN) // down))
        return range(first, max(first, last))

    def tiles_between(self, top: int, bottom: int) -> range:
        rows = self.rows_between(top, bottom)
        return range(min(self.count, rows.start * self.columns), min(self.count, rows.stop * self.columns))

    def ranges_in(self, left: int, top: int, right: int, bottom: int) -> list[range]:
        """The tiles that a rectangle touches, a range for each row; right and bottom excluded."""
        across = self.stride[0]
        first = max(0, int((left - MARGIN - self.width - 0.5) // across) + 1)
        last = min(self.columns - 1, int((right - MARGIN + 0.5) // across))
        if first <= last and self.place(first)[0] + self.width <= left:  # places are rounded
            first += 1
        if first <= last and self.place(last)[0] >= right:
            last -= 1
        if first > last:
            return []
        found = []
        for row in self.rows_between(top, bottom):
            start, stop = row * self.columns + first, min(self.count, row * self.columns + last + 1)
            if start < stop and self._row_touched(row, top, bottom):
                found.append(range(start, stop))
        return found

    def _row_touched(self, row: int, top: int, bottom: int) -> bool:
        start = MARGIN + row * self.stride[1]
        return start < bottom and top < start + self.height

    def step(self, tile: int, across: int, down: int) -> int:
        """The tile that arrow keys lead to; the ends are not left."""
        target = tile + across + down * self.columns
        if down and not 0 <= target < self.count:
            if down > 0:
                # From the last but one row, down leads to the last tile even where the row is shorter.
                return self.count - 1 if tile // self.columns < self.rows - 1 else tile
            return tile % self.columns if tile >= self.columns else tile
        return min(max(target, 0), self.count - 1)
