"""Writes the rules of an order that Python servers have as JSON Schema, for python_schema.mjs."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "backends" / "python-shared"))

from schemas import LARGEST_BODY, Order, OrderQuery

made = {
    "largest": LARGEST_BODY,
    "order": Order.model_json_schema(),
    "orderQuery": OrderQuery.model_json_schema(),
}
print(json.dumps(made))
