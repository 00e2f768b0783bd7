"""Adapters of every kind, both ways between PEFT and `./lora`, over tiny random models.

peft_roundtrip.py [NAME ...]: for the kinds of scripts/fixtures (all, or those named) PEFT makes an adapter now,
saves it, and `./lora` computes with it: probabilities of `predict` over a classifier, log probabilities of
`generate` over language models. Then `./lora train` makes adapters with each of its options, which PEFT loads and
computes with. Exits with 1 unless all are within 1e-4 of each other. One JSON line for each adapter: its largest
difference. JAVA_HOME chooses the JDK.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/fixtures"))

import golden
import base_starts
import peft_decoders
import peft_variants
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, BertForSequenceClassification

TOLERANCE = 1e-4
NEW_TOKENS = 6
WORDS = 100
PROMPTS = [[5, 17, 3, 88, 41], [37, 98, 15, 51, 14, 36, 9]]
TEXTS = [[5, 17, 3], [88], [37, 98, 15, 51, 14, 36, 9, 60, 61]]
TOKENIZER = {
    "version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "WhitespaceSplit"},
    "post_processor": None, "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                                        "use_regex": False},
    "model": {"type": "WordLevel", "unk_token": "w0", "vocab": {f"w{i}": i for i in range(WORDS)}},
}
# What `./lora train` can be told, and the base that it is tried on.
TRAINED = {
    "train_plain": ("llama3", []),
    "train_rslora": ("mistral", ["--use-rslora", "--r", "3", "--alpha", "7"]),
    "train_dora": ("qwen2", ["--use-dora", "--target-modules", "all-linear"]),
    "train_pissa": ("llama2", ["--init-lora-weights", "pissa"]),
    "train_pissa_niter": ("gemma2", ["--init-lora-weights", "pissa_niter_8"]),
    "train_olora": ("phi3", ["--init-lora-weights", "olora"]),
    "train_gaussian": ("gpt2", ["--init-lora-weights", "gaussian", "--target-modules", "c_attn,c_fc"]),
    "train_orthogonal": ("neox", ["--init-lora-weights", "orthogonal", "--target-modules", "all-linear"]),
    "train_embeddings": ("llama2", ["--target-modules", "q_proj,embed_tokens,lm_head"]),
    "train_loraplus": ("gemma3", ["--loraplus-lr-ratio", "8", "--target-modules", r".*\.(gate|up|down)_proj"]),
    "train_bias_all": ("gpt2", ["--bias", "all", "--target-modules", "c_attn,c_fc"]),
    "train_bias_lora_only": ("qwen2", ["--bias", "lora_only", "--target-modules", "all-linear"]),
    "train_falcon": ("falcon-7b", ["--target-modules", "query_key_value,dense"]),
    "train_classifier": ("bert-classifier", ["--target-modules", "all-linear"]),
    "train_classifier_bias": ("bert-classifier", ["--bias", "all"]),
    "train_classifier_dora": ("bert-classifier", ["--use-dora", "--use-rslora", "--dropout", "0.1"]),
}


def lora(*args):
    done = subprocess.run([str(ROOT / "lora"), *map(str, args), "--json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"./lora {' '.join(map(str, args))}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def words(ids):
    return " ".join(f"w{i}" for i in ids)


class Bases:
    """Folders with a model and a tokenizer, as a user would have them."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        to = self.folder / name
        if not to.exists():
            to.mkdir(parents=True)
            source = golden.MODELS / ("" if name == "bert-classifier" else "decoders") / name
            shutil.copy(source / "model.safetensors", to)
            config = json.loads((source / "config.json").read_text(encoding="utf-8"))
            # Those of some families lie outside of so small a vocabulary.
            config |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": None}
            (to / "config.json").write_text(json.dumps(config), encoding="utf-8")
            (to / "tokenizer.json").write_text(json.dumps(TOKENIZER), encoding="utf-8")
        return to

    def model(self, name):
        if name == "bert-classifier":
            return BertForSequenceClassification.from_pretrained(self.path(name)).eval()
        attention = "sdpa" if name == "falcon-rw" else "eager"
        return AutoModelForCausalLM.from_pretrained(
            self.path(name), dtype=torch.float32, attn_implementation=attention).eval()


@torch.inference_mode()
def generation_difference(model, base, adapter):
    """Of the log probabilities that generate reports, along the tokens that it chose."""
    worst = 0.0
    for prompt in PROMPTS:
        found = lora("generate", "--model", base, "--adapter", adapter, "--no-chat-template", "--prompt", words(prompt),
                     "--max-new-tokens", NEW_TOKENS, "--logprobs", 5)
        state = list(prompt)
        for step, token in zip(found["logprobs"], found["token_ids"]):
            expected = model(input_ids=torch.tensor([state])).logits[0, -1].double().log_softmax(-1)
            for candidate in step["top"]:
                worst = max(worst, abs(candidate["logprob"] - expected[candidate["token_id"]].item()))
            state.append(token)
    return worst


@torch.inference_mode()
def prediction_differences(models, base, adapters, folder):
    """Of the probability of each answer, for adapters by name; one call of predict for all."""
    data, out = folder / "texts.jsonl", folder / "answers.jsonl"
    data.write_text("".join(json.dumps({"text": words(t)}) + "\n" for t in TEXTS), encoding="utf-8")
    options = [o for name, path in adapters.items() for o in ("--adapter", f"{name}={path}")]
    lora("predict", "--model", base, *options, "--max-length", 32, "--input", data, "--output", out)
    worst = dict.fromkeys(adapters, 0.0)
    for text, line in zip(TEXTS, out.read_text(encoding="utf-8").splitlines()):
        for name, answer in ((n, json.loads(line)[n]) for n in adapters):
            ids = torch.tensor([text])
            p = models[name](input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0].double().softmax(-1)
            if models[name].config.id2label[int(p.argmax())] != answer["label"]:
                raise SystemExit(f"{name}: {text}: {answer}, not {p}")
            worst[name] = max(worst[name], abs(p.max().item() - answer["score"]))
    return worst


def report(direction, name, difference):
    print(json.dumps({"direction": direction, "adapter": name, "difference": difference}), flush=True)
    if not difference < TOLERANCE:
        raise SystemExit(f"{name} differs")


def save(model, folder, **options):
    """As a user saves; PEFT would look for the base of another name on the hub."""
    layers = any("embed" in key or "lm_head" in key for key in model.state_dict() if "lora_" in key)
    model.save_pretrained(folder, save_embedding_layers="auto" if layers else False, **options)
    return folder


def started_from_base(name):
    """An adapter of PiSSA or OLoRA after some steps: as PEFT saves it, and converted."""
    source, settings = base_starts.CASES[name]
    model = base_starts.build(name)
    config = model.peft_config["default"]
    start = Path(tempfile.mkdtemp())
    config.init_lora_weights = True
    model.save_pretrained(start, save_embedding_layers=False)
    config.init_lora_weights = settings["init_lora_weights"]
    base_starts.train(model, settings["task_type"] == "CAUSAL_LM")
    return source, model.eval(), start


def from_peft(bases, folder, wanted):
    classifiers = {}
    for name in filter(wanted, peft_variants.VARIANTS):
        classifiers[name] = (peft_variants.build(name).float(), save(peft_variants.build(name), folder / "c" / name))
    if wanted("bin"):
        model = peft_variants.build("patterns").float()
        classifiers["bin"] = (model, save(model, folder / "c/bin", safe_serialization=False))
    decoders = {}
    for name in filter(wanted, peft_decoders.VARIANTS):
        model = peft_decoders.build(name).float()
        decoders[name] = (peft_decoders.VARIANTS[name].base, model, save(model, folder / "d" / name))
    if wanted("decoder_bin"):
        model = peft_decoders.build("dora").float()
        decoders["decoder_bin"] = ("qwen2", model, save(model, folder / "d/bin", safe_serialization=False))
    for name in filter(wanted, base_starts.CASES):
        source, model, start = started_from_base(name)
        unconverted = save(model, folder / "s" / name)
        saved = {"": unconverted}
        if source != "bert-classifier":  # what PEFT converts has A and B alone, without the head and DoRA's lengths
            saved["_converted"] = save(model, folder / "p" / name, path_initial_model_for_weight_conversion=str(start))
        for kind, path in saved.items():
            if source == "bert-classifier":
                classifiers[name + kind] = (model, path)
            else:
                decoders[name + kind] = (source, model, path)
    if classifiers:
        found = prediction_differences({n: m for n, (m, _) in classifiers.items()}, bases.path("bert-classifier"),
                                       {n: p for n, (_, p) in classifiers.items()}, folder)
        for name, difference in found.items():
            report("from PEFT", name, difference)
    for name, (base, model, path) in decoders.items():
        report("from PEFT", name, generation_difference(model, bases.path(base), path))


def to_peft(bases, folder, wanted):
    generator = torch.Generator().manual_seed(5)
    draw = lambda: torch.randint(3, WORDS, (8,), generator=generator).tolist()
    for name, (base, options) in ((n, v) for n, v in TRAINED.items() if wanted(n)):
        path, data, out = bases.path(base), folder / "data.jsonl", folder / name
        classify = base == "bert-classifier"
        labels = bases.model(base).config.id2label if classify else {}  # others would get a head of their own
        rows = [{"text": words(draw()), "label": labels[i % 3]} if classify else
                {"prompt": words(draw()), "completion": " " + words(draw())} for i in range(24)]
        data.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
        lora("train", "--task", "classify" if classify else "causal-lm", "--model", path, "--data", data, "--out", out,
             "--epochs", 2, "--learning-rate", "1e-2", "--max-length", 32, *options,
             *([] if classify else ["--no-chat-template"]))
        model = PeftModel.from_pretrained(bases.model(base), out).eval()
        if classify:
            difference = prediction_differences({name: model}, path, {name: out}, folder)[name]
        else:
            difference = generation_difference(model, path, out)
        report("to PEFT", name, difference)


def main():
    names = set(sys.argv[1:])
    wanted = lambda name: not names or name in names
    with tempfile.TemporaryDirectory() as folder:
        bases = Bases(Path(folder) / "base")
        from_peft(bases, Path(folder), wanted)
        to_peft(bases, Path(folder), wanted)


if __name__ == "__main__":
    main()
