"""LoRA fine-tuning of MiniLM for classification with transformers and PEFT: the peer of `./lora train`.

peer_minilm.py TRAIN.jsonl TEST.jsonl [--seeds 1] [--threads 2] [--epochs 3] [--set-adapter]
prints one JSON line for each seed: accuracy after each epoch, samples per second of training (with
tokenizing, forward, backward, step) and of inference (over the test file), seconds, peak RSS.
--set-adapter adds the time of PEFT's set_adapter between two adapters, in microseconds.
"""
import argparse
import json
import random
import resource
import statistics
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import minilm_torch

BATCH, EVAL_BATCH, MAX_LENGTH, LEARNING_RATE = 32, 64, 128, 1e-3


def lora_config():
    return LoraConfig(r=8, lora_alpha=16, target_modules=["query", "value"])


class Classifier(torch.nn.Module):
    def __init__(self, encoder, labels):
        super().__init__()
        self.encoder = encoder
        self.head = torch.nn.Linear(384, labels)

    def forward(self, ids, mask):
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return self.head((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))


class Batches:
    """Tokenizes and pads, batch by batch, as a transformers user does."""

    def __init__(self, labels):
        self.labels = labels
        self.tokenizer = minilm_torch.load_tokenizer(MAX_LENGTH)
        self.tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")

    def of(self, rows, size):
        for i in range(0, len(rows), size):
            part = rows[i : i + size]
            encoded = self.tokenizer.encode_batch([r["text"] for r in part])
            yield (
                torch.tensor([e.ids for e in encoded]),
                torch.tensor([e.attention_mask for e in encoded]),
                torch.tensor([self.labels.index(r["label"]) for r in part]),
            )


def train_epoch(model, optimizer, batches, rows):
    rows = rows[:]
    random.shuffle(rows)
    model.train()
    start = time.perf_counter()
    for ids, mask, y in batches.of(rows, BATCH):
        torch.nn.functional.cross_entropy(model(ids, mask), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    return time.perf_counter() - start


@torch.inference_mode()
def evaluate(model, batches, rows):
    model.eval()
    start, right = time.perf_counter(), 0
    for ids, mask, y in batches.of(rows, EVAL_BATCH):
        right += (model(ids, mask).argmax(1) == y).sum().item()
    return right / len(rows), time.perf_counter() - start


def set_adapter_us(encoder, switches=200):
    encoder.add_adapter("other", lora_config())
    times = []
    for i in range(switches):
        start = time.perf_counter()
        encoder.set_adapter(("other", "default")[i % 2])
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1e6, 1)


def run(seed, args, weights, train, test):
    start = time.perf_counter()
    torch.manual_seed(seed)
    random.seed(seed)
    labels = sorted({r["label"] for r in train})
    batches = Batches(labels)
    model = Classifier(get_peft_model(minilm_torch.new_model(weights), lora_config()), len(labels))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=LEARNING_RATE)
    accuracy, train_seconds, test_seconds = [], 0.0, 0.0
    for epoch in range(args.epochs):
        train_seconds += train_epoch(model, optimizer, batches, train)
        score, seconds = evaluate(model, batches, test)
        accuracy.append(round(score, 4))
        test_seconds += seconds
        print(f"seed {seed} epoch {epoch + 1}: accuracy {score:.4f}", file=sys.stderr, flush=True)
    result = {
        "peer": "peft",
        "seed": seed,
        "threads": args.threads,
        "epochs": args.epochs,
        "accuracy": accuracy,
        "train_samples_per_second": round(args.epochs * len(train) / train_seconds, 1),
        "infer_samples_per_second": round(args.epochs * len(test) / test_seconds, 1),
        "seconds": round(time.perf_counter() - start, 1),
        # kilobytes on Linux; the peak of the process so far
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if args.set_adapter:
        result["set_adapter_us"] = set_adapter_us(model.encoder)
    return result


def read_rows(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--set-adapter", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    weights = minilm_torch.load_weights()
    train, test = read_rows(args.train), read_rows(args.test)
    for seed in range(args.seeds):
        print(json.dumps(run(seed, args, weights, train, test)), flush=True)


if __name__ == "__main__":
    main()
