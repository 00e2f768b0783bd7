"""What adapters cost in PEFT when MiniLM serves: the peer of `./lora bench adapters`.

peer_adapters.py [--threads 2] [--seconds 1.0]: one JSON line with the time of set_adapter in microseconds, texts per
second of the 32 texts that the benchmark has, with one adapter and with eight in one batch (adapter_names=), and the time with
an adapter relative to merged weights. r = 8 on query and value; texts are tokenized and padded in each call.
"""
import argparse
import json

import torch
from peft import get_peft_model
from peer_minilm import Batches, Classifier, lora_config, minilm_torch, read_rows, set_adapter_us
from side_by_side import ROOT
from timing import best

TEXTS, MIXED = 32, 8
REVIEWS = ROOT / "lora-examples/src/main/resources/io/github/lora4j/demo/reviews-test.jsonl"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each figure")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = [{"text": r["text"], "label": "x"} for r in read_rows(REVIEWS)[:TEXTS]]
    batches = Batches(["x"])
    weights = minilm_torch.load_weights()
    encoder = get_peft_model(minilm_torch.new_model(weights), lora_config())
    for i in range(1, MIXED):
        encoder.add_adapter(str(i), lora_config())
    model = Classifier(encoder, 2).eval()
    names = [("default", *map(str, range(1, MIXED)))[i % MIXED] for i in range(TEXTS)]

    def mixed():
        for ids, mask, _ in batches.of(rows, TEXTS):
            hidden = encoder(input_ids=ids, attention_mask=mask, adapter_names=names).last_hidden_state
            model.head((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))

    def plain():
        for ids, mask, _ in batches.of(rows, TEXTS):
            model(ids, mask)

    with torch.inference_mode():
        one = best(plain, args.seconds)
        several = best(mixed, args.seconds)
    switching = set_adapter_us(encoder)
    encoder.set_adapter("default")
    encoder.merge_adapter(["default"])
    with torch.inference_mode():
        merged = best(plain, args.seconds)
    print(json.dumps({
        "peer": "peft", "threads": args.threads, "microseconds_to_choose": switching,
        "texts_per_second_one_adapter": TEXTS / one, "texts_per_second_eight_adapters": TEXTS / several,
        "eight_adapters_to_one": one / several, "unmerged_to_merged_time": one / merged}))


if __name__ == "__main__":
    main()
