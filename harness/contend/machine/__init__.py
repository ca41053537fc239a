"""The machine that measures: its cores, limits, ports, processes and counters. Knows no domain."""
