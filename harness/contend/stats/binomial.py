"""Bounds of a share that was counted: exact, each with a risk of 5% (Clopper and Pearson, 1934)."""

from scipy.special import betaincinv

RISK = 0.05


def upper(found: int, of: int) -> float:
    """0 of 299 bounds a share at 1%. 1 where nothing was counted."""
    return 1.0 if found >= of else float(betaincinv(found + 1, of - found, 1 - RISK))


def lower(found: int, of: int) -> float:
    """59 of 59 bounds a share at 95%. 0 where nothing was counted."""
    return 0.0 if found <= 0 else float(betaincinv(found, of - found + 1, RISK))
