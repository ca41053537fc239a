"""Proves the instrument's accuracy on this machine."""
