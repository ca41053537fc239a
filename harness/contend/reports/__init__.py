"""Output formats: each a function of stored runs. No report measures or starts anything."""
