"""The engine's histogram, for what only reads: counts of nanoseconds, merged, encoded and decoded."""

from contend._engine import Histogram as Histogram
