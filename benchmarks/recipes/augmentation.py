"""`trainer.augment` and mixup, on the GPU: the same changes, drawn and carried out by JAX.

Draws are other ones than those of a run; they follow the same distributions. Interpolation is
exact, where OpenCV's is in steps of 1/32 of a pixel over whole numbers.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainer.augment import ERASED_AREA, ERASED_ASPECT
from trainer.config import RunConfig


def augmented(key: Any, images: Any, config: RunConfig, shift: float = 0.0) -> Any:
    """Vary (n, h, w, 3) uint8 as `config` says, and move it by up to `shift` of its side; float32
    in [0, 1]."""
    images = images.astype("float32") / 255
    if not config.augment:
        return images
    count = len(images)
    keys = jax.random.split(key, 4)
    unit = jax.random.uniform(keys[0], (5, count), minval=-1.0, maxval=1.0)
    images = varied(
        images,
        jnp.where((unit[0] > 0) & config.flip, -1.0, 1.0),
        unit[1] * np.deg2rad(config.rotation),
        1 + unit[2] * config.zoom,
        1 + unit[3] * config.contrast,
        unit[4] * config.hue,
        jax.random.uniform(keys[1], (count, 2), minval=-1.0) * shift * images.shape[1],
    )
    if config.erasing:
        images = _erased(keys[2], keys[3], images, config.erasing)
    return images


def varied(
    images: Any, mirror: Any, angle: Any, zoom: Any, contrast: Any, hue: Any, shift: Any
) -> Any:
    """Of (n, h, w, 3) in [0, 1] what `trainer.augment.transform` makes by the same draws, each
    (n,); `mirror` is -1 or 1 and `shift` (n, 2) pixels."""
    images = jax.vmap(_warped)(images, mirror, angle, zoom, shift)
    mean = images.mean((1, 2), keepdims=True)
    images = jnp.clip((images - mean) * contrast[:, None, None, None] + mean, 0, 1)
    return _hue_turned(images, hue[:, None, None])


def mixed(key: Any, rows: list[Any], alpha: float) -> list[Any]:
    """Each array (n, …) with every row mixed with another one, in the same parts for all."""
    if not alpha:
        return rows
    first, second = jax.random.split(key)
    count = len(rows[0])
    share = jax.random.beta(first, alpha, alpha, (count,))
    share = jnp.maximum(share, 1 - share)
    partner = jax.random.permutation(second, count)

    def mix(row: Any) -> Any:
        own = share.reshape(-1, *[1] * (row.ndim - 1))
        return row * own + row[partner] * (1 - own)

    return [mix(row) for row in rows]


def _warped(image: Any, mirror: Any, angle: Any, zoom: Any, shift: Any) -> Any:
    """One (h, w, 3) image, the map of `trainer.augment.affine_maps`; reflected at the borders."""
    height, width, _ = image.shape
    ys, xs = jnp.mgrid[0:height, 0:width].astype("float32")
    ys, xs = ys - (height - 1) / 2, xs - (width - 1) / 2
    cos, sin = jnp.cos(angle) * zoom, jnp.sin(angle) * zoom
    x = mirror * (cos * xs - sin * ys) + (width - 1) / 2 + shift[0]
    y = sin * xs + cos * ys + (height - 1) / 2 + shift[1]
    left, top = jnp.floor(x), jnp.floor(y)
    right_part, lower_part = (x - left)[..., None], (y - top)[..., None]
    x0, x1 = _reflected(left, width), _reflected(left + 1, width)
    y0, y1 = _reflected(top, height), _reflected(top + 1, height)
    upper = image[y0, x0] * (1 - right_part) + image[y0, x1] * right_part
    lower = image[y1, x0] * (1 - right_part) + image[y1, x1] * right_part
    return upper * (1 - lower_part) + lower * lower_part


def _reflected(at: Any, size: int) -> Any:
    at = at.astype("int32")
    at = jnp.where(at < 0, -at - 1, at)
    return jnp.clip(jnp.where(at >= size, 2 * size - 1 - at, at), 0, size - 1)


def _hue_turned(images: Any, turn: Any) -> Any:
    """(…, 3) RGB in [0, 1] with the hue of HSV turned by `turn` (…) of the circle."""
    red, green, blue = images[..., 0], images[..., 1], images[..., 2]
    high, low = images.max(-1), images.min(-1)
    spread = high - low
    safe = jnp.where(spread > 0, spread, 1.0)
    hue = jnp.where(
        high == red,
        (green - blue) / safe,
        jnp.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    hue = jnp.mod(jnp.where(spread > 0, hue, 0.0) + 6 * turn, 6.0)
    channels = []
    for offset in (5.0, 3.0, 1.0):
        k = jnp.mod(offset + hue, 6.0)
        channels.append(high - spread * jnp.clip(jnp.minimum(k, 4 - k), 0, 1))
    return jnp.stack(channels, -1)


def _erased(key: Any, noise_key: Any, images: Any, part: float) -> Any:
    count, height, width, _ = images.shape
    area, aspect, y, x, chance = jax.random.uniform(key, (5, count))
    low, high = ERASED_AREA
    area = jnp.where(chance < part, low + area * (high - low), 0.0)
    low, high = np.log(ERASED_ASPECT)
    aspect = jnp.exp(low + aspect * (high - low))
    tall = jnp.minimum(jnp.round(height * jnp.sqrt(area * aspect)), height)
    wide = jnp.minimum(jnp.round(width * jnp.sqrt(area / aspect)), width)
    top, left = jnp.round(y * (height - tall)), jnp.round(x * (width - wide))

    def within(size: int, start: Any, length: Any) -> Any:
        at = jnp.arange(size)[None]
        return (at >= start[:, None]) & (at < (start + length)[:, None])

    covered = within(height, top, tall)[:, :, None] & within(width, left, wide)[:, None, :]
    noise = jax.random.uniform(noise_key, images.shape)
    return jnp.where(covered[..., None], noise, images)
