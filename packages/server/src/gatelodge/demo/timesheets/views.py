"""The two faces of the window: signed out, and signed in. They only show."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from datetime import date, datetime
from tkinter import ttk
from typing import Any, Final

from gatelodge.demo.timesheets.look import Look, face, mark

_COLUMNS: Final = (
    ("day", "Day", 114),
    ("who", "Who", 94),
    ("hours", "Hours", 66),
    ("task", "Task", 120),
    ("state", "State", 96),
)
_FIXED: Final = ("day", "hours")
_RIGHTS: Final = (
    ("read:timesheets", "see timesheets"),
    ("create:timesheets", "write down hours"),
    ("approve:timesheets", "approve them"),
)


def card(parent: tk.Misc, look: Look, *, room: int) -> tuple[tk.Frame, ttk.Frame]:
    """A white card with a thin edge: the outside to place, the inside to fill."""
    outside = tk.Frame(parent, background=look.colours.line)
    inside = ttk.Frame(outside, style="Card.TFrame", padding=look.u(room))
    inside.pack(fill="both", expand=True, padx=1, pady=1)
    return outside, inside


class SignedOut:
    """One button, and a word when something did not work."""

    def __init__(self, root: tk.Tk, look: Look, *, press: Callable[[], None]) -> None:
        self.frame = ttk.Frame(root)
        outside, inside = card(self.frame, look, room=40)
        outside.place(relx=0.5, rely=0.47, anchor="center")
        mark(inside, look, size=52, ground=look.colours.card).pack()
        ttk.Label(inside, text="Timesheets", style="CardTitle.TLabel").pack(
            pady=(look.u(16), look.u(6))
        )
        self.words = ttk.Label(
            inside,
            style="CardSoft.TLabel",
            justify="center",
            anchor="center",
            width=44,
            wraplength=look.u(280),
        )
        self.words.pack()
        self.button = ttk.Button(inside, command=press)
        self.button.pack(fill="x", pady=(look.u(24), 0), ipady=look.u(3))
        self.trouble = ttk.Label(
            inside, style="CardWrong.TLabel", justify="center", wraplength=look.u(320)
        )
        self.rest()

    def rest(self, trouble: str = "") -> None:
        """Nobody is signed in."""
        self.words.configure(
            text="Sign in with your browser. This app never sees your password."
        )
        self.button.configure(text="Sign in", style="First.TButton")
        self.trouble.configure(text=trouble)
        if trouble:
            self.trouble.pack(pady=(14, 0))
        else:
            self.trouble.pack_forget()
        self.button.focus_set()

    def wait(self) -> None:
        """The browser is open."""
        self.rest()
        self.words.configure(
            text="Your browser is open. Come back here when you have signed in there."
        )
        self.button.configure(text="Cancel", style="Plain.TButton")


class Sheets:
    """The list, the line to add to it, and what the API said."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        self.frame = ttk.Frame(parent)
        self.heading = ttk.Label(self.frame, style="Head.TLabel")
        self.heading.pack(anchor="w", pady=(0, look.u(10)))
        self.list, inside = card(self.frame, look, room=2)
        self.list.pack(fill="both", expand=True)
        self.tree = ttk.Treeview(
            inside,
            columns=[name for name, _, _ in _COLUMNS],
            show="headings",
            selectmode="browse",
            height=6,
        )
        for name, title, width in _COLUMNS:
            side: Any = "center" if name == "hours" else "w"
            self.tree.heading(name, text=title, anchor=side)
            wide = look.u(width)
            self.tree.column(name, width=wide, anchor=side, stretch=name not in _FIXED)
        self.tree.pack(fill="both", expand=True)
        self.empty = ttk.Label(
            inside, text="No hours yet. Add your first day.", style="CardSoft.TLabel"
        )
        self.words = ttk.Label(self.frame, justify="left")
        self.frame.bind(
            "<Configure>", lambda e: self.words.configure(wraplength=e.width)
        )

    def below(self, line: tk.Widget, *, gap: tuple[int, int]) -> None:
        """Put a line under the list; in a small window the list gives way."""
        line.pack(side="bottom", fill="x", pady=gap, before=self.list)

    def show(self, sheets: Sequence[dict[str, Any]]) -> None:
        """Fill the list; the selected line stays selected."""
        chosen = self.tree.selection()
        self.tree.delete(*self.tree.get_children())
        for sheet in sheets:
            by = sheet["approved_by"]
            state = f"✓ {by}" if by else "open"
            hours = f"{sheet['hours']:g}"
            day = date.fromisoformat(sheet["day"]).strftime("%a %d %b")
            line = (day, sheet["who"], hours, sheet["task"], state)
            self.tree.insert("", "end", iid=str(sheet["id"]), values=line)
        self.tree.selection_set([one for one in chosen if self.tree.exists(one)])
        if sheets:
            self.empty.place_forget()
        else:
            self.empty.place(relx=0.5, rely=0.45, anchor="center")

    @property
    def chosen(self) -> int | None:
        """The number of the selected sheet."""
        selected = self.tree.selection()
        return int(selected[0]) if selected else None

    def say(self, words: str, *, wrong: bool = False) -> None:
        """One sentence below the list."""
        style = "Wrong.TLabel" if wrong else "Good.TLabel"
        self.words.configure(text=words, style=style)


class NewSheet:
    """The line to write down hours in."""

    def __init__(self, parent: tk.Misc, look: Look, *, add: Callable[[], None]) -> None:
        self.frame = ttk.Frame(parent)
        self.day, self.hours, self.task = tk.StringVar(), tk.StringVar(), tk.StringVar()
        for column, (label, variable, width) in enumerate(
            (("Day", self.day, 11), ("Hours", self.hours, 6), ("Task", self.task, 10))
        ):
            gap = (0, look.u(8))
            ttk.Label(self.frame, text=label, style="Soft.TLabel").grid(
                row=0, column=column, sticky="w", pady=(0, look.u(3))
            )
            entry = ttk.Entry(
                self.frame, textvariable=variable, width=width, font=look.font()
            )
            entry.grid(row=1, column=column, sticky="ew", padx=gap)
            entry.bind("<Return>", lambda _event: add())
        self.frame.columnconfigure(2, weight=1)
        self.add = ttk.Button(self.frame, text="Add", style="Plain.TButton", width=-7)
        self.add.configure(command=add)
        self.add.grid(row=1, column=3, sticky="ns")
        self.clear()

    def clear(self) -> None:
        """Ready for the next day."""
        self.day.set(datetime.now().astimezone().date().isoformat())
        self.hours.set("8")
        self.task.set("")


def person(parent: tk.Misc, look: Look, me: dict[str, Any]) -> tk.Frame:
    """Who you are, as the API sees it."""
    outside, inside = card(parent, look, room=20)
    name = me["name"] or me["sub"]
    face(inside, look, letter=name[:1].upper()).pack(anchor="w")
    lines = (
        (name, "CardName.TLabel", 10),
        (me["email"] or "", "CardSoft.TLabel", 0),
        (f"Role: {', '.join(me['roles']) or 'none'}", "CardBody.TLabel", 14),
        (f"Team: {me['team'] or 'none'}", "CardBody.TLabel", 2),
        ("With this token you may", "CardSoft.TLabel", 18),
    )
    for words, style, gap in lines:
        label = ttk.Label(inside, text=words, style=style, wraplength=look.u(200))
        label.pack(anchor="w", pady=(look.u(gap), 0))
    for right, words in _RIGHTS:
        has = right in me["scopes"]
        style = "CardGood.TLabel" if has else "CardSoft.TLabel"
        line = ttk.Frame(inside, style="Card.TFrame")
        line.pack(anchor="w", pady=(look.u(4), 0))
        sign = "✓" if has else "✕"
        ttk.Label(line, text=sign, width=2, style=style).pack(side="left")
        ttk.Label(line, text=words, style=style).pack(side="left")
    return outside
