"""Greedy texts of SmolLM2 against transformers: 20 prompts, 64 tokens each, on the same decoded weights.

smollm2_generate.py [data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf]: transformers dequantizes the GGUF file
to float32, `./lora generate --dtype float32` does the same. A first difference is accepted only where the
two best logits of transformers are within 1e-3. JAVA_HOME chooses the JDK.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
TOKENS = 64
CLOSE = 1e-3
PROMPTS = [
    "What is the capital of France?", "Write a haiku about the sea.", "Explain LoRA in one sentence.",
    "List three fruits.", "Is 17 a prime number?", "Translate 'good morning' to Spanish.",
    "The battery died after two days. Is that positive or negative?", "Who wrote Hamlet?",
    "def fibonacci(n):", "Summarize: The cat sat on the mat and slept.", "What is 12 times 12?",
    "Tell me a joke.", "Why is the sky blue?", "Name a planet with rings.", "How do I boil an egg?",
    "Give me a synonym of happy.", "¿Cómo estás?", "Write one line about 🌊 and 🌙.",
    "  Odd   spaces\n\nand lines.", "What should I wear when it rains?",
]


def ours(prompt):
    command = [str(ROOT / "lora"), "generate", "--model", str(FILE), "--dtype", "float32", "--prompt", prompt,
               "--max-new-tokens", str(TOKENS), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    return result["token_ids"], result["prompt_tokens"]


def main():
    model = AutoModelForCausalLM.from_pretrained(FILE.parent, gguf_file=FILE.name, dtype=torch.float32).eval()
    different = 0
    for prompt in PROMPTS:
        mine, count = ours(prompt)
        ids = chat_ids(prompt)
        assert len(ids) == count, f"{prompt!r} has {len(ids)} tokens, generate says {count}"
        state = torch.tensor([ids])
        for step, token in enumerate([*mine, None]):
            if step == TOKENS:
                break
            with torch.no_grad():
                best = model(input_ids=state).logits[0, -1].topk(2)
            expected = best.indices[0].item()
            if token is None and expected in (0, 2):
                break
            if token != expected:
                margin = (best.values[0] - best.values[1]).item()
                accepted = margin < CLOSE
                print(f"{prompt!r}, token {step}: {token}, transformers {expected}, margin {margin:.1e}"
                      f"{' (accepted)' if accepted else ''}")
                different += not accepted
                break
            state = torch.cat([state, torch.tensor([[token]])], 1)
    print(f"{len(PROMPTS)} prompts, {different} differ")
    sys.exit(bool(different))


def chat_ids(prompt):
    """Our own ids of the prompt: that they are those of Hugging Face is what smollm2_tokenizer.py shows."""
    system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    text = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        source.write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
        subprocess.run([str(ROOT / "lora"), "tokenize", "--model", str(FILE), "--input", str(source),
                        "--output", str(target), "--no-special-tokens"], check=True, capture_output=True)
        return json.loads(target.read_text(encoding="utf-8"))["ids"]


if __name__ == "__main__":
    main()
