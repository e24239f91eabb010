"""How sure a share of so many cases is."""

import math

Z = 1.959964  # of the normal distribution, for 95 %


def wilson(right: float, total: int) -> list[float]:
    """Return the 95 % interval of a share (Wilson 1927); [0, 1] of nothing."""
    if not total:
        return [0.0, 1.0]
    share, width = right / total, Z * Z / total
    centre = (share + width / 2) / (1 + width)
    half = Z * math.sqrt(share * (1 - share) / total + width / (4 * total)) / (1 + width)
    return [round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4)]
