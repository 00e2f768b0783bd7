"""A language model against llama.cpp and PEFT: prefill, decoding, and LoRA training steps.

language_model.py FILE.gguf [--threads 2] [--what decode,train]: runs the peer and `./lora bench` one
after the other and prints one JSON line for each with the ratios. llama.cpp comes with
`pip install llama-cpp-python==0.3.36`; PEFT trains on the dequantized weights. JAVA_HOME chooses the
JDK.
"""
import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LORA = str(Path(__file__).resolve().parents[2] / "lora")
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def ours(name, args, *options):
    command = [LORA, "bench", name, "--model", args.model, "--threads", str(args.threads), "--json", *options]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(result.splitlines()[-1])


def peer(function, args):
    """In a process of its own: its threads and its memory are gone afterwards."""
    command = [sys.executable, __file__, args.model, "--threads", str(args.threads), "--peer", function]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(result.splitlines()[-1])


def llama_cpp(args):
    from llama_cpp import Llama

    model = Llama(args.model, n_ctx=1024, n_threads=args.threads, n_threads_batch=args.threads, n_batch=512,
                  n_ubatch=512, verbose=False)
    prefill = decode = 0
    for _ in range(5):
        model.reset()
        start = time.perf_counter()
        model.eval(list(range(1000, 1512)))
        prefill = max(prefill, 512 / (time.perf_counter() - start))
        start = time.perf_counter()
        for i in range(64):
            model.eval([1000 + i])
        decode = max(decode, 64 / (time.perf_counter() - start))
    return {"prefill_tokens_per_second": prefill, "decode_tokens_per_second": decode}


def peft(args):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(args.threads)
    file = Path(args.model)
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=MODULES, task_type="CAUSAL_LM"))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-4)
    x = torch.randint(3, 49000, (4, 128))
    model.train()
    best = float("inf")
    for _ in range(8):
        start = time.perf_counter()
        model(input_ids=x, labels=x).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        best = min(best, time.perf_counter() - start)
    return {"tokens_per_second": x.numel() / best,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def compare(args):
    """The peer, then ours over each form of the weights."""
    for what, name, function, forms in (("decode", "llama.cpp", "llama_cpp", ("packed", "auto")),
                                        ("train", "PEFT", "peft", ("packed", "float32"))):
        if what not in args.what:
            continue
        theirs = peer(function, args)
        print(json.dumps({"what": what, name: theirs}), flush=True)
        for form in forms:
            mine = ours(what, args, "--dtype", form)
            ratios = {key: round(mine[key] / theirs[key], 2) for key in theirs}
            print(json.dumps({"what": what, "dtype": form, "lora4j": mine, "ratios": ratios}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--what", default="decode,train")
    parser.add_argument("--peer", choices=["llama_cpp", "peft"])
    args = parser.parse_args()
    if args.peer:
        print(json.dumps(globals()[args.peer](args)))
    else:
        compare(args)


if __name__ == "__main__":
    main()
