"""All actions of one trigger, one after the other, in order of their names.

Each is told the event and answers with commands. One that fails is as if it had said
nothing, or ends the login, as its ``on_failure`` says; none can do anything else to it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import msgspec

from gatelodge.actions import webhook
from gatelodge.actions.failure import ActionFailed
from gatelodge.actions.folder import FUNCTIONS
from gatelodge.actions.functions import Functions
from gatelodge.base.clock import Clock
from gatelodge.base.encoding import b64url
from gatelodge.base.entropy import Entropy
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.login import action_commands
from gatelodge.login.command import Unreadable
from gatelodge.login.saml_commands import Places
from gatelodge.model.action import ACTION_SECRET, Action, Trigger
from gatelodge.oauth.outcome import FAILED, NOTHING, Denial, Outcome, Run, Trace
from gatelodge.outbound import Outbound

_log: Final = logging.getLogger("gatelodge.actions")
_ID_BYTES: Final = 18
_HIDDEN: Final = "***"
_SHORTEST_SECRET: Final = 4
_EXECUTE: Final[Mapping[Trigger, str]] = {
    trigger: name for name, trigger in FUNCTIONS.items() if "execute" in name
}
_CONTINUE: Final = "on_continue_post_login"


class Actions:
    """Runs functions and webhooks; ``functions`` is None where there is no folder."""

    def __init__(
        self,
        functions: Functions | None,
        outbound: Outbound,
        sealer: Sealer,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._functions = functions
        self._outbound = outbound
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy
        self._later: set[asyncio.Task[None]] = set()

    def due(
        self, trigger: Trigger, rows: tuple[Action, ...], *, resume: str | None = None
    ) -> tuple[tuple[Action, str], ...]:
        """Actions and the function of each; ``resume`` names the one to go on with."""
        found = [
            (row, _EXECUTE[trigger])
            for row in rows
            if row.url and trigger == row.trigger
        ]
        found += self._due_functions(_EXECUTE[trigger], rows)
        if resume is not None:
            again = [
                (row, _CONTINUE) for row, _ in found if row.name == resume and row.url
            ]
            again += [
                pair
                for pair in self._due_functions(_CONTINUE, rows)
                if pair[0].name == resume
            ]
            found = again + [pair for pair in found if pair[0].name > resume]
        return tuple(sorted(found, key=lambda pair: pair[0].name))

    def _due_functions(
        self, function: str, rows: tuple[Action, ...]
    ) -> list[tuple[Action, str]]:
        if self._functions is None:
            return []
        known = {row.name: row for row in rows if row.url is None}
        return [
            (known.get(file.name, Action(name=file.name)), function)
            for file in self._functions.folder.files
            if function in file.functions
        ]

    async def run(
        self,
        trigger: Trigger,
        event: Mapping[str, Any],
        rows: tuple[Action, ...],
        *,
        outcome: Outcome = NOTHING,
        resume: str | None = None,
        places: Places = None,
    ) -> Run:
        """Ask each action that is due, until one denies or sends the person away.

        ``places``: see ``action_commands.after``.
        """
        traces: list[Trace] = []
        last = resume
        for action, function in self.due(trigger, rows, resume=resume):
            outcome, trace = await self._one(
                action, function, trigger, event, outcome, places=places
            )
            traces.append(trace)
            last = action.name
            if outcome.denied is not None or outcome.redirect is not None:
                break
        return Run(outcome=outcome, traces=tuple(traces), last=last)

    def later(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do ``work`` beside the request; what it cannot do is logged."""

        async def carefully() -> None:
            try:
                await work()
            except Exception:  # noqa: BLE001 - the last resort: log, answer, live on
                _log.exception("an action after a registration was not run")

        task = asyncio.create_task(carefully())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def refresh(self) -> None:
        """Take up the folder as it is now."""
        if self._functions is not None:
            await self._functions.refresh()

    async def close(self) -> None:
        """Finish what goes on beside requests, then end all children."""
        if self._later:
            await asyncio.wait(self._later, timeout=5)
        for task in tuple(self._later):
            task.cancel()
        if self._functions is not None:
            await self._functions.close()

    async def _one(
        self,
        action: Action,
        function: str,
        trigger: Trigger,
        event: Mapping[str, Any],
        outcome: Outcome,
        *,
        places: Places,
    ) -> tuple[Outcome, Trace]:
        began = time.monotonic()
        error = None
        try:
            raw = await self._asked(action, function, trigger, event)
            commands = action_commands.read(raw, trigger)
            outcome = action_commands.after(outcome, commands, places=places)
        except (ActionFailed, Unreadable) as failed:
            error = self._redacted(str(failed), action)
            _log.warning("action %s failed: %s", action.name, error)
            if action.on_failure == "deny":
                denied = Denial(reason=FAILED, failed=action.name)
                outcome = msgspec.structs.replace(outcome, denied=denied)
        spent = round((time.monotonic() - began) * 1000)
        return outcome, Trace(name=action.name, milliseconds=spent, error=error)

    async def _asked(
        self,
        action: Action,
        function: str,
        trigger: Trigger,
        event: Mapping[str, Any],
    ) -> bytes:
        if action.url is not None:
            return await self._posted(action, action.url, function, trigger, event)
        if self._functions is None:
            raise ActionFailed("there is no folder of functions")
        return await self._functions.call(
            file=action.name,
            function=function,
            trigger=trigger,
            event={**event, "secrets": self._secrets(action)},
            seconds=action.time_limit,
        )

    async def _posted(
        self,
        action: Action,
        url: str,
        function: str,
        trigger: Trigger,
        event: Mapping[str, Any],
    ) -> bytes:
        message_id = f"msg_{b64url(self._entropy.draw(_ID_BYTES))}"
        body = {"id": message_id, "trigger": trigger, "function": function}
        return await webhook.post(
            self._outbound,
            url,
            msgspec.json.encode({**body, "event": event}),
            message_id=message_id,
            at=self._clock.now(),
            secret=self._opened(action.sealed_secret or ""),
            seconds=action.time_limit,
        )

    def _secrets(self, action: Action) -> dict[str, str]:
        return {name: self._opened(text) for name, text in action.secrets.items()}

    def _opened(self, sealed: str) -> str:
        try:
            return self._sealer.unseal_text(sealed, purpose=ACTION_SECRET).decode()
        except SealBroken:
            raise ActionFailed(
                "its secret is sealed with a key that is not here"
            ) from None

    def _redacted(self, text: str, action: Action) -> str:
        """What failed may have quoted a secret."""
        try:
            held = self._secrets(action).values()
        except ActionFailed:
            return text
        for secret in held:
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, _HIDDEN)
        return text
