"""Episodes as a page that plays them: shapes on a canvas, moved by a short script, and the same as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from kit.environments.scenes import Point, Scene, Shape
from leaderboard.drawing.page import page, section, table

_ROWS = 25  # of a table: an episode may have a thousand steps
_STRIP = 4  # pictures where no script runs
_DIGITS = 3
_WIDE = 320  # of a picture in a strip
_KINDS = {"line": "L", "area": "A", "disc": "D", "word": "W"}
_STYLE = """
.film { max-width: 40rem }
.film canvas { display: block; width: 100%; height: auto; background: var(--paper); border: 1px solid var(--rule) }
.screens { display: flex; flex-wrap: wrap; gap: 0.75rem }
.screens > div { flex: 1 1 16rem; min-width: 0 }
.controls { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; margin-top: 0.75rem }
.controls label { max-width: 100% } .controls select { max-width: 100% }
.controls[hidden], .screens[hidden], .now:empty { display: none }
.controls button, .controls select { font: inherit; min-height: 2.75rem; min-width: 5rem; color: var(--ink);
  background: var(--paper); border: 1px solid var(--edge); border-radius: 0.4rem; padding: 0 0.75rem }
.controls input { flex: 1 1 10rem; min-height: 2.75rem; accent-color: var(--s0) }
.controls :focus-visible { outline: 3px solid var(--s0); outline-offset: 2px }
.now { font-variant-numeric: tabular-nums; min-height: 3rem }
.strip { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 12rem), 1fr)) }
.film .ground { --c: var(--ink) } .film .body { --c: var(--s0) } .film .part { --c: var(--s1) }
.film .goal { --c: var(--s3) } .film .danger { --c: var(--s4) } .film .soft { --c: var(--rule) }
.film svg path.line, .film svg path.none { fill: none; stroke: var(--c); stroke-linecap: round }
.film svg path.area, .film svg circle, .film svg text { fill: var(--c); stroke: none }
"""
_SCRIPT = """
(() => {
  const data = JSON.parse(document.getElementById("episodes").textContent)
  const by = name => document.getElementById(name)
  const which = by("which"), play = by("play"), step = by("step"), speed = by("speed"), now = by("now")
  const screens = [...document.querySelectorAll("canvas")]
  let at = 0, timer = 0, began = 0, from = 0
  const films = () => data[+which.value].films
  const last = () => Math.max(...films().map(film => film.frames.length)) - 1
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name)
  const names = { ground: "--ink", body: "--s0", part: "--s1", goal: "--s3", danger: "--s4", soft: "--rule" }
  function draw(canvas, film) {
    const wide = canvas.clientWidth, scale = wide / (film.high[0] - film.low[0])
    const high = scale * (film.high[1] - film.low[1]), dense = window.devicePixelRatio || 1
    canvas.width = wide * dense
    canvas.height = high * dense
    const c = canvas.getContext("2d")
    c.scale(dense, dense)
    c.lineCap = c.lineJoin = "round"
    const x = place => (place - film.low[0]) * scale, y = place => high - (place - film.low[1]) * scale
    const frame = film.frames[Math.min(at, film.frames.length - 1)]
    for (const [kind, role, size, points, text] of [...film.fixed, ...frame]) {
      c.fillStyle = c.strokeStyle = colour(names[role])
      c.beginPath()
      if (kind === "D") c.arc(x(points[0]), y(points[1]), size * scale, 0, 7)
      else for (let i = 0; i < points.length; i += 2) c.lineTo(x(points[i]), y(points[i + 1]))
      c.lineWidth = Math.max(1, size * scale)
      if (kind === "L") c.stroke()
      else if (kind !== "W") c.fill()
      else {
        c.font = size * scale * 0.6 + "px system-ui, sans-serif"
        c.textAlign = "center"
        c.textBaseline = "middle"
        c.fillText(text, x(points[0]), y(points[1]))
      }
    }
  }
  function show() {
    films().forEach((film, i) => draw(screens[i], film))
    step.max = last()
    step.value = at
    step.setAttribute("aria-valuetext", "step " + at + " of " + last())
    now.textContent = films().map(film => {
      const i = Math.min(at, film.frames.length - 1)
      const did = i ? ", " + film.did[i - 1] : ""
      return film.name + ": step " + i + " of " + (film.frames.length - 1) + did + ", return " + film.sums[i]
    }).join("\\n")
  }
  function stop() {
    cancelAnimationFrame(timer)
    timer = 0
    play.textContent = "Play"
  }
  function tick(time) {
    at = Math.min(last(), from + Math.max(0, Math.floor((time - began) / 1000 * films()[0].pace * speed.value)))
    show()
    if (at < last()) timer = requestAnimationFrame(tick)
    else stop()
  }
  function start() {
    from = at < last() ? at : 0
    began = performance.now()
    play.textContent = "Pause"
    timer = requestAnimationFrame(tick)
  }
  play.onclick = () => timer ? stop() : start()
  step.oninput = () => { stop(); at = +step.value; show() }
  which.onchange = () => { stop(); at = 0; show() }
  speed.onchange = () => { from = at; began = performance.now() }
  addEventListener("resize", show)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show)
  for (const part of document.querySelectorAll(".screens, .controls")) part.hidden = false
  show()
})()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """An episode of one agent.

    Parameters
    ----------
    name
        Whose it is.
    scene
        What it looks like.
    did
        What was done in each step, in a word.
    rewards
        What each step gave.
    written
        The return before the first step and after each, as it is written.
    """

    name: str
    scene: Scene
    did: Sequence[str]
    rewards: Sequence[float]
    written: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """What is chosen together: an episode, of one agent or of two."""

    title: str
    films: tuple[Film, ...]


def film_page(title: str, reels: Sequence[Reel], *, said: str = "") -> str:
    """A whole page that plays `reels`, each of as many agents as the first.

    It asks nobody for anything. Where no script runs there are pictures of the first one, and the tables of all.
    """
    names = [film.name for film in reels[0].films]
    screens = [
        f'<div><canvas role="img" width="600" height="300" aria-label="The episode of {escape(name)}"></canvas></div>'
        for name in names
    ]
    options = [f'<option value="{place}">{escape(reel.title)}</option>' for place, reel in enumerate(reels)]
    speeds = [
        f'<option value="{speed:g}"{" selected" if speed == 1 else ""}>{speed:g}x</option>'
        for speed in (0.25, 0.5, 1, 2, 4)
    ]
    player = [
        '<figure class="film">',
        f"<figcaption>{escape(' and '.join(names))}</figcaption>",
        '<div class="screens" hidden>',
        *screens,
        "</div>",
        '<p class="now" id="now" style="white-space: pre-line"></p>',
        '<div class="controls" hidden>',
        f'<label>Episode <select id="which">{"".join(options)}</select></label>',
        '<button id="play" type="button">Play</button>',
        '<input id="step" type="range" min="0" value="0" aria-label="Step">',
        f'<label>Speed <select id="speed">{"".join(speeds)}</select></label>',
        "</div>",
        f"<noscript>{_strip(reels[0])}</noscript>",
        "</figure>",
    ]
    tables = [_tables(reel) for reel in reels]
    text = json.dumps([_plain(reel) for reel in reels], separators=(",", ":"), ensure_ascii=False).replace(
        "<", "\\u003c"
    )
    data = f'<script id="episodes" type="application/json">{text}</script>'
    words = [f"<p>{escape(said)}</p>"] if said else []
    style = f"<style>{_STYLE}</style>"
    return page(title, [style, *words, *player, section("Step by step", tables), data, f"<script>{_SCRIPT}</script>"])


def _plain(reel: Reel) -> dict[str, Any]:
    return {"films": [_plain_film(film) for film in reel.films]}


def _plain_film(film: Film) -> dict[str, Any]:
    scene = film.scene
    return {
        "name": film.name,
        "low": scene.low,
        "high": scene.high,
        "pace": scene.pace,
        "fixed": [_plain_shape(shape) for shape in scene.fixed],
        "frames": [[_plain_shape(shape) for shape in frame] for frame in scene.frames],
        "did": list(film.did),
        "sums": list(film.written),
    }


def _plain_shape(shape: Shape) -> list[Any]:
    numbers = [round(number, _DIGITS) for point in shape.points for number in point]
    plain = [_KINDS[shape.kind], shape.role, round(shape.size, _DIGITS), numbers]
    return [*plain, shape.text] if shape.text else plain


def _strip(reel: Reel) -> str:
    """Some pictures of each film, from its first to its last."""
    pictures = []
    for film in reel.films:
        for place in some(len(film.scene.frames), _STRIP):
            words = f"{film.name}: step {place}, return {film.written[place]}"
            shapes = (*film.scene.fixed, *film.scene.frames[place])
            pictures.append(f"<div>{_picture(film.scene, shapes, words)}<div>{escape(words)}</div></div>")
    return f'<div class="strip">{"".join(pictures)}</div>'


def _picture(scene: Scene, shapes: Iterable[Shape], title: str) -> str:
    scale = _WIDE / (scene.high[0] - scene.low[0])
    high = scale * (scene.high[1] - scene.low[1])

    def placed(point: Point) -> str:
        return f"{(point[0] - scene.low[0]) * scale:.1f} {high - (point[1] - scene.low[1]) * scale:.1f}"

    parts = []
    for shape in shapes:
        x, y = placed(shape.points[0]).split()
        if shape.kind == "disc":
            parts.append(f'<circle class="{shape.role}" cx="{x}" cy="{y}" r="{shape.size * scale:.1f}"/>')
        elif shape.kind == "word":
            size = shape.size * scale * 0.6
            where = f'x="{x}" y="{y}" text-anchor="middle" style="font-size: {size:.0f}px"'
            parts.append(f'<text class="{shape.role}" {where}>{escape(shape.text)}</text>')
        else:
            width = f' stroke-width="{max(1.0, shape.size * scale):.1f}"' if shape.kind == "line" else ""
            path = "L".join(map(placed, shape.points))
            parts.append(f'<path class="{shape.kind} {shape.role}" d="M{path}"{width}/>')
    box = f'viewBox="0 0 {_WIDE} {high:.0f}"'
    return f'<svg class="chart" {box} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def _tables(reel: Reel) -> str:
    tables = []
    for film in reel.films:
        head = ["step", "action", "reward", "return", *film.scene.columns]
        rows = [_row(film, place) for place in some(len(film.scene.frames), _ROWS)]
        left_out = len(film.scene.frames) - len(rows)
        caption = f"{reel.title}, {film.name}" + (f" ({len(rows)} of {left_out + len(rows)} steps)" if left_out else "")
        tables.append(table(head, rows, caption=caption, right=range(2, len(head))))
    names = " and ".join(film.name for film in reel.films)
    return f"<details><summary>{escape(f'{reel.title}: {names}')}</summary>\n{''.join(tables)}\n</details>"


def _row(film: Film, place: int) -> list[str]:
    seen = [f"{number:.4g}" for number in film.scene.numbers[place].tolist()]
    did, reward = (film.did[place - 1], f"{film.rewards[place - 1]:.4g}") if place else ("", "")
    return [str(place), did, reward, film.written[place], *seen]


def some(n: int, most: int) -> list[int]:
    """At most `most` of the numbers below `n`, evenly, with the first and the last.

    Examples
    --------
    >>> some(501, 4)
    [0, 167, 333, 500]
    """
    step = (n - 1) / max(1, min(n, most) - 1)
    return sorted({round(place * step) for place in range(min(n, most))})
