"""Statistics between trials: pure functions of figures, no engine and no clock."""
