"""The engine's histogram, for what only reads: nanoseconds, merged, encoded and decoded."""

from contend._engine import Histogram as Histogram
