"""MiniLM in 4 bits, exchanged with transformers and bitsandbytes in both directions.

minilm_4bit.py [TRAIN.jsonl TEST.jsonl]   (without them: data/reviews)
For NF4 and FP4, with and without double quantization, `./lora quantize` writes MiniLM and
transformers saves it. Exits with 1 unless
  - every packed tensor of ours is the one that bitsandbytes makes of the float weights, bit for bit;
    with double quantization given the mean that it subtracts, which may differ in its last 2 units;
  - transformers loads our directory, and lora4j that of transformers, and both compute the same
    sentence embeddings to 1e-4, compared by the largest difference;
  - with NF4 and double quantization: `./lora eval` of one adapter gives the same accuracy over both
    directories, and the same loss to 1e-4.
It prints what it measured, one JSON line for each format. JAVA_HOME chooses the JDK.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import bitsandbytes.functional as F
import numpy as np
import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import BertModel, BitsAndBytesConfig

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import minilm_torch

TOLERANCE = 1e-4
BLOCK = 64
TEXTS = [
    "The soup was cold, but what a friendly waiter.",
    "Hello world, this is great!",
    "café naïve 😀 你好",
    "No.",
    "A gift for my mother, who uses it every day and is still happy with it. " * 12,
    "The battery lasts two days; the display, however, scratches easily.",
    "don't un-believable 12.50 EUR",
]


def lora(*args):
    result = subprocess.run([str(ROOT / "lora"), *map(str, args), "--json"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    return json.loads(result.splitlines()[-1])


def java_embeddings(model, folder):
    """What EmbedTexts prints; the command line has been built by then."""
    texts = Path(folder) / "texts.txt"
    texts.write_text("\n".join(TEXTS), encoding="utf-8")
    java = Path(os.environ["JAVA_HOME"]) / "bin/java" if "JAVA_HOME" in os.environ else "java"
    command = [str(java), "-Dfile.encoding=UTF-8", "--add-modules", "jdk.incubator.vector",
               "-cp", str(ROOT / "lora-examples/target/lora.jar"),
               "io.github.lora4j.examples.EmbedTexts", str(model), str(texts)]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           text=True).stdout.splitlines()
    return np.array([json.loads(line) for line in lines])


@torch.inference_mode()
def torch_embeddings(folder):
    """Text by text: no padding, and so no mask."""
    model = BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32,
                                      device_map="cpu").eval()
    assert all(type(m).__name__ == "Linear4bit" for n, m in model.named_modules() if n.endswith("dense"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    return np.stack([model(input_ids=torch.tensor([tokenizer.encode(text).ids])).last_hidden_state
                     .mean(1)[0].numpy() for text in TEXTS])


def require(condition, message):
    if not condition:
        raise SystemExit("differs: " + message)


def compare_tensors(folder, weights, kind, nested):
    """Ours against what bitsandbytes makes of the float weights; the largest distance of a mean in ulps."""
    packed, ulps = 0, 0
    with safe_open(folder / "model.safetensors", "pt") as file:
        names = set(file.keys())
        for name, weight in weights.items():
            if f"{name}.absmax" not in names:
                require(torch.equal(file.get_tensor(name), weight), name)
                continue
            packed += 1
            codes, state = F.quantize_4bit(weight, blocksize=BLOCK, quant_type=kind)
            require(torch.equal(file.get_tensor(name), codes), name)
            require(torch.equal(file.get_tensor(f"{name}.quant_map"), state.code), name + ".quant_map")
            absmax = file.get_tensor(f"{name}.absmax")
            if not nested:
                require(torch.equal(absmax, state.absmax), name + ".absmax")
                continue
            ours = json.loads(bytes(file.get_tensor(f"{name}.quant_state.bitsandbytes__{kind}").tolist()))
            ours = np.float32(ours["nested_offset"])
            theirs = np.float32(state.absmax.mean().item())
            ulps = max(ulps, abs(float(ours) - float(theirs)) / float(np.spacing(theirs)))
            require(ulps <= 2, f"{name}: offset {ours}, not {theirs}")
            codes, state = F.quantize_blockwise(state.absmax - torch.tensor(ours), blocksize=256)
            require(torch.equal(absmax, codes), name + ".absmax")
            require(torch.equal(file.get_tensor(f"{name}.nested_absmax"), state.absmax), name + ".nested_absmax")
            require(torch.equal(file.get_tensor(f"{name}.nested_quant_map"), state.code), name + ".nested_quant_map")
    return {"packed_tensors": packed, "offset_ulps": ulps}


def save_with_transformers(weights, kind, nested, ours, folder):
    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type=kind, bnb_4bit_use_double_quant=nested,
                                bnb_4bit_compute_dtype=torch.float32)
    with tempfile.TemporaryDirectory() as plain:
        minilm_torch.new_model(weights).save_pretrained(plain)
        BertModel.from_pretrained(plain, add_pooling_layer=False, quantization_config=config,
                                  dtype=torch.float32, device_map="cpu").save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((ours / "tokenizer.json").read_bytes())


def evaluate(folder, ours, theirs, train, test):
    """Trains an adapter over the directory of transformers and evaluates it over both."""
    part = folder / "part.jsonl"
    part.write_text("".join(Path(train).read_text(encoding="utf-8").splitlines(keepends=True)[:600]),
                    encoding="utf-8")
    adapter = folder / "adapter"
    trained = lora("train", "--model", theirs, "--data", part, "--eval", test, "--epochs", 1, "--out", adapter)
    over_theirs = lora("eval", "--model", theirs, "--adapter", adapter, "--data", test)
    # The two directories differ in bytes: without the fingerprint the adapter fits both.
    info = json.loads((adapter / "lora4j.json").read_text(encoding="utf-8"))
    del info["base_fingerprint"]
    (adapter / "lora4j.json").write_text(json.dumps(info), encoding="utf-8")
    over_ours = lora("eval", "--model", ours, "--adapter", adapter, "--data", test)
    require(over_theirs["accuracy"] == trained["accuracy"], f"accuracy {over_theirs['accuracy']} after training")
    require(over_ours["accuracy"] == over_theirs["accuracy"], f"accuracy {over_ours['accuracy']}")
    require(abs(over_ours["loss"] - over_theirs["loss"]) <= TOLERANCE, f"loss {over_ours['loss']}")
    return {"accuracy": over_ours["accuracy"], "loss_difference": abs(over_ours["loss"] - over_theirs["loss"])}


def compare(weights, kind, nested, train, test):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = folder / "ours", folder / "theirs"
        lora("quantize", "--model", "minilm", "--type", kind, "--out", ours, *(["--double-quant"] if nested else []))
        result = {"type": kind, "double_quant": nested} | compare_tensors(ours, weights, kind, nested)
        save_with_transformers(weights, kind, nested, ours, theirs)
        for title, model in (("ours", ours), ("transformers", theirs)):
            expected, actual = torch_embeddings(model), java_embeddings(model, folder)
            difference = float(np.abs(expected - actual).max())
            require(difference <= TOLERANCE, f"embeddings over {title}: {difference}")
            result[f"embeddings_over_{title}"] = difference
            result["largest_value"] = float(np.abs(expected).max())
        if kind == "nf4" and nested:
            result |= evaluate(folder, ours, theirs, train, test)
    print(json.dumps(result), flush=True)


def main():
    train, test = sys.argv[1:] or (ROOT / "data/reviews/train.jsonl", ROOT / "data/reviews/test.jsonl")
    weights = minilm_torch.load_weights()
    for kind in ("nf4", "fp4"):
        for nested in (True, False):
            compare(weights, kind, nested, train, test)


if __name__ == "__main__":
    main()
