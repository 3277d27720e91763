"""A random person of a given age and gender: what time and sex do to a face, as numbers.

Lengths are in face units: 0 is the widest level of the head, positive is down, an adult's chin
is near +1 and the crown near -1.1. Amounts run from 0 (absent) to 1 (as strong as drawn).
Every cue is noisy: people look older or younger than they are, and men and women overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainer.data.sample_faces.population import Subject

Colour = tuple[float, float, float]

_SKINS: tuple[tuple[Colour, Colour], ...] = (
    ((0.97, 0.83, 0.74), (0.87, 0.68, 0.56)),
    ((0.58, 0.40, 0.30), (0.36, 0.23, 0.17)),
    ((0.96, 0.82, 0.68), (0.84, 0.67, 0.51)),
    ((0.78, 0.57, 0.42), (0.60, 0.41, 0.29)),
    ((0.86, 0.68, 0.53), (0.68, 0.49, 0.36)),
)
_BLACK, _DARK = (0.09, 0.075, 0.07), (0.17, 0.11, 0.08)
_BROWN, _CHESTNUT = (0.30, 0.19, 0.12), (0.42, 0.24, 0.13)
_BLOND, _FAIR, _RED = (0.72, 0.55, 0.32), (0.86, 0.74, 0.50), (0.50, 0.26, 0.14)
_HAIRS: tuple[tuple[Colour, ...], ...] = (
    (_DARK, _BROWN, _BROWN, _CHESTNUT, _BLOND, _BLOND, _FAIR, _RED),
    (_BLACK, _BLACK, _DARK),
    (_BLACK, _BLACK, _DARK),
    (_BLACK, _DARK),
    (_BLACK, _DARK, _BROWN),
)
_IRISES: tuple[tuple[Colour, ...], ...] = (
    ((0.36, 0.52, 0.64), (0.42, 0.50, 0.34), (0.40, 0.27, 0.16)),
    ((0.22, 0.13, 0.08),),
    ((0.24, 0.15, 0.09),),
    ((0.26, 0.16, 0.10),),
    ((0.30, 0.20, 0.12), (0.40, 0.34, 0.20)),
)


@dataclass(frozen=True)
class Person:
    """One face, ready to be drawn. Units and ranges as in the module's description."""

    female: bool
    looks: float  # apparent age, years

    skin: Colour
    hair_colour: Colour
    iris: Colour

    width: float
    crown: float
    chin: float
    jaw_power: float  # exponent of the jaw's curve: 1.8 pointed, 2.6 square
    cheeks: float
    jowls: float

    eye_y: float
    eye_x: float
    eye_width: float
    eye_height: float
    eye_tilt: float
    crease: float
    droop: float
    bags: float

    brow_y: float
    brow_thickness: float
    brow_arch: float
    brow_ridge: float

    nose_y: float
    nose_width: float
    mouth_y: float
    mouth_width: float
    lips: float
    smile: float

    forehead_lines: float
    crows_feet: float
    nasolabial: float
    frown_lines: float
    marionette: float
    roughness: float
    spots: float
    flush: float

    hair_length: float  # level the side hair reaches; below 0.2 it ends at the ear
    hair_volume: float
    curl: float
    fringe: float
    parting: float
    bun: float
    hairline: float  # level of the hairline at the middle of the forehead
    recession: float
    bald: float
    sparse: float
    grey: float

    beard: float
    moustache: float
    stubble: float
    beard_grey: float

    lipstick: float
    eye_shadow: float
    lashes: float
    glasses: int  # 0 none, 1 thin, 2 thick
    earrings: bool


def ramp(value: float, low: float, high: float) -> float:
    """0 below `low`, 1 above `high`, smooth between."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    a, b = np.asarray(one), np.asarray(other)
    return _colour(a + (b - a) * share)


def _colour(values: npt.NDArray[np.float64]) -> Colour:
    red, green, blue = np.clip(values, 0.02, 0.99)
    return float(red), float(green), float(blue)


def person(subject: Subject, rng: np.random.Generator) -> Person:
    """Draw a person with the subject's age, gender and skin group.

    Growth (0 to 18 years) lengthens the lower face, lowers the forehead's share and shrinks the
    eyes relative to the face. Puberty brings the differences of the sexes: jaw, brow, lips,
    beard. From about 28 on skin creases, from 40 it sags, lips thin, hair greys and recedes.
    """
    age, female, race = subject.age, subject.female, subject.race

    def noise(scale: float) -> float:
        return float(np.clip(rng.normal(), -2.2, 2.2)) * scale

    def chance(probability: float) -> bool:
        return bool(rng.random() < probability)

    looks = max(0.5, age + noise(0.6 + 0.05 * age))
    grown = ramp(looks, 0, 18) * 0.75 + min(looks / 18, 1.0) * 0.25
    adult = ramp(age, 11, 18)
    # +1 a typical man, -1 a typical woman; children differ little.
    male = ((-1.0 if female else 1.0) + noise(0.32)) * (0.15 + 0.85 * adult)
    wear = noise(0.10)  # sun, sleep and luck: skin older or younger than the rest

    def aged(low: float, high: float, spread: float = 0.12) -> float:
        amount = min(max((looks - low) / (high - low), 0.0), 1.0)
        return float(np.clip(amount * (1 + wear + noise(spread)), 0, 1.15))

    skin = _mix(*_SKINS[race], share=float(rng.random()))
    skin = _colour(np.asarray(skin) + rng.normal(0, 0.012, 3))
    # Blood vessels and melanin thin out: old skin is paler and yellower.
    sallow = _colour(np.mean(skin) * np.array([1.07, 1.0, 0.86]))
    skin = _mix(skin, sallow, (0.15 + 0.45 * skin[0]) * ramp(looks, 35, 90))
    natural = _HAIRS[race][rng.integers(len(_HAIRS[race]))]
    if race == 0 and age < 10 and chance(0.4):
        natural = _mix(natural, _FAIR, 0.5)
    dyed = female and 35 < age < 80 and chance(0.25)
    grey = ramp(looks + noise(5), 34, 74) * (0.25 if dyed else 1.0)
    hair = _colour(np.asarray(natural) * (1 + noise(0.12)))

    style = _hair_style(subject, rng)
    recedes = float(rng.random()) if not female else 0.12 * float(rng.random())
    loss = ramp(looks, 24, 70) * (0.25 + 0.95 * recedes) * (1 if not female else 0.5)

    bearded = 0.0 if female else ramp(age, 17, 24)
    kind = rng.choice(4, p=(0.34, 0.25, 0.13, 0.28)) if bearded > 0 else 0
    made_up = female and chance(0.75 * ramp(age, 14, 20) * (1 - 0.4 * ramp(age, 60, 85)))
    glassy = chance(0.05 + 0.08 * adult + 0.32 * ramp(age, 42, 70)) and age > 4

    return Person(
        female=female,
        looks=looks,
        skin=skin,
        hair_colour=hair,
        iris=_IRISES[race][rng.integers(len(_IRISES[race]))],
        width=0.83 - 0.098 * grown + 0.030 * male + noise(0.022),
        crown=1.10 + 0.04 * (1 - grown) + noise(0.015),
        chin=0.79 + 0.18 * grown + 0.038 * male + noise(0.022),
        jaw_power=2.12 + 0.24 * male - 0.10 * grown + noise(0.09),
        cheeks=(1 - ramp(looks, 2, 14)) * 0.9 + 0.25 * max(0.0, -male) + noise(0.1),
        jowls=aged(42, 82),
        eye_y=0.115 - 0.215 * grown + noise(0.018),
        eye_x=0.335 - 0.015 * grown + noise(0.012),
        eye_width=0.180 - 0.028 * grown - 0.006 * male + noise(0.006),
        eye_height=(0.110 - 0.036 * grown - 0.011 * male + noise(0.006))
        * (0.86 if race == 2 else 1.0),
        eye_tilt=0.03 + 0.05 * (race == 2) - 0.10 * ramp(looks, 40, 85) + noise(0.03),
        crease=(0.35 if race == 2 else 0.8) + noise(0.1),
        droop=aged(38, 85),
        bags=float(np.clip(aged(34, 80) + noise(0.08), 0, 1.2)),
        brow_y=0.20 - 0.01 * grown - 0.028 * male - 0.02 * ramp(looks, 40, 80) + noise(0.012),
        brow_thickness=0.020 + 0.014 * grown + 0.015 * male + noise(0.006),
        brow_arch=0.030 + 0.008 * grown - 0.018 * male + noise(0.012),
        brow_ridge=float(np.clip(0.5 * male * adult + 0.1, 0, 1)),
        nose_y=0.335 - 0.02 * grown + 0.035 * ramp(looks, 40, 85) + noise(0.015),
        nose_width=(0.125 + 0.018 * grown + 0.014 * male + 0.018 * ramp(looks, 35, 85))
        * (1.16 if race == 1 else 1.0)
        + noise(0.008),
        mouth_y=0.545 + 0.075 * grown + 0.01 * male + noise(0.015),
        mouth_width=0.20 + 0.065 * grown + 0.012 * male + noise(0.015),
        lips=float(
            np.clip(
                (0.80 - 0.24 * male + 0.15 * (race == 1) + noise(0.12))
                * (1 - 0.55 * ramp(looks, 38, 85)),
                0.15,
                1.3,
            )
        ),
        smile=float(np.clip(rng.beta(1.9, 1.9), 0, 1)),
        forehead_lines=aged(28, 72),
        crows_feet=aged(28, 70),
        nasolabial=float(np.clip(0.06 + aged(24, 70), 0, 1.2)),
        frown_lines=aged(32, 75, 0.3),
        marionette=aged(42, 80),
        roughness=aged(30, 85),
        spots=aged(50, 88, 0.4) * (0.5 if race == 1 else 1.0),
        flush=float(np.clip(0.5 * (1 - grown) + 0.15 + noise(0.1), 0, 1)),
        hair_length=style.length,
        hair_volume=style.volume * (1 - 0.25 * ramp(looks, 50, 90)),
        curl=style.curl,
        fringe=style.fringe,
        parting=noise(0.35),
        bun=style.bun,
        hairline=-0.66 - 0.05 * (1 - grown) - 0.26 * loss + noise(0.025),
        recession=float(np.clip(loss * 0.9, 0, 0.9)) * (1 if not female else 0.3),
        bald=ramp(loss + noise(0.05), 0.55, 0.78) if not female else 0.0,
        sparse=float(np.clip(1 - ramp(looks, 0.4, 3.2) + 0.35 * ramp(looks, 62, 95), 0, 0.9)),
        grey=float(np.clip(grey, 0, 1)),
        beard=bearded * float(kind == 1) * (0.75 + noise(0.1)),
        moustache=bearded * float(kind in (1, 2)) * (0.8 + noise(0.1)),
        stubble=bearded * (0.34 + abs(noise(0.16))) * (1.7 if kind == 3 else 0.9),
        beard_grey=float(np.clip(grey * 1.25 + 0.05, 0, 1)) if age > 34 else 0.0,
        lipstick=float(0.45 + abs(noise(0.3))) if made_up else 0.0,
        eye_shadow=float(rng.random()) * 0.8 if made_up else 0.0,
        lashes=(0.45 + 0.5 * made_up + noise(0.1)) if female else 0.12 + 0.1 * (1 - grown),
        glasses=int(rng.integers(1, 3)) if glassy else 0,
        earrings=female and chance(0.22 * ramp(age, 5, 18)),
    )


@dataclass(frozen=True)
class _HairStyle:
    length: float
    volume: float
    curl: float = 0.0
    fringe: float = 0.0
    bun: float = 0.0


def _hair_style(subject: Subject, rng: np.random.Generator) -> _HairStyle:
    """Cut and volume; long hair is commoner, not certain, in women and girls."""
    curly = {0: 0.15, 1: 0.7, 2: 0.04, 3: 0.15, 4: 0.3}[subject.race]
    curl = float(rng.uniform(0.55, 1.0)) if rng.random() < curly else float(rng.uniform(0, 0.25))
    fringe = float(rng.uniform(0.5, 1.0)) if rng.random() < 0.28 else 0.0
    volume = float(rng.uniform(0.09, 0.17)) + 0.09 * curl
    if subject.age < 3:
        length = 0.35 if subject.female and rng.random() < 0.25 else 0.05
        return _HairStyle(length, 0.05, curl * 0.5, fringe * 0.5)
    if not subject.female:
        pick = rng.choice(4, p=(0.62, 0.28, 0.07, 0.03))
        length = (0.10, 0.02, 0.45, 1.3)[pick]
        return _HairStyle(length, volume * (0.75, 0.35, 1.0, 1.0)[pick], curl, fringe * 0.6)
    old = ramp(subject.age, 45, 75)
    shares = np.array([0.54 - 0.36 * old, 0.27, 0.11, 0.08 + 0.36 * old])
    pick = rng.choice(4, p=shares / shares.sum())
    length = (1.6, float(rng.uniform(0.55, 0.85)), 0.06, 0.22)[pick]
    return _HairStyle(length, volume * (1.0, 1.1, 0.5, 1.05)[pick], curl, fringe, float(pick == 2))
