"""Computes from stored runs, and formats nothing."""
