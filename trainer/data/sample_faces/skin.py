"""The head as a lit surface: relief, creases, complexion, ears, neck and beard."""

from __future__ import annotations

import cv2
import numpy as np

from trainer.data.sample_faces.anatomy import Person
from trainer.data.sample_faces.canvas import PIXEL, Canvas, Field, Photo, Plane, blob, step, stroke


def relief(person: Person, canvas: Canvas) -> Plane:
    """Height of the face toward the viewer, face units: skull, nose, sockets, cheeks, lips."""
    x, y, side = canvas.x, canvas.y, np.abs(canvas.x)
    p = person
    z = 0.50 * canvas.depth
    bridge = step(y - (p.eye_y + 0.08), 0.34) * (1 - step(y - (p.nose_y + 0.02), 0.13))
    width = 0.055 + 0.4 * p.nose_width * step(y - (p.eye_y + 0.2), 0.4)
    z += 0.085 * bridge * np.exp(-((x / width) ** 2))
    z += 0.055 * blob(x, y - (p.nose_y - 0.02), 0.62 * p.nose_width, 0.07)
    z += 0.030 * blob(side - 0.82 * p.nose_width, y - p.nose_y, 0.050, 0.050)
    z -= 0.060 * blob(side - p.eye_x, y - p.eye_y, 0.20, 0.12)
    brow = y - (p.eye_y - p.brow_y + 0.02)
    z += (0.012 + 0.035 * p.brow_ridge) * blob(side - 0.9 * p.eye_x, brow, 0.24, 0.06)
    z += 0.035 * blob(side - 0.44, y - (p.eye_y + 0.33), 0.17, 0.13)
    z += 0.050 * p.cheeks * blob(side - 0.40, y - (p.nose_y + 0.10), 0.20, 0.18)
    z += 0.045 * p.smile * blob(side - 0.42, y - p.nose_y, 0.16, 0.11)
    z += 0.022 * blob(x, y - (p.mouth_y + 0.05), 0.7 * p.mouth_width, 0.05)
    z -= 0.022 * blob(x, y - (p.mouth_y + 0.145), 0.15, 0.035)
    z += 0.035 * blob(x, y - (p.chin - 0.13), 0.17, 0.10)
    z -= 0.010 * blob(x, y - (p.nose_y + 0.13), 0.028, 0.06)
    # Sagging: the lower cheek hangs, the cheek above it and the temple hollow out.
    z += 0.040 * p.jowls * blob(side - 0.50, y - (p.mouth_y + 0.10), 0.11, 0.13)
    z -= 0.040 * p.jowls * blob(side - 0.50, y - (p.nose_y + 0.13), 0.12, 0.10)
    z += 0.018 * p.bags * blob(side - p.eye_x, y - (p.eye_y + 0.105), 0.12, 0.035)
    return np.asarray(z, np.float32)


def creases(person: Person, canvas: Canvas) -> Plane:
    """Depth of wrinkles, 0 to about 1, at every pixel.

    Lines across the forehead, fans beside the eyes, folds from nose to mouth and from mouth to
    jaw, frown lines between the brows, and rings below the eyes. Each follows its own amount.
    """
    p, rng = person, canvas.rng
    x, y, side = canvas.x, canvas.y, np.abs(canvas.x)
    wobble = 0.014 * canvas.texture(70)
    total = np.zeros_like(x)
    brow = p.eye_y - p.brow_y
    for number in range(4):
        level = brow - 0.125 - 0.092 * number + float(rng.normal(0, 0.010))
        curve = y - level - 0.05 * (1 - np.cos(2.4 * x)) - wobble
        span = np.exp(-(((x - float(rng.normal(0, 0.05))) / 0.40) ** 4))
        weight = p.forehead_lines * (1.0, 0.9, 0.7, 0.45)[number] * float(rng.uniform(0.6, 1.1))
        total += weight * stroke(curve, 0.016) * span
    out, up = side - (p.eye_x + p.eye_width + 0.025), y - p.eye_y
    for slope in (-0.55, -0.1, 0.35, 0.8):
        line = (up - slope * out) / np.float32(np.hypot(1, slope))
        reach = step(out, 0.05) * (1 - step(out - 0.15, 0.10))
        total += p.crows_feet * float(rng.uniform(0.5, 0.95)) * stroke(line, 0.013) * reach
    top, bottom = p.nose_y - 0.03, p.mouth_y + 0.06
    t = np.clip((y - top) / (bottom - top), 0, 1)
    fold = p.nose_width + 0.035 + (p.mouth_width + 0.05 - p.nose_width) * t**0.8
    fold = fold + 0.03 * np.sin(np.pi * t) + 0.5 * wobble
    along = step(y - top, 0.08) * (1 - step(y - bottom, 0.10))
    strength = p.nasolabial * (0.8 + 0.5 * p.smile) + 0.25 * p.smile
    total += strength * stroke(side - fold, 0.024) * along
    corner = p.mouth_width + 0.02
    hang = stroke(side - corner - 0.16 * (y - p.mouth_y - 0.04), 0.020)
    total += (
        0.8
        * p.marionette
        * hang
        * step(y - p.mouth_y - 0.06, 0.06)
        * (1 - step(y - p.mouth_y - 0.22, 0.10))
    )
    frown = stroke(side - 0.045 - 0.08 * (brow + 0.04 - y), 0.013)
    total += 0.8 * p.frown_lines * frown * stroke(y - brow - 0.01, 0.085)
    arc = y - (p.eye_y + 0.145 - 0.9 * (side - p.eye_x) ** 2)
    total += 0.75 * p.bags * stroke(arc, 0.020) * stroke(side - p.eye_x + 0.02, 0.14)
    edge = 1 - step(canvas.radius - 0.93, 0.1)
    return np.asarray(np.clip(total, 0, 1.3) * edge, np.float32)


def complexion(person: Person, canvas: Canvas) -> Plane:
    """Colour of the skin before light falls on it, (384, 384, 3)."""
    p = person
    x, y, side = canvas.x, canvas.y, np.abs(canvas.x)
    albedo = np.empty_like(canvas.rgb)
    albedo[:] = np.asarray(p.skin, np.float32)
    rosy = blob(side - 0.42, y - (p.nose_y + 0.02), 0.20, 0.15) * (0.4 + 0.6 * p.flush)
    rosy = rosy + 0.5 * blob(x, y - p.nose_y, 0.12, 0.09)
    albedo *= 1 - rosy[..., None] * np.array([0.00, 0.13, 0.11], np.float32) * p.skin[0]
    mottle = (0.012 + 0.022 * p.roughness) * canvas.texture(24)
    pores = (0.010 + 0.030 * p.roughness) * canvas.texture(4)
    albedo *= 1 + (mottle + pores)[..., None] * np.array([0.8, 1.0, 1.0], np.float32)
    marks = step(canvas.texture(9) - 2.35, 0.5) * np.float32(0.35 * min(p.spots, 1.0))
    albedo *= 1 - marks[..., None] * np.array([0.30, 0.42, 0.50], np.float32)
    tired = blob(side - p.eye_x + 0.02, y - (p.eye_y + 0.09), 0.15, 0.06)
    albedo *= 1 - (0.10 + 0.22 * p.bags) * tired[..., None] * np.array(
        [0.55, 0.75, 0.6], np.float32
    )
    return albedo


def lit(albedo: Plane, height: Field, photo: Photo) -> Plane:
    """`albedo` under the photo's light: warm shadows and a slight sheen."""
    smooth = cv2.GaussianBlur(np.asarray(height, np.float32), (0, 0), 1.2)
    down, right = np.gradient(smooth, np.float32(PIXEL))
    light = np.array([photo.light[0], photo.light[1], 1.0])
    light /= np.linalg.norm(light)
    norm = np.sqrt(1 + right**2 + down**2)
    facing = (-right * light[0] - down * light[1] + light[2]) / norm
    shade = photo.ambient + (1 - photo.ambient) * np.clip(facing, 0, 1) / light[2]
    shade = np.clip(shade, 0.12, 1.16)[..., None]
    half = light + np.array([0, 0, 1.0])
    half /= np.linalg.norm(half)
    gloss = np.clip((-right * half[0] - down * half[1] + half[2]) / norm, 0, 1) ** 26
    colour = albedo * shade ** np.array([0.92, 1.10, 1.18], np.float32)
    return np.asarray(colour + 0.055 * gloss[..., None], np.float32)


def draw_neck(person: Person, canvas: Canvas, photo: Photo) -> None:
    """Neck, collar and shoulders, what little of them the crop shows."""
    p, u, v = person, canvas.u, canvas.v
    neck = np.float32(p.width * (0.58 + 0.09 * (not p.female)))
    body = step(v - (p.chin + 0.06 + 0.30 * (np.abs(u) - neck) * (np.abs(u) < neck)), 0.03)
    slope = step(v - (p.chin + 0.02) - 0.30 * np.clip(np.abs(u) - neck, 0, None), 0.03)
    column = step(neck + 0.10 * np.clip(v - 0.7, 0, 1) - np.abs(u), 0.04) * step(v - 0.35, 0.1)
    skin = np.asarray(p.skin, np.float32) * np.array([0.80, 0.74, 0.72], np.float32)
    rounding = (1 - 0.25 * (u / neck) ** 2)[..., None]
    canvas.paint(skin * np.clip(rounding, 0.5, 1), column)
    folds = (1 + 0.07 * canvas.texture(34))[..., None]
    canvas.paint(np.asarray(photo.clothes, np.float32) * folds, body * slope)


def draw_ears(person: Person, canvas: Canvas, photo: Photo) -> None:
    """Two ears, longer in old age (cartilage droops), half hidden when the head turns."""
    p = person
    tall = 0.165 + 0.035 * p.jowls
    for sign in (-1, 1):
        centre = p.width * 0.985 - 0.10 * sign * photo.yaw
        x, y = canvas.u * sign - centre, canvas.v - (p.eye_y + 0.17)
        inside = 1 - np.sqrt((x / 0.085) ** 2 + (y / tall) ** 2)
        height = 0.09 * np.sqrt(np.clip(inside, 0.02, 1)) - 0.045 * blob(x, y, 0.035, 0.09)
        albedo = np.empty_like(canvas.rgb)
        albedo[:] = np.asarray(p.skin, np.float32) * np.array([0.93, 0.80, 0.78], np.float32)
        canvas.paint(lit(albedo, height, photo), step(inside, 0.25))


def draw_face(person: Person, canvas: Canvas, photo: Photo) -> None:
    """The skin of the face, lit, with its creases."""
    lines = creases(person, canvas)
    height = relief(person, canvas) - 0.015 * lines
    colour = lit(complexion(person, canvas), height, photo)
    canvas.paint(colour, step(1 - canvas.radius, 0.03))
    canvas.darken(0.48 * lines, (0.46, 0.31, 0.27))
    under_chin = step(canvas.radius - 1, 0.05) * blob(canvas.u, canvas.v - person.chin, 0.5, 0.22)
    canvas.darken(0.45 * under_chin * (canvas.v > 0))


def draw_beard(person: Person, canvas: Canvas) -> None:
    """Moustache and beard; shaven men keep a shadow. It greys before the hair does."""
    p = person
    x, y, side = canvas.x, canvas.y, np.abs(canvas.x)
    level = p.mouth_y - 0.02 - 0.62 * np.clip(side - p.mouth_width - 0.06, 0, None) ** 1.0
    wander = 0.02 * canvas.texture(16)
    jaw = step(y - level + wander, 0.10) * step(1.05 - canvas.radius + 0.6 * wander, 0.07)
    lip = stroke(y - (p.nose_y + 0.62 * (p.mouth_y - p.nose_y)), 0.055) * step(
        p.mouth_width + 0.05 - side + wander, 0.10
    )
    hole = step(
        1 - np.sqrt((x / (p.mouth_width * 0.95)) ** 2 + ((y - p.mouth_y) / 0.085) ** 2), 0.3
    )
    jaw *= 1 - hole
    shade = np.clip(jaw * (0.5 * p.stubble), 0, 1) + lip * 0.5 * p.stubble
    inside = step(1 - canvas.radius, 0.03)
    grain = np.clip(0.8 + 0.35 * canvas.texture(3), 0, 1.3)
    hairs = canvas.texture(2.6, along=3)
    dark = np.asarray(p.hair_colour, np.float32) * np.float32(0.8) + np.float32(0.02)
    white = step(0.6 * hairs + np.float32(3.2 * p.beard_grey - 1.6), 2.0)[..., None]
    colour = dark + (np.array([0.74, 0.73, 0.71], np.float32) - dark) * white * np.float32(0.9)
    colour = colour * (1 + 0.14 * canvas.texture(3, along=3))[..., None]
    canvas.paint(colour, np.clip(shade * grain, 0, 0.75) * inside)
    full = jaw * p.beard + lip * p.moustache
    canvas.paint(colour, np.clip(full * (0.95 + 0.1 * hairs), 0, 0.97))
