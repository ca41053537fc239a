"""Starts the measured servers, and verifies them."""
