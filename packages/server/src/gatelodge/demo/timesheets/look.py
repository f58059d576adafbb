"""How the desktop app looks: calm paper, one card, one accent, any scale."""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass
from tkinter import font, ttk
from typing import Any, Final

from gatelodge.demo.timesheets.colours import LIGHT, Colours

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
    """One scale and one set of colours: ``u`` makes lengths, ``font`` makes fonts."""

    scale: float
    family: str
    colours: Colours

    def u(self, length: float) -> int:
        """A length in pixels of this screen."""
        return round(length * self.scale)

    def font(self, size: int = 14, weight: str = "normal") -> tuple[str, int, str]:
        """A font; a negative size is in pixels to Tk."""
        return (self.family, -self.u(size), weight)


def dress(root: tk.Tk, scale: float | None = None, colours: Colours = LIGHT) -> Look:
    """Give ``root`` its styles; without ``scale`` the screen decides."""
    dots = float(root.winfo_fpixels("1i"))
    found = scale or max(1.0, round(dots / _DOTS_PER_INCH * 4) / 4)
    known = set(font.families(root))
    family = next((name for name in _FAMILIES if name in known), "TkDefaultFont")
    look = Look(found, family, colours)
    root.configure(background=look.colours.ground)
    style = ttk.Style(root)
    style.theme_use("clam")
    style.configure(
        ".",
        background=look.colours.ground,
        foreground=look.colours.ink,
        font=look.font(),
    )
    _labels(style, look)
    _buttons(style, look)
    _inputs(style, look)
    _list(style, look)
    return look


def _labels(style: ttk.Style, look: Look) -> None:
    of = look.colours
    style.configure("Card.TFrame", background=of.card)
    style.configure("Line.TFrame", background=of.line)
    for name, size, weight, colour in (
        ("Title", 24, "bold", of.ink),
        ("Head", 16, "bold", of.ink),
        ("Name", 15, "bold", of.ink),
        ("Body", 14, "normal", of.ink),
        ("Soft", 13, "normal", of.soft),
        ("Wrong", 13, "normal", of.wrong),
        ("Good", 13, "normal", of.good),
    ):
        for ground, prefix in ((of.ground, ""), (of.card, "Card")):
            style.configure(
                f"{prefix}{name}.TLabel",
                background=ground,
                foreground=colour,
                font=look.font(size, weight),
            )


def _buttons(style: ttk.Style, look: Look) -> None:
    of = look.colours
    room = (look.u(16), look.u(8))
    for name, ground, down, ink, edge in (
        ("First", of.accent, of.accent_down, of.on_accent, of.accent),
        ("Plain", of.card, of.accent_soft, of.ink, of.edge),
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
            background=[("disabled", of.ground), ("pressed", down), ("active", down)],
            lightcolor=[("disabled", of.ground), ("active", down)],
            darkcolor=[("disabled", of.ground), ("active", down)],
            bordercolor=[("disabled", of.line), ("focus", of.accent)],
            foreground=[("disabled", of.pale)],
        )


def _inputs(style: ttk.Style, look: Look) -> None:
    of = look.colours
    style.configure(
        "TEntry",
        fieldbackground=of.card,
        padding=look.u(7),
        insertcolor=of.ink,
        **_edges(of),
    )
    style.map("TEntry", bordercolor=[("focus", of.accent)])


def _list(style: ttk.Style, look: Look) -> None:
    of = look.colours
    style.configure(
        "Treeview",
        background=of.card,
        fieldbackground=of.card,
        rowheight=look.u(34),
        font=look.font(14),
        borderwidth=0,
        relief="flat",
        **_edges(of),
    )
    style.layout("Treeview", [("Treeview.treearea", {"sticky": "nswe"})])
    style.configure(
        "Treeview.Heading",
        background=of.card,
        foreground=of.soft,
        font=look.font(12),
        relief="flat",
        padding=(look.u(14), look.u(8)),
        **_edges(of),
    )
    style.configure("Treeview.Cell", padding=(look.u(12), 0))
    style.map("Treeview.Heading", background=[("active", of.card)])
    style.map(
        "Treeview",
        background=[("selected", of.accent_soft)],
        foreground=[("selected", of.ink)],
    )


def mark(parent: tk.Misc, look: Look, *, size: int, ground: str) -> tk.Canvas:
    """The gate, as on the server's pages."""
    side = look.u(size)
    canvas = tk.Canvas(
        parent, width=side, height=side, background=ground, highlightthickness=0
    )
    unit = side / 32
    house = [(16, 2), (30, 12), (30, 29), (22, 29), (10, 29), (2, 29), (2, 12)]
    canvas.create_polygon(
        *(n * unit for xy in house for n in xy), fill=look.colours.accent
    )
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
        self.frame = tk.Frame(parent, background=look.colours.line, height=look.u(4))
        self._left = tk.Frame(self.frame, background=look.colours.accent)

    def show(self, part: float) -> None:
        """``part`` between 0 and 1."""
        self._left.place(relwidth=part, relheight=1)


def face(parent: tk.Misc, look: Look, *, letter: str) -> tk.Canvas:
    """A round portrait with an initial."""
    side = look.u(44)
    canvas = tk.Canvas(
        parent,
        width=side,
        height=side,
        background=look.colours.card,
        highlightthickness=0,
    )
    canvas.create_oval(
        1,
        1,
        side - 2,
        side - 2,
        fill=look.colours.accent_soft,
        outline=look.colours.accent_soft,
    )
    middle = side / 2
    canvas.create_text(
        middle,
        middle,
        text=letter,
        fill=look.colours.accent,
        font=look.font(18, "bold"),
    )
    return canvas


def _edges(of: Colours) -> dict[str, Any]:
    """One fine line around a field, where the theme would draw three."""
    return {"bordercolor": of.line, "lightcolor": of.card, "darkcolor": of.card}
