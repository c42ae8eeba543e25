"""The two hook specifications. They are kept apart because they answer different questions.

`ModelSpec`: how does this model learn and predict? One plugin at a time, in the entrant's process.
`HarnessSpec`: what exists? Everything of ours is registered through it, as a stranger's would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from pathlib import Path

    from kit.dataset import Dataset, Features
    from kit.plugin.context import Run, Task
    from kit.workspace import Workspace

PROJECT = "kit"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class ModelSpec:
    """What a model plugin implements. Name only the arguments you need."""

    @hookspec(firstresult=True)
    def fit(self, task: Task, train: Dataset, valid: Dataset, run: Run) -> Any:
        """Learn from `train` and return the fitted model.

        Called once per run, in the worker, before any test row exists there.

        Parameters
        ----------
        task
            What is to be learned.
        train
            The rows to learn from.
        valid
            Rows held back for early stopping; never scored.
        run
            Seed, device, threads, time left, and ``run.log``.

        Returns
        -------
        object
            Anything but None. It is handed to `predict` as ``model``. A parameter of ``fit`` with a default and a
            name of its own is a hyper-parameter.
        """

    @hookspec(firstresult=True)
    def predict(self, model: Any, X: Features, task: Task, run: Run) -> Any:
        """Answer every row of `X`, in its order.

        Called after `fit`, in the same process, several times with different batches. Optional: without it the
        model's own ``predict_proba`` or ``predict`` is used.

        Parameters
        ----------
        model
            What `fit` returned.
        X
            Rows of the same type, dtype, scale and row shape as ``train.X``.
        task, run
            As in `fit`.

        Returns
        -------
        array
            Class indices (n,), or probabilities (n, k) in the order of ``task.classes``, or values (n,) or (n, m).
        """


class HarnessSpec:
    """What a distribution adds to the kit. ``register_*`` return names and import strings, nothing loaded."""

    @hookspec
    def register_competitions(self) -> dict[str, Path]:
        """Competitions: name -> folder with a ``competition.toml``. Called when names are resolved or listed."""

    @hookspec
    def register_models(self) -> dict[str, Path]:
        """Model plugins: name -> folder or file. Called when names are resolved or listed; nothing is imported."""

    @hookspec
    def register_metrics(self) -> dict[str, str]:
        """Metrics: name -> ``module:attribute`` of a `kit.metrics.base.Metric`. Imported when a competition uses it.

        The attribute may be a function that makes the metric instead. Its parameters, each with a type and a default,
        are what ``[metric] params`` may set: ``str``, ``int``, ``float``, ``bool``, or a ``Literal`` or ``tuple`` of
        these.
        """

    @hookspec
    def register_sources(self) -> dict[str, str]:
        """Data sources: the word before the colon -> ``module:attribute`` of a `kit.source.base.Source`."""

    @hookspec
    def register_sandboxes(self) -> dict[str, str]:
        """Sandboxes: name -> ``module:attribute``, a callable without arguments that gives a `Sandbox`."""

    @hookspec
    def register_executors(self) -> dict[str, str]:
        """Executors: name -> ``module:attribute``, a callable that takes a `Sandbox` and gives an `Executor`."""

    @hookspec
    def register_commands(self) -> dict[str, tuple[str, str]]:
        """Commands: name -> (``module:attribute`` of a click command, one line of help). Called by every `kit`."""

    @hookspec(firstresult=True)
    def open_board(self, workspace: Workspace) -> Any:
        """The board of this workspace. Called by commands that submit or show standings."""

    @hookspec(firstresult=True)
    def class_board(self) -> Any:
        """The board of the class that one has joined, or None. Called by commands that a class answers, too."""

    @hookspec(firstresult=True)
    def next_step(self, workspace: Workspace) -> str | None:
        """What to type next: ``kit check my_net      will it be accepted?``, or None. Called by ``kit`` alone.

        It has to be quick, and changes nothing. What stands behind two blanks or more says what the command is for.
        """

    @hookspec(firstresult=True)
    def host_commands(self, workspace: Workspace) -> dict[str, str] | None:
        """What the host of this workspace's class types: command -> what it is for; None where there is no class.

        Called by ``kit`` alone, which lists them in place of what an entrant types: as quick as `next_step`.
        """
