"""lora4j against PEFT: the same LoRA fine-tuning of MiniLM on the same texts, one after the other.

minilm.py TRAIN.jsonl TEST.jsonl [--seeds 1] [--threads 2]: for each seed runs peer_minilm.py, then
`./lora train` and `./lora eval`, and prints one JSON line with the figures of both and the ratios.
JAVA_HOME chooses the JDK.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def last_json(command):
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(result.splitlines()[-1])


def peer(args):
    command = [sys.executable, str(HERE / "peer_minilm.py"), args.train, args.test,
               "--threads", str(args.threads)]
    return last_json(command)


def ours(args, seed, out):
    lora, common = str(ROOT / "lora"), ["--model", "minilm", "--threads", str(args.threads), "--json"]
    train = last_json([lora, "train", *common, "--task", "classify", "--data", args.train,
                       "--eval", args.test, "--seed", str(seed), "--out", out])
    evaluation = last_json([lora, "eval", *common, "--adapter", out, "--data", args.test])
    return train, evaluation


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    accuracies = []
    for seed in range(args.seeds):
        theirs = peer(args)
        with tempfile.TemporaryDirectory() as folder:
            train, evaluation = ours(args, seed, folder + "/adapter")
        accuracies.append(train["accuracy"])
        ratios = {
            "training": train["samples_per_second"] / theirs["train_samples_per_second"],
            "inference": train["eval_samples_per_second"] / theirs["infer_samples_per_second"],
            "peak_rss": train["peak_rss_mb"] / theirs["peak_rss_mb"],
        }
        print(json.dumps({"seed": seed, "peer": theirs, "train": train, "eval": evaluation,
                          "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()}}), flush=True)
    print(f"mean accuracy over {args.seeds} seeds: {statistics.mean(accuracies):.4f}")


if __name__ == "__main__":
    main()
