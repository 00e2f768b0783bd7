"""The walk-through of docs/adapters.md on a real model, with its own commands and its own Python.

whole_way.py [data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf]: takes the commands and the snippets of the section "The
whole way" out of the page and runs them on SmolLM2 and real reviews. Then PEFT, llama.cpp and the merged checkpoint
answer the same questions as `./lora predict` did: PEFT and the merged model over the same float32 weights must give the
same answers, llama.cpp over Q4_1 most of them. Needs llama-cpp-python, data/reviews and data/smollm2. JAVA_HOME chooses
the JDK.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from llama_cpp import Llama
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf").resolve()
REVIEWS = ROOT / "data/reviews"
LEARNED, ASKED, NEW_TOKENS = 96, 24, 3


def blocks():
    """The commands and the snippets in the order of the page."""
    page = (ROOT / "docs/adapters.md").read_text(encoding="utf-8")
    section = page[page.index("## The whole way"):]
    section = section[:section.index("\n## ")]
    found = re.findall(r"^```(sh|python)\n(.*?)^```$", section, re.M | re.S)
    assert [kind for kind, _ in found].count("python") == 2, "the page has other snippets than this script knows"
    return found


def records(name, count):
    lines = (REVIEWS / name).read_text(encoding="utf-8").strip("\n").split("\n")
    return [json.loads(line) for line in lines[:: len(lines) // count][:count]]


def write_data(folder):
    def table(name, columns, rows):
        quoted = [",".join('"' + str(value).replace('"', '""') + '"' for value in row) for row in rows]
        (folder / name).write_text("\n".join([columns, *quoted]) + "\n", encoding="utf-8")

    train, test = records("train.jsonl", LEARNED), records("test.jsonl", ASKED)
    mood = {"positive": "good", "negative": "bad"}
    table("mood.csv", "text,label", [(r["text"], mood[r["label"]]) for r in train])
    table("topic.csv", "text,label", [(r["text"], r["source"]) for r in train])
    table("texts.csv", "text", [(r["text"],) for r in test])
    table("tasks.csv", "task,text", [(["mood", "topic"][i % 2], r["text"]) for i, r in enumerate(test)])


def answers(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").strip("\n").split("\n")]


def save_decoded(folder):
    """The weights of the file in float32, as a checkpoint."""
    read = AutoModelForCausalLM.from_pretrained(FILE.parent, gguf_file=FILE.name, dtype=torch.float32)
    config = read.config
    del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(read.state_dict())
    plain.save_pretrained(folder)


def greedy(model, tokenizer, question):
    chat = tokenizer.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True,
                                         tokenize=False)
    ids = tokenizer(chat, return_tensors="pt", add_special_tokens=False)
    with torch.no_grad():
        out = model.generate(**ids, max_new_tokens=NEW_TOKENS, do_sample=False)
    return tokenizer.decode(out[0, ids["input_ids"].shape[1]:], skip_special_tokens=True)


def share(name, expected, actual):
    if len(set(expected)) < 2:
        raise SystemExit(f"{name}: all answers are {expected[0]!r}, which shows nothing")
    equal = sum(a.strip() == b.strip() for a, b in zip(expected, actual))
    print(json.dumps({"answers": name, "equal": equal, "of": len(expected)}), flush=True)
    return equal / len(expected)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "target").mkdir()
        write_data(folder)
        model = folder / "model"
        save_decoded(model)
        tokenizer = AutoTokenizer.from_pretrained(FILE.parent, gguf_file=FILE.name)
        tokenizer.save_pretrained(model)
        os.symlink(FILE, folder / "model.gguf")
        os.chdir(folder)
        names = {"MODEL": str(model), "AutoModelForCausalLM": AutoModelForCausalLM, "PeftModel": PeftModel,
                 "Llama": lambda *args, **more: Llama(*args, n_ctx=512, verbose=False, **more)}
        environment = {**os.environ, "MODEL": str(model)}
        for kind, code in blocks():
            if kind == "python":
                exec(code, names)
                continue
            done = subprocess.run(["bash", "-ec", code.replace("./lora", str(ROOT / "lora"))], env=environment,
                                  capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{code}\n{done.stderr}")

        given = answers(folder / "target/answers.jsonl")
        chosen = answers(folder / "target/chosen.jsonl")
        ask = {"mood": "Is this review good or bad? ", "topic": "What is this review about? "}
        fits = [share("--adapter-field", [r[c["task"]] for r, c in zip(given, chosen)],
                      [c["prediction"] for c in chosen])]
        peft = names["peft"].eval()
        for adapter, question in ask.items():
            peft.set_adapter(adapter)
            fits.append(share(f"PEFT, {adapter}", [r[adapter] for r in given],
                              [greedy(peft, tokenizer, question + r["text"]) for r in given]))
        merged = AutoModelForCausalLM.from_pretrained(folder / "target/merged", dtype=torch.float32).eval()
        fits.append(share("merged, mood", [r["mood"] for r in given],
                          [greedy(merged, tokenizer, ask["mood"] + r["text"]) for r in given]))
        llama = names["llama"]
        texts = []
        for record in given:
            chat = tokenizer.apply_chat_template([{"role": "user", "content": ask["mood"] + record["text"]}],
                                                 add_generation_prompt=True, tokenize=False)
            ids = tokenizer(chat, add_special_tokens=False)["input_ids"]
            texts.append(llama.create_completion(ids, max_tokens=NEW_TOKENS, temperature=0)["choices"][0]["text"])
        near = share("llama.cpp over Q4_1, mood", [r["mood"] for r in given], texts)
        if min(fits) < 1 or near < 0.8:
            raise SystemExit("answers differ")


if __name__ == "__main__":
    main()
