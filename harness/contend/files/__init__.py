"""Files of whatever content: read strictly, written whole. Knows no domain."""
