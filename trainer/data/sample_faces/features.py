"""Eyes, brows, nostrils, mouth, make-up, glasses and earrings."""

from __future__ import annotations

import numpy as np

from trainer.data.sample_faces.anatomy import Person
from trainer.data.sample_faces.canvas import Canvas, Photo, Plane, blob, step, stroke


def draw_eyes(person: Person, canvas: Canvas, photo: Photo) -> None:
    """Both eyes. The iris is nearly full-grown at birth, so a child's eyes look large.

    With age the upper lid sinks, most at its outer end, and the white yellows.
    """
    p = person
    iris_size = 0.074 + 0.30 * max(0.0, p.eye_height - 0.078)
    for sign in (-1, 1):
        out = canvas.x * sign - p.eye_x
        y = canvas.y - p.eye_y + p.eye_tilt * out
        t = np.clip(out / p.eye_width, -1, 1)
        arch = np.clip(1 - t * t, 0, 1)
        upper = -p.eye_height * arch**0.75 * (1 - 0.10 * p.smile)
        upper = upper + p.droop * p.eye_height * (0.34 + 0.30 * t) * arch
        lower = p.eye_height * (0.66 - 0.16 * p.smile) * arch
        within = step(1 - np.abs(out / p.eye_width), 0.05)
        shape = step(y - upper, 0.018) * step(lower - y, 0.018) * within
        _make_up(person, canvas, out, y - upper)
        white = np.array([0.93, 0.92, 0.90], np.float32)
        white = white - np.float32(0.07 * p.droop) * np.array([0.5, 0.9, 1.8], np.float32)
        ball = np.clip(1 - 0.22 * t * t, 0, 1) * (1 - 0.40 * stroke(y - upper, 0.035))
        canvas.paint(white * ball[..., None] * np.float32(0.95), shape)
        gaze = photo.gaze * sign
        r = np.sqrt((out - gaze) ** 2 + (y + 0.006) ** 2) / np.float32(iris_size)
        rays = 1 + 0.10 * np.cos(np.arctan2(y, out) * 17)
        tone = (0.75 + 0.65 * np.clip(r, 0, 1) ** 2) * rays * (1 - 0.6 * step(r - 0.86, 0.2))
        tone = tone * (1 - 0.45 * stroke(y - upper, 0.04))
        iris = np.asarray(p.iris, np.float32) * tone[..., None]
        canvas.paint(iris, step(1 - r, 0.18) * shape)
        canvas.paint((0.03, 0.025, 0.025), step(0.45 - r, 0.16) * shape)
        spark_x = out - gaze - 0.026 * sign * (1 if photo.light[0] > 0 else -1)
        canvas.paint((1.0, 1.0, 1.0), 0.9 * blob(spark_x, y + 0.030, 0.017, 0.017) * shape)
        _lids(person, canvas, out, y, upper, lower)


def _lids(person: Person, canvas: Canvas, out: Plane, y: Plane, upper: Plane, lower: Plane) -> None:
    p = person
    span = step(p.eye_width * 1.04 - np.abs(out), 0.04)
    thick = 0.010 + 0.011 * p.lashes
    ink = min(0.95, 0.55 + 0.40 * p.lashes)
    canvas.paint((0.10, 0.065, 0.055), ink * stroke(y - upper + 0.4 * thick, thick) * span)
    wing = stroke(y - upper + 0.25 * np.clip(out - 0.6 * p.eye_width, 0, None), 0.011)
    flick = step(out - 0.6 * p.eye_width, 0.06) * (1 - step(out - 1.22 * p.eye_width, 0.06))
    canvas.paint((0.08, 0.05, 0.045), 0.7 * max(0.0, p.lashes - 0.3) * wing * flick)
    canvas.darken(0.35 * stroke(y - lower - 0.006, 0.012) * span)
    fold = stroke(y - upper + 0.042 + 0.02 * p.droop, 0.014)
    wide = step(p.eye_width * 1.12 - np.abs(out), 0.08)
    canvas.darken((0.42 * p.crease + 0.15 * p.droop) * fold * wide)


def _make_up(person: Person, canvas: Canvas, out: Plane, above: Plane) -> None:
    if person.eye_shadow == 0:
        return
    lid = step(-above + 0.01, 0.03) * (1 - step(-above - 0.075, 0.07))
    span = step(person.eye_width * 1.2 - np.abs(out), 0.10)
    mix = 0.5 * np.asarray(person.skin) + 0.5 * np.array([0.45, 0.28, 0.36])
    canvas.paint(mix.astype(np.float32), 0.75 * person.eye_shadow * lid * span)


def draw_brows(person: Person, canvas: Canvas) -> None:
    """Lower, thicker and straighter in men; thin and arched in women; paler in children."""
    p = person
    hairs = canvas.texture(3, along=2)
    dark = np.asarray(p.hair_colour, np.float32) * np.float32(0.75)
    grey = np.float32(0.75 * max(0.0, p.grey - 0.25))
    colour = dark + (np.array([0.66, 0.65, 0.63], np.float32) - dark) * grey
    colour = colour * (1 + 0.10 * hairs)[..., None]
    strength = (0.55 + 0.37 * min(1.0, p.looks / 14)) * (1 - 0.25 * p.sparse)
    for sign in (-1, 1):
        out = canvas.x * sign - p.eye_x
        t = (out + 0.02) / (1.42 * p.eye_width)
        centre = p.eye_y - p.brow_y - p.brow_arch * (1 - 0.7 * (t - 0.15) ** 2) + 0.008 * t
        thick = p.brow_thickness * (1.15 - 0.55 * step(t - 0.15, 1.7))
        mask = step(thick - np.abs(canvas.y - centre), 0.024) * step(1 - np.abs(t), 0.22)
        canvas.paint(colour, mask * np.clip(strength + 0.07 * hairs, 0, 0.97))


def draw_nostrils(person: Person, canvas: Canvas) -> None:
    """The dark below the tip of the nose and beside its wings."""
    p, side = person, np.abs(canvas.x)
    hole = blob(side - 0.47 * p.nose_width, canvas.y - (p.nose_y + 0.045), 0.036, 0.019)
    canvas.darken(0.85 * hole, (0.30, 0.16, 0.14))
    under = blob(canvas.x, canvas.y - (p.nose_y + 0.062), 0.8 * p.nose_width, 0.022)
    canvas.darken(0.30 * under)
    wing = stroke(np.hypot(side - 0.72 * p.nose_width, canvas.y - p.nose_y) - 0.062, 0.014)
    outer = step(side - 0.80 * p.nose_width, 0.03)
    canvas.darken(0.30 * wing * outer)


def draw_mouth(person: Person, canvas: Canvas) -> None:
    """Full lips in youth and more so in women, thin in old age; a broad smile shows teeth."""
    p = person
    half = p.mouth_width * (1 + 0.14 * p.smile)
    t = np.clip(canvas.x / half, -1, 1)
    arch = np.clip(1 - t * t, 0, 1)
    gap = 0.085 * max(0.0, p.smile - 0.48) / 0.52
    line = p.mouth_y - (0.012 + 0.055 * p.smile - 0.02 * p.marionette) * t * t
    seam = line + gap * arch
    bow = 1 - 0.28 * stroke(t, 0.18)
    top = line - 0.062 * p.lips * arch**0.8 * bow
    bottom = seam + 0.082 * p.lips * arch**0.75
    within = step(1 - np.abs(canvas.x / half), 0.06)
    y = canvas.y
    if gap > 0:
        inside = step(y - line, 0.014) * step(seam - y, 0.014) * within
        tooth = (0.94 - 0.10 * min(p.roughness, 1.0)) * (1 - 0.45 * t * t)
        enamel = np.array([1.0, 0.98, 0.93 - 0.12 * min(p.roughness, 1.0)], np.float32)
        canvas.paint(enamel * tooth[..., None].astype(np.float32), inside)
    lips = step(y - top, 0.020) * step(bottom - y, 0.024) * within
    lips *= 1 - step(y - line, 0.014) * step(seam - y, 0.014)
    skin = np.asarray(p.skin, np.float32)
    natural = skin * np.array([0.86, 0.60, 0.60], np.float32)
    stick = np.array([0.70, 0.13, 0.20], np.float32)
    colour = natural + (stick - natural) * np.float32(min(p.lipstick, 0.85))
    glow = 1 + 0.22 * blob(t, y - (seam + 0.035 * p.lips), 0.5, 0.02)
    shade = glow * (1 - 0.16 * step(line - y, 0.02))
    canvas.paint(colour * shade[..., None].astype(np.float32), 0.88 * lips)
    seam_line = stroke(y - line, 0.010) + (stroke(y - seam, 0.009) if gap > 0 else 0)
    canvas.darken(0.62 * np.clip(seam_line, 0, 1) * within, (0.36, 0.15, 0.14))
    below = blob(canvas.x, y - (p.mouth_y + gap + 0.10 + 0.05 * p.lips), 0.13, 0.025)
    canvas.darken(0.22 * below)
    corner = blob(np.abs(canvas.x) - half, y - (p.mouth_y - 0.055 * p.smile), 0.024, 0.020)
    canvas.darken(0.45 * corner)


def draw_glasses(person: Person, canvas: Canvas, photo: Photo) -> None:
    """Thin metal or thick frames, commoner once the eye's lens stiffens with age."""
    if person.glasses == 0:
        return
    p = person
    thick = 0.015 if person.glasses == 1 else 0.025
    colour = (0.42, 0.38, 0.32) if person.glasses == 1 else (0.11, 0.08, 0.07)
    side, y = np.abs(canvas.x), canvas.y - (p.eye_y + 0.035)
    wide, tall = p.eye_width + 0.10, 0.165
    r = ((np.abs(side - p.eye_x) / wide) ** 3 + (np.abs(y) / tall) ** 3) ** (1 / 3)
    lens = step(1 - r, 0.08)
    canvas.paint((0.85, 0.90, 0.95), 0.07 * lens)
    canvas.darken(0.25 * stroke((r - 1.0) * tall - 0.03, 0.03))
    glint = stroke(canvas.x + 0.7 * y - 0.5 * photo.light[0] - p.eye_x, 0.05)
    canvas.paint((1.0, 1.0, 1.0), 0.16 * glint * lens)
    frame = stroke((r - 1) * tall, thick)
    bridge = stroke(y + 0.055, thick) * step(p.eye_x - wide + 0.01 - side, 0.02)
    arms = stroke(y + 0.07, thick) * step(side - p.eye_x - wide, 0.02)
    total = np.maximum(np.maximum(frame, bridge), arms * (canvas.radius < 1.0))
    canvas.paint(colour, np.clip(1.3 * total, 0, 0.95))


def draw_earrings(person: Person, canvas: Canvas) -> None:
    """A small drop below each ear."""
    if not person.earrings:
        return
    p = person
    x, y = np.abs(canvas.u) - p.width * 0.99, canvas.v - (p.eye_y + 0.38)
    canvas.paint((0.88, 0.78, 0.48), step(1 - np.hypot(x / 0.032, y / 0.042), 0.4))
    canvas.paint((1.0, 0.97, 0.85), 0.9 * blob(x + 0.01, y + 0.015, 0.013, 0.013))
