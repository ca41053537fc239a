"""How much of the machine's CPU time its host may give to others before figures are spoiled."""

STOLEN_SHARE = 0.01
