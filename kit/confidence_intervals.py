"""How far a share that was counted can be trusted."""

from __future__ import annotations

from math import sqrt

Z_95, Z_99 = 1.959964, 2.575829
"""Standard deviations within which a normal value lies 95 times, and 99 times, in a hundred."""


def wilson_interval(hits: int, of: int, *, z: float = Z_95) -> tuple[float, float]:
    """Within which two shares (0 to 1) the true one lies, by 95 % unless ``z`` says otherwise; of nothing, anywhere.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927). Unlike the normal
    interval it holds for few cases and for shares near 0 and 1.
    """
    if not of:
        return 0.0, 1.0
    share, wide = hits / of, z * z / of
    middle = (share + wide / 2) / (1 + wide)
    half = z / (1 + wide) * sqrt(share * (1 - share) / of + wide / (4 * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def newcombe_interval(hits: int, of: int, other_hits: int, other_of: int, *, z: float = Z_95) -> tuple[float, float]:
    """The interval (−1 to 1) of the first share less the other one, by 95 % unless ``z`` says otherwise.

    R. G. Newcombe, Interval estimation for the difference between independent proportions (1998), method 10: Wilson's
    limits of both shares, put together. Of nothing on either side, anywhere.
    """
    if not of or not other_of:
        return -1.0, 1.0
    share, other = hits / of, other_hits / other_of
    (low, high), (other_low, other_high) = wilson_interval(hits, of, z=z), wilson_interval(other_hits, other_of, z=z)
    below = sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return share - other - below, share - other + above
