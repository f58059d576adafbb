"""How the desktop app looks: calm paper, one card, one accent, any scale."""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass
from tkinter import font, ttk
from typing import Any, Final

GROUND, CARD, INK, SOFT, LINE = "#f6f5f2", "#ffffff", "#23221f", "#66635c", "#e4e1da"
ACCENT, ACCENT_DOWN, ACCENT_SOFT = "#3a5bc7", "#2f4ba8", "#e9edf9"
WRONG, GOOD, PALE = "#b3261e", "#2c6e49", "#b9b5ac"
_FAMILIES: Final = (
    "Segoe UI",
    "SF Pro Text",
    "Helvetica Neue",
    "Cantarell",
    "Noto Sans",
    "Ubuntu",
    "Liberation Sans",
    "DejaVu Sans",
)
_DOTS_PER_INCH: Final = 96.0


@dataclass(frozen=True, slots=True)
class Look:
    """One scale: ``u`` makes lengths, ``font`` makes fonts."""

    scale: float
    family: str

    def u(self, length: float) -> int:
        """A length in pixels of this screen."""
        return round(length * self.scale)

    def font(self, size: int = 14, weight: str = "normal") -> tuple[str, int, str]:
        """A font; a negative size is in pixels to Tk."""
        return (self.family, -self.u(size), weight)


def dress(root: tk.Tk, scale: float | None = None) -> Look:
    """Give ``root`` its styles; without ``scale`` the screen decides."""
    dots = float(root.winfo_fpixels("1i"))
    found = scale or max(1.0, round(dots / _DOTS_PER_INCH * 4) / 4)
    known = set(font.families(root))
    family = next((name for name in _FAMILIES if name in known), "TkDefaultFont")
    look = Look(found, family)
    root.configure(background=GROUND)
    style = ttk.Style(root)
    style.theme_use("clam")
    style.configure(".", background=GROUND, foreground=INK, font=look.font())
    _labels(style, look)
    _buttons(style, look)
    _inputs(style, look)
    return look


def _labels(style: ttk.Style, look: Look) -> None:
    style.configure("Card.TFrame", background=CARD)
    style.configure("Line.TFrame", background=LINE)
    for name, size, weight, colour in (
        ("Title", 24, "bold", INK),
        ("Head", 16, "bold", INK),
        ("Name", 15, "bold", INK),
        ("Body", 14, "normal", INK),
        ("Soft", 13, "normal", SOFT),
        ("Wrong", 13, "normal", WRONG),
        ("Good", 13, "normal", GOOD),
    ):
        for ground, prefix in ((GROUND, ""), (CARD, "Card")):
            style.configure(
                f"{prefix}{name}.TLabel",
                background=ground,
                foreground=colour,
                font=look.font(size, weight),
            )


def _buttons(style: ttk.Style, look: Look) -> None:
    room = (look.u(16), look.u(8))
    for name, ground, down, ink, edge in (
        ("First", ACCENT, ACCENT_DOWN, "#ffffff", ACCENT),
        ("Plain", CARD, ACCENT_SOFT, INK, PALE),
    ):
        style.configure(
            f"{name}.TButton",
            background=ground,
            foreground=ink,
            bordercolor=edge,
            lightcolor=ground,
            darkcolor=ground,
            focuscolor=ink,
            padding=room,
            relief="raised",
            font=look.font(14, "bold" if name == "First" else "normal"),
        )
        style.map(
            f"{name}.TButton",
            background=[("disabled", GROUND), ("pressed", down), ("active", down)],
            lightcolor=[("disabled", GROUND), ("active", down)],
            darkcolor=[("disabled", GROUND), ("active", down)],
            bordercolor=[("disabled", LINE), ("focus", ACCENT)],
            foreground=[("disabled", PALE)],
        )


def _inputs(style: ttk.Style, look: Look) -> None:
    edges: dict[str, Any] = {"bordercolor": LINE, "lightcolor": CARD, "darkcolor": CARD}
    style.configure(
        "TEntry", fieldbackground=CARD, padding=look.u(7), insertcolor=INK, **edges
    )
    style.map("TEntry", bordercolor=[("focus", ACCENT)])
    style.configure(
        "Treeview",
        background=CARD,
        fieldbackground=CARD,
        rowheight=look.u(34),
        font=look.font(14),
        borderwidth=0,
        relief="flat",
        **edges,
    )
    style.layout("Treeview", [("Treeview.treearea", {"sticky": "nswe"})])
    style.configure(
        "Treeview.Heading",
        background=CARD,
        foreground=SOFT,
        font=look.font(12),
        relief="flat",
        padding=(look.u(14), look.u(8)),
        **edges,
    )
    style.configure("Treeview.Cell", padding=(look.u(12), 0))
    style.map("Treeview.Heading", background=[("active", CARD)])
    style.map(
        "Treeview",
        background=[("selected", ACCENT_SOFT)],
        foreground=[("selected", INK)],
    )


def mark(parent: tk.Misc, look: Look, *, size: int, ground: str) -> tk.Canvas:
    """The gate, as on the server's pages."""
    side = look.u(size)
    canvas = tk.Canvas(
        parent, width=side, height=side, background=ground, highlightthickness=0
    )
    unit = side / 32
    house = [(16, 2), (30, 12), (30, 29), (22, 29), (10, 29), (2, 29), (2, 12)]
    canvas.create_polygon(*(n * unit for xy in house for n in xy), fill=ACCENT)
    canvas.create_rectangle(
        10 * unit, 21 * unit, 22 * unit, 30 * unit, fill=ground, outline=ground
    )
    canvas.create_oval(
        10 * unit, 15.5 * unit, 22 * unit, 27.5 * unit, fill=ground, outline=ground
    )
    canvas.create_oval(
        13.9 * unit, 7.5 * unit, 18.1 * unit, 11.7 * unit, fill=ground, outline=ground
    )
    return canvas


class Bar:
    """A thin line that shortens; ``show`` takes the part that is left."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        self.frame = tk.Frame(parent, background=LINE, height=look.u(4))
        self._left = tk.Frame(self.frame, background=ACCENT)

    def show(self, part: float) -> None:
        """``part`` between 0 and 1."""
        self._left.place(relwidth=part, relheight=1)


def face(parent: tk.Misc, look: Look, *, letter: str) -> tk.Canvas:
    """A round portrait with an initial."""
    side = look.u(44)
    canvas = tk.Canvas(
        parent, width=side, height=side, background=CARD, highlightthickness=0
    )
    canvas.create_oval(1, 1, side - 2, side - 2, fill=ACCENT_SOFT, outline=ACCENT_SOFT)
    middle = side / 2
    canvas.create_text(
        middle, middle, text=letter, fill=ACCENT, font=look.font(18, "bold")
    )
    return canvas
