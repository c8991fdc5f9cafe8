"""Random numbers with an address: seed, purpose and person give the number, whoever asks, in whatever order.

Philox is a cipher of a counter (Salmon et al., SC 2011): the purpose makes the key, the person the counter. Nothing is
drawn "next", so person 17 is the same in a cohort of 20 and of 20,000, on one worker and on many.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

VERSION = "bfrsim streams 1"  # another recipe of numbers gets another name, so that no cohort changes unseen
WORDS = 4  # of 64 bits in a block of Philox


def uniforms(seed: int, purpose: str, people: ArrayLike) -> Floats:
    """Return one number for each person, uniform between 0 and 1, both excluded.

    Parameters
    ----------
    seed : int
        Of the cohort.
    purpose : str
        What the number is for, such as ``age`` or ``parameter k_F``; purposes are independent of each other.
    people : (n,) whole numbers, 0 or more.

    Returns
    -------
    (n,) array
        The number of a person hangs on `seed`, `purpose` and that person only.
    """
    indices = np.asarray(people, dtype=np.int64)
    if not indices.size:
        return np.empty(0)
    block, last = int(indices.min()) // WORDS, int(indices.max())
    bits = np.random.Philox(key=_key(seed, f"one number for {purpose}"), counter=block)
    raw = np.asarray(bits.random_raw(last + 1 - block * WORDS), dtype=np.uint64)[indices - block * WORDS]
    # 52 bits and a half: exact in a float, and neither 0 nor 1, whose normal scores are infinite.
    found: Floats = ((raw >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52
    return found


def normals(seed: int, purpose: str, people: ArrayLike) -> Floats:
    """Return one standard normal number for each person, (n,); see `uniforms`."""
    from scipy.special import ndtri

    scores: Floats = ndtri(uniforms(seed, purpose, people))
    return scores


def generator(seed: int, purpose: str, person: int) -> np.random.Generator:
    """Return a generator of a person's own for a purpose that needs an unknown number of draws (a diary, a trial).

    Parameters
    ----------
    seed, purpose
        As in `uniforms`; the numbers are independent of those that `uniforms` gives for the same purpose.
    person : int
        0 or more; each has 2**64 blocks of numbers before the next person's begin.
    """
    return np.random.Generator(np.random.Philox(key=_key(seed, f"many numbers for {purpose}"), counter=person << 64))


def _key(seed: int, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{VERSION}|{seed}|{purpose}".encode()).digest()[:16], "little")
