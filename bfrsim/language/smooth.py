"""Bodies of the language's built-in functions: plain Python on floats, also the text that Numba compiles.

This file is copied into every generated kernel, so it uses nothing but `math`. ``ramp`` and ``gate`` are compact
polynomials with two continuous derivatives: exactly 0 below the corner, so that rest is exactly rest.
"""

from math import exp, log

# --- kernel text below ---


def logistic(x):
    """Return 1/(1 + exp(-x)) without overflow."""
    e = exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


def logistic_slope(x):
    """Return the derivative of the logistic function."""
    e = exp(-abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def softplus(x, w):
    """Return w*log(1 + exp(x/w)): a smooth max(x, 0) that is positive everywhere."""
    z = x / w
    return w * (max(z, 0.0) + log(1.0 + exp(-abs(z))))


def softplus_slope(x, w):
    """Return the derivative of softplus with respect to x."""
    return logistic(x / w)


def ramp(x, w):
    """Return 0 below -w, x above w, and between them a quartic with two continuous derivatives."""
    t = min(max(0.5 * (x / w + 1.0), 0.0), 1.0)
    return max(x - w, 0.0) + w * t * t * t * (2.0 - t)


def ramp_slope(x, w):
    """Return the derivative of ramp with respect to x."""
    t = min(max(0.5 * (x / w + 1.0), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def gate(x, w):
    """Return 0 below -w, 1 above w, and between them a quintic with two continuous derivatives."""
    t = min(max(0.5 * (x / w + 1.0), 0.0), 1.0)
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))


def gate_slope(x, w):
    """Return the derivative of gate with respect to x."""
    t = min(max(0.5 * (x / w + 1.0), 0.0), 1.0)
    return 15.0 * t * t * (1.0 - t) * (1.0 - t) / w


def smoothmax(a, b, w):
    """Return the larger of a and b, rounded over a width w."""
    return b + ramp(a - b, w)


def smoothmin(a, b, w):
    """Return the smaller of a and b, rounded over a width w."""
    return a - ramp(a - b, w)


def hill(x, k, n):
    """Return x**n/(x**n + k**n), 0 for x <= 0."""
    power = min(min(max(x / k, 0.0), 1e12) ** n, 1e300)
    return power / (1.0 + power)


def hill_slope(x, k, n):
    """Return the derivative of hill with respect to x, 0 for x <= 0."""
    power = min(min(max(x / k, 0.0), 1e12) ** n, 1e300)
    return n * power / ((1.0 + power) * (1.0 + power) * x) if x > 0.0 else 0.0
