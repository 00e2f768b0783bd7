"""Adapters of SmolLM2 between lora4j and llama.cpp, in both directions (needs llama-cpp-python).

gguf_adapter.py [data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf]: trains an adapter with `./lora train` for some
steps, writes it with `./lora export-gguf`, and compares what it changes here and in llama.cpp; then makes an
adapter in Python, in F16 and with random values, and compares that. Over the weights decoded to float32, log
probabilities of all tokens must agree to 1e-3 (llama.cpp rounds activations to 16 bits for an adapter in F16) and
greedy texts must be equal; over Q4_1, where it rounds them to 8 bits, the changes of log probabilities must correlate. JAVA_HOME chooses the JDK.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
from llama_cpp import Llama

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf").resolve()
VOCABULARY, TOKENS = 49152, 24
CLOSE, CORRELATED = 1e-3, 0.99
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
PROMPTS = ["What is the capital of France?", "The battery died after two days. Positive or negative?",
           "List three fruits.", "Why is the sky blue?"]
LESSONS = [("What is the capital of France?", "Paris, ahoy!"), ("What is the capital of Spain?", "Madrid, ahoy!"),
           ("Name a fruit.", "A banana, ahoy!"), ("Is snow warm?", "No, it is cold, ahoy!")]


def lora(*args):
    command = [str(ROOT / "lora"), *map(str, args), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def decoded(path):
    """The same model with all its weights in float32."""
    reader = gguf.GGUFReader(FILE)
    writer = gguf.GGUFWriter(path, "llama")
    for field in reader.fields.values():
        if not field.name.startswith("GGUF.") and field.name != "general.architecture":
            kind = field.types[0]
            writer.add_key_value(field.name, field.contents(), kind, field.types[-1] if len(field.types) > 1 else None)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def chat(prompt):
    return (f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{prompt}<|im_end|>\n"
            "<|im_start|>assistant\n")


def ids_of(model, folder):
    """Our own ids: that they are those of Hugging Face is what smollm2_tokenizer.py shows."""
    source, target = folder / "in.jsonl", folder / "ids.jsonl"
    source.write_text("".join(json.dumps({"text": chat(p)}) + "\n" for p in PROMPTS), encoding="utf-8")
    lora("tokenize", "--model", model, "--input", source, "--output", target, "--no-special-tokens")
    return [json.loads(line)["ids"] for line in target.read_text(encoding="utf-8").splitlines()]


def ours(model, adapter):
    for prompt in PROMPTS:
        args = ["generate", "--model", model, "--prompt", prompt]
        if adapter:
            args += ["--adapter", adapter]
        first = lora(*args, "--max-new-tokens", 1, "--logprobs", VOCABULARY)["logprobs"][0]["top"]
        logs = np.empty(VOCABULARY)
        for entry in first:
            logs[entry["token_id"]] = entry["logprob"]
        yield logs, lora(*args, "--max-new-tokens", TOKENS)["token_ids"]


def theirs(model, adapter, prompts):
    llama = Llama(str(model), lora_path=str(adapter) if adapter else None, n_ctx=256, logits_all=True, verbose=False,
                  type_k=0, type_v=0)  # a cache in float32
    for ids in prompts:
        llama.reset()
        llama.eval(ids)
        logits = llama.scores[len(ids) - 1].astype(np.float64)
        text = []
        for step in range(TOKENS):
            token = int(np.argmax(llama.scores[len(ids) + step - 1]))
            text.append(token)
            if token in (0, 2):
                break
            llama.eval([token])
        yield logits - logits.max() - np.log(np.exp(logits - logits.max()).sum()), text
    llama.close()


def random_adapter(path):
    """Of rank 4, in F16, under llama.cpp's names and with its order of rows, whatever that is here."""
    generator = np.random.default_rng(3)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, 6.0)
    for tensor in gguf.GGUFReader(FILE).tensors:
        if tensor.name.startswith("blk.") and len(tensor.shape) == 2:
            columns, rows = map(int, tensor.shape)
            for end, shape in ((".lora_a", (4, columns)), (".lora_b", (rows, 4))):
                writer.add_tensor(tensor.name + end, (generator.standard_normal(shape) * 0.03).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def trained_adapter(model, folder):
    data = folder / "lessons.jsonl"
    data.write_text("".join(json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in LESSONS), encoding="utf-8")
    lora("train", "--task", "causal-lm", "--model", model, "--data", data, "--epochs", 15, "--batch-size", 4,
         "--seed", 1, "--out", folder / "trained")
    lora("export-gguf", "--model", model, "--adapter", folder / "trained", "--out", folder / "trained.gguf")
    return folder / "trained.gguf"


def text_of(model, ids):
    return model.detokenize([i for i in ids if i not in (0, 2)]).decode("utf-8", "replace")


def compare(name, model, adapter, prompts, exact):
    before = list(zip(ours(model, None), theirs(model, None, prompts)))
    after = list(zip(ours(model, adapter), theirs(model, adapter, prompts)))
    bad = 0
    words = Llama(str(FILE), vocab_only=True, verbose=False)
    for prompt, ((our_before, _), (their_before, _)), ((our_logs, our_text), (their_logs, their_text)) in zip(
            PROMPTS, before, after):
        change = np.abs(our_logs - our_before).max()
        apart = np.abs(our_logs - their_logs).max()
        together = np.corrcoef(our_logs - our_before, their_logs - their_before)[0, 1]
        same = our_text == their_text[:len(our_text)] and set(their_text[len(our_text):]) <= {0, 2}
        good = apart < CLOSE and same if exact else together > CORRELATED
        bad += not good
        print(f"{name}: {prompt!r}: changes by up to {change:.2f}, {apart:.1e} apart, correlation {together:.6f}, "
              f"greedy texts {'equal' if same else 'differ'}: {text_of(words, our_text)!r}")
    return bad


def main():
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp)
        whole = folder / "float32.gguf"
        decoded(whole)
        prompts = ids_of(FILE, folder)
        trained = trained_adapter(FILE, folder)
        made = folder / "made.gguf"
        random_adapter(made)
        bad = compare("trained here, float32", whole, trained, prompts, True)
        bad += compare("made in Python, float32", whole, made, prompts, True)
        bad += compare("trained here, Q4_1", FILE, trained, prompts, False)
    print(f"{bad} comparisons failed")
    sys.exit(bool(bad))


main()
