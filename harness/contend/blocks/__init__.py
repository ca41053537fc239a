"""Alternates live servers: blocks of lanes, in rounds of short bursts."""
