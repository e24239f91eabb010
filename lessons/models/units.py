"""Large numbers as a reader of either language writes them."""

MINUTES_TO = 2 * 3600  # s; above it hours


def count(number: int, lang: str) -> str:
    """Return a number of things: 290 万, 1.52 億; 2.9 million."""
    if lang == "ja":
        if number >= 10**8:
            return f"{number / 10**8:.3g} 億"
        return f"{number / 10**4:,.0f} 万" if number >= 10**5 else f"{number:,}"
    if number >= 10**9:
        return f"{number / 10**9:.3g} billion"
    return f"{number / 10**6:.3g} million" if number >= 10**6 else f"{number:,}"


def size(count_of_bytes: int) -> str:
    """Return a size in MB or GB (powers of ten)."""
    if count_of_bytes >= 10**9:
        return f"{count_of_bytes / 10**9:.1f} GB"
    return f"{count_of_bytes / 10**6:.1f} MB" if count_of_bytes < 10**8 else f"{count_of_bytes / 10**6:.0f} MB"


def duration(seconds: float, lang: str) -> str:
    """Return a time in minutes, from two hours on in hours."""
    if seconds < MINUTES_TO:
        return f"{seconds / 60:.0f} 分" if lang == "ja" else f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} 時間" if lang == "ja" else f"{seconds / 3600:.1f} hours"
