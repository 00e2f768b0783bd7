"""Classification heads of BERT, RoBERTa and DistilBERT checkpoints, exchanged with transformers and PEFT.

For the tiny classifier of each family (golden/FAMILY-classifier, with a tokenizer of a few words), exits with
1 unless transformers computes the same probability of each answer as lora4j, to 1e-4:
  - own: `./lora predict` without an adapter;
  - adapter: with what `./lora train` made of it, which PEFT loads;
  - nf4: with what `./lora quantize` wrote, which transformers loads.
It prints the largest difference of each, one JSON line for each family. JAVA_HOME chooses the JDK.
"""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-4
WORDS = ["a", "dull", "fine", "film", "fun", "was", "the", "plot"]
TEXTS = ["a dull film", "the plot was fun", "fine", "the film was fine and the plot a dull fun film"]
ANSWERS = ["bad", "good", "fair", "fair"]
TOKENIZER = {
    "version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None, "decoder": None,
    "model": {"type": "WordLevel", "unk_token": "unk", "vocab": {"unk": 3} | {w: i + 4 for i, w in enumerate(WORDS)}},
}


def lora(*args):
    done = subprocess.run([str(ROOT / "lora"), *map(str, args), "--json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def ours(folder, data, *options, field="prediction"):
    out = folder / "answers.jsonl"
    lora("predict", "--input", data, "--output", out, "--max-length", 16, *options)
    return [json.loads(line)[field] for line in out.read_text(encoding="utf-8").splitlines()]


@torch.inference_mode()
def difference(model, answers):
    """The largest difference of a probability; the labels have to be the same."""
    vocabulary = TOKENIZER["model"]["vocab"]
    worst = 0.0
    for text, answer in zip(TEXTS, answers):
        ids = torch.tensor([[vocabulary.get(w, 3) for w in text.split()]])
        p = model.eval()(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.float().softmax(-1)[0]
        if model.config.id2label[int(p.argmax())] != answer["label"]:
            raise SystemExit(f"differs: {text}: {answer}, not {p}")
        worst = max(worst, abs(float(p.max()) - answer["score"]))
    if worst > TOLERANCE:
        raise SystemExit(f"differs by {worst}")
    return worst


def family(name, folder):
    folder.mkdir()
    model = folder / "model"
    model.mkdir()
    for file in ("config.json", "model.safetensors"):
        shutil.copy(ROOT / f"lora-models/src/test/resources/golden/{name}-classifier" / file, model / file)
    (model / "tokenizer.json").write_text(json.dumps(TOKENIZER), encoding="utf-8")
    data = folder / "data.jsonl"
    data.write_text("".join(json.dumps({"text": t, "label": a}) + "\n" for t, a in zip(TEXTS, ANSWERS)),
                    encoding="utf-8")
    load = lambda path: AutoModelForSequenceClassification.from_pretrained(path, dtype=torch.float32)
    found = {"own": difference(load(model), ours(folder, data, "--model", model))}

    adapter = folder / "adapter"
    lora("train", "--model", model, "--data", data, "--out", adapter, "--max-length", 16, "--epochs", 6,
         "--learning-rate", "5e-3", "--target-modules", "all-linear")
    answers = ours(folder, data, "--model", model, "--adapter", f"x={adapter}", field="x")
    found["adapter"] = difference(PeftModel.from_pretrained(load(model), adapter), answers)

    nf4 = folder / "nf4"
    lora("quantize", "--model", model, "--type", "nf4", "--out", nf4)
    found["nf4"] = difference(load(nf4), ours(folder, data, "--model", nf4))
    return {"family": name, **found}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name in ("bert", "roberta", "distilbert"):
            print(json.dumps(family(name, Path(folder) / name)), flush=True)
