"""The tokenizer in a GGUF file: lora4j's ids and those of transformers for 10,000 lines.

smollm2_tokenizer.py [MODEL.gguf]   (without it: data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf)
The lines are review sentences (data/reviews), lines of this repository's Java, Python and Markdown
files, and generated ones: many scripts, emoji, numbers, odd spaces, special tokens in the text. The
same on every run. Exits with 1 unless `./lora tokenize` gives for each line the ids of the peer,
with and without the tokens around a text. The peer is AutoTokenizer from the same file with one
change: digits are divided before anything else, as the tokenizer.json of the model and llama.cpp
(`smollm` in tokenizer.ggml.pre) do. Transformers reads over that field, so that spaces before
numbers come out otherwise than in training; how many lines differ because of it is printed, too.
Prints what it compared, one JSON line. JAVA_HOME chooses the JDK.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from tokenizers import pre_tokenizers
from transformers import AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
LINES = 10_000
# First and last characters of scripts, and of blocks with odd characters.
SCRIPTS = ["az", "AZ", "àÿ", "Āſ", "αω", "АЯ", "ая", "את", "ءي", "अह", "কহ", "กฮ", "ⴀⴥ", "ぁん", "ァヶ", "一鿿", "가힣",
           "ﬀﬆ", "ⅠⅫ", "①⑳", "٠٩", "०९", "\u0300\u036f", "\u2000\u206f", "←⇿", "∀⋿", "\U0001d400\U0001d4ff",
           "\U00010330\U0001034a", "\u3000\u303f", "！～"]
EMOJI = ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "🏳️‍🌈", "🤖", "🧑🏿‍🚀", "⚽", "1️⃣"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n ", "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff", "\x0b",
          "\x0c", "\x85", "\u2028"]
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>", "<file_sep>", "<|im_start", "im_end|>", "<s>"]
PIECES = ["don't", "I'LL", "we've", "it's", "'S", "...", "?!", "--", "==", "!=", "/*", "*/", "://", "e.g.", "a@b.org",
          "snake_case", "camelCase", "0x1F", "1.5e-3", "2024-11-24", "12,345", "½", "x²", "№7", "naïve", "Zürich"]


def word(r):
    first, last = map(ord, r.choice(SCRIPTS))
    return "".join(chr(r.randint(first, last)) for _ in range(r.randint(1, 9)))


def generated(r):
    kinds = [word, lambda r: r.choice(EMOJI), lambda r: r.choice(SPECIAL), lambda r: r.choice(PIECES),
             lambda r: str(r.randint(0, 10 ** r.randint(1, 12)))]
    weights = [6, 2, 1, 4, 2]
    parts = []
    for _ in range(r.randint(1, 12)):
        parts.append(r.choices(kinds, weights)[0](r))
        if r.random() < 0.8:
            parts.append(r.choice(SPACES) if r.random() < 0.4 else " ")
    return "".join(parts)


def lines():
    r = random.Random(20)
    reviews = []
    for name in ("train", "test"):
        with open(ROOT / f"data/reviews/{name}.jsonl", encoding="utf-8") as file:
            reviews += [json.loads(line)["text"] for line in file]
    code = []
    files = subprocess.run(["git", "ls-files", "*.java", "*.py", "*.md"], cwd=ROOT, check=True,
                           stdout=subprocess.PIPE, text=True).stdout.split()
    for file in files:
        code += [line for line in (ROOT / file).read_text(encoding="utf-8").split("\n") if line.strip()]
    code = r.sample(code, 4000)
    texts = reviews[:3000] + code
    return texts + [generated(r) for _ in range(LINES - len(texts))]


def ours(model, texts, *options):
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        command = [str(ROOT / "lora"), "tokenize", "--model", str(model), "--input", str(source),
                   "--output", str(result), "--json", *options]
        summary = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        with open(result, encoding="utf-8") as file:
            return [json.loads(line)["ids"] for line in file], json.loads(summary.splitlines()[-1])


def main():
    model = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf").resolve()
    texts = lines()
    assert len(texts) == LINES
    peer = AutoTokenizer.from_pretrained(model.parent, gguf_file=model.name)
    as_read = [peer.encode(text) for text in texts]
    peer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    wrong = 0
    tokens = 0
    for special in (True, False):
        expected = [peer.encode(text, add_special_tokens=special) for text in texts]
        changed = sum(a != b for a, b in zip(as_read, expected))
        ids, summary = ours(model, texts, *([] if special else ["--no-special-tokens"]))
        assert len(ids) == LINES
        tokens += summary["tokens"]
        for text, a, b in zip(texts, expected, ids):
            if a != b:
                wrong += 1
                if wrong <= 20:
                    print(f"differs: {text!r}\n  transformers {a}\n  lora4j       {b}", file=sys.stderr)
    print(json.dumps({"lines": LINES, "tokens": tokens, "different": wrong,
                      "different_in_transformers_without_digits": changed, "vocab_size": summary["vocab_size"],
                      "used_ids": len({i for line in ids for i in line})}))
    sys.exit(1 if wrong else 0)


main()
