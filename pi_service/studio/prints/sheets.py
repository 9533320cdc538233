"""How drawings are laid out on printed pages: a contact sheet, and common sheets of labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from firmware_gcode.drawing.geometry import Rectangle
from pi_service.studio.keepsake.scene import Scene
from pi_service.studio.prints.pdf import Book, Format

MARGIN_MM, HEAD_MM = 12.0, 12.0
"""Of a contact sheet: what stays free at its sides, and the room of its head."""
COLUMNS, ROWS = 4, 5
GAP_MM = 5.0
TITLE_MM, LINE_MM = 4.0, 2.4
"""Height of capitals in the head, and on labels."""


@dataclass(frozen=True, slots=True)
class Stock:
    """A sheet of labels as it is sold; all lengths mm.

    Attributes:
        left: From the paper's left edge to the first label; `top` likewise.
        across: From one label's left to that of the next; `down` likewise.
    """

    paper: Format
    columns: int
    rows: int
    left: float
    top: float
    across: float
    down: float
    width: float
    height: float

    def place(self, at: int) -> Rectangle:
        """Where a label is on its page, counted row by row from the top left."""
        row, column = divmod(at, self.columns)
        x = self.left + column * self.across
        y = self.paper.size[1] - self.top - row * self.down
        return Rectangle(x, y - self.height, x + self.width, y)

    @property
    def count(self) -> int:
        """Labels on a page."""
        return self.columns * self.rows


STOCKS = {
    "l7160": Stock(Format.A4, 3, 7, 7.25, 15.15, 66.0, 38.1, 63.5, 38.1),
    "l7163": Stock(Format.A4, 2, 7, 4.65, 15.15, 101.6, 38.1, 99.1, 38.1),
    "l7651": Stock(Format.A4, 5, 13, 4.75, 10.7, 40.6, 21.2, 38.1, 21.2),
    "5160": Stock(Format.LETTER, 3, 10, 4.76, 12.7, 69.85, 25.4, 66.68, 25.4),
    "5163": Stock(Format.LETTER, 2, 5, 3.96, 12.7, 104.78, 50.8, 101.6, 50.8),
}
"""By the numbers under which Avery sells them and others sell the same."""


def contact(scenes: Iterable[Scene], title: str, paper: Format) -> bytes:
    """A PDF of small pictures, each with its number and date, under a title."""
    book = Book(paper)
    cells = list(_cells(book))
    for at, scene in enumerate(scenes):
        if at % len(cells) == 0:
            book.page()
            top = book.height - MARGIN_MM
            head = Rectangle(MARGIN_MM, top - HEAD_MM, book.width - MARGIN_MM, top)
            book.text(f"{title} ({at // len(cells) + 1})", head, TITLE_MM, left=True)
        drawn = scene.drawn_by("human", "machine")
        text = scene.drawn_by("caption")
        book.fitted(drawn or text, cells[at % len(cells)], scene.pen_width, text)
    return book.finished()


def _cells(book: Book) -> Iterator[Rectangle]:
    wide = (book.width - 2 * MARGIN_MM + GAP_MM) / COLUMNS
    high = (book.height - 2 * MARGIN_MM - HEAD_MM + GAP_MM) / ROWS
    for row in range(ROWS):
        top = book.height - MARGIN_MM - HEAD_MM - row * high
        for column in range(COLUMNS):
            x = MARGIN_MM + column * wide
            yield Rectangle(x, top - high + GAP_MM, x + wide - GAP_MM, top)


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label.

    Attributes:
        address: Of the drawing's page, for the QR code.
        lines: Beside it.
    """

    address: str
    lines: tuple[str, ...]
    scene: Scene


def labels(of: Iterable[Label], stock: Stock, first: int = 1) -> bytes:
    """A PDF for a sheet of labels.

    Args:
        first: The first label on the first page that is still there, from 1.
    """
    book = Book(stock.paper)
    for at, label in enumerate(of, first - 1):
        if at % stock.count == 0 or at == first - 1:
            book.page()
        _label(book, label, stock.place(at % stock.count))
    return book.finished()


def _label(book: Book, label: Label, place: Rectangle) -> None:
    side = min(place.height - 2.0, 0.42 * place.width)
    book.qr(label.address, place.x0 + 1.0, place.centre[1] - side / 2, side)
    x, end = place.x0 + side + 2.0, place.x1 - 2.5
    below = place.y0 + 2.0
    for words in reversed(label.lines):
        area = Rectangle(x, below, end, below + 1.5 * LINE_MM)
        book.text(words, area, LINE_MM, left=True)
        below += 1.6 * LINE_MM
    room = Rectangle(x, below + 1.0, end, place.y1 - 2.0)
    if room.height > 6.0:
        drawn = label.scene.drawn_by("human", "machine")
        book.fitted(drawn or label.scene.strokes, room, label.scene.pen_width)
