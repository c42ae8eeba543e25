"""The drawings of the pages, from the kit's own statistics: ``python -m docs.generate`` writes them with the pages.

Each is one SVG file without scripts or fonts of its own. It carries its background, so that it can be read whichever
of light and dark the page around it shows; the reader's system chooses between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import numpy as np

from kit.metrics.rmse import rmse
from kit.scoring import score_part
from leaderboard.statistics.bootstrap import replicates, replicates_of_all
from leaderboard.statistics.intervals import wilson
from leaderboard.statistics.paired import mcnemar_exact
from leaderboard.statistics.ranks import rank_intervals

_WIDTH = 460
_STYLE = """
:root { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --rule: #d1d9e0; --one: #0b57a4; --two: #a63c06 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e6e8eb; --soft: #a9b1ba; --rule: #3b424a; --one: #7db7f5; --two: #f0a36b }
}
svg { background: var(--paper) }
text { font: 14px system-ui, sans-serif; fill: var(--ink) }
.soft { fill: var(--soft); font-size: 12px }
.rule { stroke: var(--rule) }
.one { stroke: var(--one); fill: var(--one) }
.two { stroke: var(--two); fill: var(--two) }
.none { fill: var(--rule); stroke: none }
"""


def drawings() -> Mapping[str, str]:
    """Name of the file -> its text."""
    return {"wilson.svg": _wilson(), "bootstrap.svg": _bootstrap(), "paired.svg": _paired(), "ranks.svg": _ranks()}


def _svg(height: int, title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    paper = '<rect width="100%" height="100%" fill="var(--paper)"/>'
    return f'{head} role="img">\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n{paper}\n{body}\n</svg>\n'


def _text(x: float, y: float, words: str, *, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, *, kind: str, thick: float = 1) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="{kind}" stroke-width="{thick}"/>'


def _bar(x: float, y: float, wide: float, high: float, *, kind: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" class="{kind}" stroke-width="0"/>'


def _wilson(share: float = 0.95) -> str:
    """One score on parts of four sizes, each with its interval."""
    left, right, lowest = 120, _WIDTH - 20, 0.84

    def at(value: float) -> float:
        return left + (value - lowest) / (1 - lowest) * (right - left)

    parts = []
    for tick in (0.85, 0.90, 0.95, 1.0):
        parts += [_line(at(tick), 20, at(tick), 190, kind="rule")]
        parts += [_text(at(tick), 208, f"{100 * tick:.0f} %", kind="soft", anchor="middle")]
    for place, n in enumerate((60, 240, 1000, 10_000)):
        low, high = wilson(share, n)
        y = 40 + 42 * place
        parts += [
            _text(left - 12, y + 5, f"{n:,} images", anchor="end"),
            _line(at(low), y, at(high), y, kind="one", thick=3),
        ]
        parts += [f'<circle cx="{at(share):.1f}" cy="{y}" r="5" class="one"/>']
        parts += [
            _text((at(low) + at(high)) / 2, y + 20, f"{100 * low:.1f} - {100 * high:.1f}", kind="soft", anchor="middle")
        ]
    return _svg(220, "95 % right, on parts of 60 to 10,000 images: the more images, the shorter the interval", parts)


def _bootstrap() -> str:
    """A histogram of the RMSE on 1000 resamples of 80 rows, and the two ends that cut off 2.5 % each."""
    errors = np.random.default_rng(0).normal(0, 50, size=80)
    part = score_part(rmse(), np.zeros_like(errors), errors, seed_text="figure")
    drawn = replicates(rmse(), part, seed_text="figure")
    value = float(np.sqrt((errors**2).mean()))
    low, high = np.quantile(drawn, (0.025, 0.975))
    counts, edges = np.histogram(drawn, bins=28)
    left, right, bottom = 20, _WIDTH - 20, 165

    def at(x: float) -> float:
        return left + (x - float(edges[0])) / float(edges[-1] - edges[0]) * (right - left)

    parts = []
    for count, start, end in zip(counts, edges, edges[1:], strict=False):
        kind = "one" if low <= (start + end) / 2 <= high else "none"
        height = 125 * count / counts.max()
        parts += [_bar(at(start), bottom - height, at(end) - at(start) - 1, height, kind=kind)]
    parts += [_line(left, bottom, right, bottom, kind="rule")]
    for x, label in ((low, f"{low:.1f}"), (value, f"RMSE {value:.1f}"), (high, f"{high:.1f}")):
        parts += [
            _line(at(x), 30, at(x), bottom + 6, kind="two", thick=2),
            _text(at(x), bottom + 22, label, anchor="middle"),
        ]
    parts += [_text(left, 18, "1000 resamples of 80 rows: 950 of them between the outer lines", kind="soft")]
    return _svg(200, "The root mean square error on 1000 resamples of 80 rows, with its 95 % interval", parts)


def _paired() -> str:
    """Two pairs of models with the same two scores: how many images only one of them got right decides."""
    parts = [_text(20, 18, "240 images; A is right on 226 of them, B on 219", kind="soft")]
    for place, (only_a, only_b) in enumerate(((8, 1), (19, 12))):
        y = 56 + 88 * place
        n_differ, x = only_a + only_b, 20.0
        scale = (_WIDTH - 40) / 31
        for count, kind in ((only_a, "one"), (only_b, "two")):
            parts += [_bar(x, y, count * scale - 2, 22, kind=kind)]
            x += count * scale
        p = mcnemar_exact(only_a, only_b)
        parts += [_text(20, y - 6, f"{n_differ} images are told differently: {only_a} by A alone, {only_b} by B alone")]
        said = "clear" if p < 0.05 else "not clear"
        parts += [_text(20, y + 40, f"a coin shows such a split {100 * p:.0f} times in 100: {said}", kind="soft")]
    return _svg(
        200, "The same two scores twice: with few differing images the lead is clear, with many it is not", parts
    )


def _ranks() -> str:
    """Six equal models and four equal worse ones: the ranks they may have, and the middle 95 % of resampled ranks."""
    rng = np.random.default_rng(3)
    errors = np.repeat([1.0, 1.4], [6, 4])[:, np.newaxis] * (rng.normal(size=300) + 0.5 * rng.normal(size=(10, 300)))
    scored = [score_part(rmse(), np.zeros(300), of_model, seed_text="figure") for of_model in errors]
    scored.sort(key=lambda part: part.value)
    drawn = replicates_of_all(rmse(), scored, seed_text="figure")
    possible = rank_intervals(np.array([part.value for part in scored]), drawn, greater_is_better=False)
    resampled = np.quantile(drawn.argsort(axis=0).argsort(axis=0) + 1, (0.025, 0.975), axis=1).T
    left, right, top, step = 60, _WIDTH - 30, 62, 24

    def at(rank: float) -> float:
        return left + (rank - 1) / 9 * (right - left)

    parts = [_text(20, 18, "six equally good models and four worse ones, on the same 300 rows", kind="soft")]
    for x, kind, words in ((20, "one", "ranks it may have"), (200, "two", "middle 95 % of resampled ranks")):
        parts += [_line(x, 36, x + 22, 36, kind=kind, thick=5), _text(x + 30, 40, words, kind="soft")]
    bottom = top + step * 10
    for rank in (1, 6, 10):
        parts += [_line(at(rank), top - 8, at(rank), bottom - 6, kind="rule")]
        parts += [_text(at(rank), bottom + 10, f"rank {rank}", kind="soft", anchor="middle")]
    for place, (ours, naive) in enumerate(zip(possible, resampled, strict=True)):
        y = top + step * place
        parts += [_text(left - 26, y + 7, f"{place + 1}.", anchor="end")]
        parts += [_line(at(ours[0]), y, at(ours[1]), y, kind="one", thick=4)]
        parts += [_line(at(naive[0]), y + 7, at(naive[1]), y + 7, kind="two", thick=4)]
    title = "Six equal models may each have any rank from 1 to 6; resampled ranks deny some of them the first"
    return _svg(bottom + 24, title, parts)
