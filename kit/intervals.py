"""How far a share that was counted can be trusted."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959964
"""Standard deviations within which a normal value lies 95 times in a hundred."""


def wilson(hits: int, of: int, *, z: float = Z_95) -> tuple[float, float]:
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
