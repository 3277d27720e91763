"""Hair: cut, hairline, strands, greying, thinning and baldness."""

from __future__ import annotations

import cv2
import numpy as np

from trainer.data.sample_faces.anatomy import Person
from trainer.data.sample_faces.canvas import Canvas, Photo, Plane, blob, step, stroke


def draw_back_hair(person: Person, canvas: Canvas, photo: Photo) -> None:
    """The hair behind head and neck, and a bun above."""
    p, u, v = person, canvas.u, canvas.v
    if p.bun:
        x, y = u, v + p.crown + 0.07
        knot = step(1 - np.hypot(x / 0.26, y / 0.18), 0.1)
        canvas.paint(_strands(person, canvas, photo) * np.float32(0.85), knot)
    if p.hair_length <= 0.2:
        return
    wide = p.width + p.hair_volume * 1.15 + 0.05 * step(v - 0.1, 0.9)
    waves = 0.03 * p.curl * canvas.texture(28) + 0.012 * canvas.texture(14)
    curtain = step(wide + waves - np.abs(u), 0.03) * step(v + 0.35, 0.4)
    ends = step(p.hair_length + waves * 2 - v - 0.25 * u * u, 0.08)
    colour = _strands(person, canvas, photo) * np.float32(0.62)
    canvas.paint(colour, curtain * ends)


def draw_front_hair(person: Person, canvas: Canvas, photo: Photo) -> None:
    """The cap of hair, its line on forehead and temples, a fringe, and long hair's sides.

    A man's hairline goes back first at the temples, then the crown thins until only the sides
    are left. A baby's down and an old person's thin hair let the scalp through.
    """
    p, u, v = person, canvas.u, canvas.v
    rough = 0.014 * canvas.texture(10) + 0.035 * p.curl * canvas.texture(20)
    thick = p.hair_volume * (1 - 0.75 * p.bald * step(-v - 0.55, 0.4))
    lift = thick * (0.35 + 0.65 * step(-v + 0.1, 1.1))
    outer = step(1 + lift / p.width + rough - canvas.radius, 0.035)
    front = np.asarray(outer * _above_hairline(person, canvas), np.float32)
    if p.hair_length > 0.2:
        front = np.maximum(front, _curtains(person, canvas))
    strands = _strands(person, canvas, photo)
    fine = canvas.texture(3.5, along=2.5)
    hold = np.clip(1.35 - 1.05 * p.sparse + 0.22 * p.sparse * fine, 0, 1)
    top = step(-v - 0.5, 0.5) * step(0.55 * p.width + 0.12 - np.abs(u), 0.3)
    hold = hold * (1 - 0.97 * p.bald * top)
    shadow = cv2.GaussianBlur(front, (0, 0), 9) * (1 - front) * step(1 - canvas.radius, 0.03)
    canvas.darken(0.55 * shadow * hold)
    canvas.paint(strands, front * hold)


def _above_hairline(person: Person, canvas: Canvas) -> Plane:
    p = person
    side = np.abs(canvas.x)
    line = p.hairline + 0.30 * p.parting * canvas.x
    # The temples: the line falls steeply to the ear outside of the forehead.
    edge = 0.78 * p.width
    start = 0.45 if p.hair_length < 0.2 else 0.12
    fall = np.clip((side / edge - start) / (1 - start), 0, None) ** (2.2 if start > 0.2 else 1.7)
    line = line + 0.42 * fall - 0.30 * p.recession * stroke(side - 0.36, 0.20)
    if p.fringe > 0:
        cover = (p.eye_y - p.brow_y - 0.07 - p.hairline) * min(1.0, p.fringe)
        line = line + cover * (1 - p.recession) * np.exp(-((side / 0.58) ** 6))
    line = np.minimum(line, p.eye_y + (0.10 if p.female else 0.22))
    jagged = 0.016 * canvas.texture(5, along=6) + 0.016 * canvas.texture(12)
    soft = 0.05 + 0.10 * p.sparse + 0.05 * p.recession
    return np.asarray(step(line + jagged - canvas.y, soft), np.float32)


def _curtains(person: Person, canvas: Canvas) -> Plane:
    """Long hair falling before the ears, parted over the forehead."""
    p, u, v = person, canvas.u, canvas.v
    wave = 0.018 * canvas.texture(30) + 0.025 * p.curl * canvas.texture(18)
    inner = p.width * (0.90 + 0.05 * step(v - 0.2, 0.8)) - 0.10 * stroke(v + 0.25, 0.45) + wave
    outer = p.width + p.hair_volume * (0.75 + 0.4 * step(v, 1.0)) + wave
    tip = step(p.hair_length - v + 3 * wave, 0.12)
    strip = step(np.abs(u) - inner, 0.04) * step(outer - np.abs(u), 0.04)
    return np.asarray(strip * tip * step(v + 0.62, 0.25), np.float32)


def _strands(person: Person, canvas: Canvas, photo: Photo) -> Plane:
    """Colour of hair at every pixel, (384, 384, 3): strands, gloss, curl and grey."""
    p, u, v = person, canvas.u, canvas.v
    # Over the skull strands run like meridians from a pole behind the parting, then hang.
    origin = np.float32(0.3 * p.parting)
    height = np.clip(-v / np.float32(p.crown + 0.42), 0, 0.985)
    flow = (u - origin * height) / np.sqrt(1 - height**2) * np.float32(0.62)
    size = canvas.u.shape[0]
    bend = 0.06 * p.curl * canvas.texture(26)
    columns = ((flow + bend + 2.0) * 0.25 * size).astype(np.float32)
    rows = ((v + 1.5) * 0.3 * size).astype(np.float32)
    fibre = _sample(canvas.texture(1.6, along=40), columns, rows)
    lock = _sample(canvas.texture(7, along=16), columns, rows)
    curls = canvas.texture(11) * np.float32(p.curl * (1 - 0.4 * p.grey))
    tone = 1 + 0.12 * fibre + 0.10 * lock + 0.24 * curls
    base = np.asarray(p.hair_colour, np.float32)
    patch = 0.5 * fibre + 0.4 * (1 - p.curl) * lock
    white = step(patch + np.float32(3.4 * p.grey - 1.7), 2.2)
    white = white * np.float32(min(1.0, 2.5 * p.grey))
    silver = np.array([0.76, 0.75, 0.74], np.float32)
    colour = base + (silver - base) * (0.94 * white)[..., None]
    light = blob(u - 0.6 * photo.light[0], v + 0.86 * p.crown, 0.55, 0.16) * (1 - 0.7 * p.curl)
    shade = np.clip(0.86 + 0.4 * (photo.light[0] * u + photo.light[1] * v), 0.55, 1.2)
    colour = colour * (tone * shade)[..., None]
    gloss = light * (0.5 + 0.5 * np.clip(lock + fibre, -1, 1)) * 0.17
    return np.asarray(np.clip(colour + gloss[..., None], 0, 1), np.float32)


def _sample(texture: Plane, columns: Plane, rows: Plane) -> Plane:
    sampled = cv2.remap(texture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(sampled, np.float32)
