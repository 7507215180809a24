"""How fast the sample's patterns read lines."""

from __future__ import annotations

import json
import time

from provisioner import blueprint
from provisioner.proof.target import targets
from tests.bench.commands import ROOT

COUNT = 10_000
RECORD = {
    "timestamp": "2026-11-23T10:21:00Z",
    "level": "INFO",
    "message": "processed",
    "requestId": "8f5a",
    "duration_ms": 1,
}
JSON_LINES = [json.dumps({**RECORD, "duration_ms": number / 7}) for number in range(COUNT)]
TEXT_LINES = [
    f"2026-11-23T12:00:00Z INFO order {number} placed with three items and a voucher" for number in range(COUNT)
]


def speeds() -> dict[str, float]:
    """Megabytes a second on one core, by pattern: each of the sample, and of its functions if they wrote text."""
    config = blueprint.load(ROOT / "platform.toml", "dev")
    functions = {owner: item.model_copy(update={"log_format": "text"}) for owner, item in config.functions.items()}
    patterns = {
        item.pattern: item.parsed
        for written in (config, config.model_copy(update={"functions": functions}))
        for item in targets(written)
    }
    found = {}
    for source, pattern in patterns.items():
        lines = JSON_LINES if source.startswith("{") else TEXT_LINES
        begun = time.process_time()
        for line in lines:
            pattern.match(line)
        found[source] = round(sum(map(len, lines)) / 1e6 / (time.process_time() - begun), 1)
        print(f"{found[source]:.1f} MB/s on one core: {source}", flush=True)
    return found
