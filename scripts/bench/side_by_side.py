"""Runs a peer and `./lora bench`, one after the other, for the scripts that compare them."""
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def peer(script, threads):
    """What a peer script prints: one JSON object for each line."""
    command = [sys.executable, str(HERE / script), "--threads", str(threads)]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def ours(name, threads):
    """The JSON object of a benchmark of ours."""
    command = [str(ROOT / "lora"), "bench", name, "--threads", str(threads), "--json"]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(result.splitlines()[-1])
