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
    return look


def _labels(style: ttk.Style, look: Look) -> None:
    style.configure("Card.TFrame", background=look.colours.card)
    style.configure("Line.TFrame", background=look.colours.line)
    for name, size, weight, colour in (
        ("Title", 24, "bold", look.colours.ink),
        ("Head", 16, "bold", look.colours.ink),
        ("Name", 15, "bold", look.colours.ink),
        ("Body", 14, "normal", look.colours.ink),
        ("Soft", 13, "normal", look.colours.soft),
        ("Wrong", 13, "normal", look.colours.wrong),
        ("Good", 13, "normal", look.colours.good),
    ):
        for ground, prefix in ((look.colours.ground, ""), (look.colours.card, "Card")):
            style.configure(
                f"{prefix}{name}.TLabel",
                background=ground,
                foreground=colour,
                font=look.font(size, weight),
            )


def _buttons(style: ttk.Style, look: Look) -> None:
    room = (look.u(16), look.u(8))
    for name, ground, down, ink, edge in (
        (
            "First",
            look.colours.accent,
            look.colours.accent_down,
            look.colours.on_accent,
            look.colours.accent,
        ),
        (
            "Plain",
            look.colours.card,
            look.colours.accent_soft,
            look.colours.ink,
            look.colours.edge,
        ),
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
            background=[
                ("disabled", look.colours.ground),
                ("pressed", down),
                ("active", down),
            ],
            lightcolor=[("disabled", look.colours.ground), ("active", down)],
            darkcolor=[("disabled", look.colours.ground), ("active", down)],
            bordercolor=[
                ("disabled", look.colours.line),
                ("focus", look.colours.accent),
            ],
            foreground=[("disabled", look.colours.pale)],
        )


def _inputs(style: ttk.Style, look: Look) -> None:
    edges: dict[str, Any] = {
        "bordercolor": look.colours.line,
        "lightcolor": look.colours.card,
        "darkcolor": look.colours.card,
    }
    style.configure(
        "TEntry",
        fieldbackground=look.colours.card,
        padding=look.u(7),
        insertcolor=look.colours.ink,
        **edges,
    )
    style.map("TEntry", bordercolor=[("focus", look.colours.accent)])
    style.configure(
        "Treeview",
        background=look.colours.card,
        fieldbackground=look.colours.card,
        rowheight=look.u(34),
        font=look.font(14),
        borderwidth=0,
        relief="flat",
        **edges,
    )
    style.layout("Treeview", [("Treeview.treearea", {"sticky": "nswe"})])
    style.configure(
        "Treeview.Heading",
        background=look.colours.card,
        foreground=look.colours.soft,
        font=look.font(12),
        relief="flat",
        padding=(look.u(14), look.u(8)),
        **edges,
    )
    style.configure("Treeview.Cell", padding=(look.u(12), 0))
    style.map("Treeview.Heading", background=[("active", look.colours.card)])
    style.map(
        "Treeview",
        background=[("selected", look.colours.accent_soft)],
        foreground=[("selected", look.colours.ink)],
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
