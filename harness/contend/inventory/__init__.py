"""Figures of the measured servers other than speed: code and packages."""
