"""QLoRA against LoRA: the same fine-tuning of MiniLM over 4-bit and over float32 weights.

qlora.py TRAIN.jsonl TEST.jsonl [--seeds 3] [--threads 2]: for each seed trains over both, one after
the other, and prints one JSON line with the figures of both; then the mean accuracies, and the
speed over 4-bit weights as a share of that over float32. JAVA_HOME chooses the JDK.
"""
import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

LORA = str(Path(__file__).resolve().parents[2] / "lora")
KEPT = ("accuracy", "samples_per_second", "eval_samples_per_second", "peak_rss_mb", "seconds")


def train(args, seed, quantize):
    with tempfile.TemporaryDirectory() as folder:
        command = [LORA, "train", "--quantize", quantize, "--data", args.train, "--eval", args.test,
                   "--seed", str(seed), "--threads", str(args.threads), "--out", folder, "--json"]
        result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures = json.loads(result.splitlines()[-1])
    return {name: figures[name] for name in KEPT}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    runs = []
    for seed in range(args.seeds):
        run = {quantize: train(args, seed, quantize) for quantize in ("none", "nf4")}
        print(json.dumps({"seed": seed, **run}), flush=True)
        runs.append(run)
    for quantize in ("none", "nf4"):
        accuracy = statistics.mean(run[quantize]["accuracy"] for run in runs)
        print(f"{quantize}: mean accuracy {accuracy:.4f}")
    ratios = [run["nf4"]["samples_per_second"] / run["none"]["samples_per_second"] for run in runs]
    print("speed of nf4 against none: " + ", ".join(f"{ratio:.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()
