"""bitsandbytes on what `./lora bench quant` measures: one JSON line for each figure, best of many.

matmul_4bit is the path that training takes, Linear4bit in eval mode the one for inference.
"""
import argparse
import json

import bitsandbytes as bnb
import torch
from bitsandbytes import functional as F
from timing import best

SHAPES = ((2048, 2048), (5632, 2048))
ROWS = (1, 2, 4, 8, 64, 512)


def figure(op, rows, out, columns, seconds):
    weights = out * columns
    print(json.dumps({"op": op, "rows": rows, "in": columns, "out": out, "ms": round(seconds * 1e3, 4),
                      "gweights_per_second": round(weights / seconds / 1e9, 3)}), flush=True)


def layer_of(w):
    layer = bnb.nn.Linear4bit(w.shape[1], w.shape[0], bias=False, quant_type="nf4", compute_dtype=torch.float32,
                              compress_statistics=False)
    layer.weight = bnb.nn.Params4bit(w.clone(), requires_grad=False, quant_type="nf4", compress_statistics=False)
    return layer.to("cpu").eval()


def from_memory(out, columns, many=40):
    """One row times so many matrices in turn that they do not fit a cache, per matrix."""
    layers = [layer_of(torch.rand(out, columns) - 0.5) for _ in range(many)]
    x = torch.rand(1, columns) - 0.5

    def all_in_turn():
        for layer in layers:
            layer(x)

    with torch.no_grad():
        figure("linear4bit_memory", 1, out, columns, best(all_in_turn, 1, least=3) / many)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    for out, columns in SHAPES:
        w = torch.rand(out, columns) - 0.5
        figure("quantize", 0, out, columns, best(lambda: F.quantize_4bit(w, blocksize=64, quant_type="nf4"), 2, least=3))
        packed, state = F.quantize_4bit(w, blocksize=64, quant_type="nf4")
        layer = layer_of(w)
        with torch.no_grad():
            for rows in ROWS:
                x = torch.rand(rows, columns) - 0.5
                figure("matmul_4bit", rows, out, columns,
                       best(lambda: bnb.matmul_4bit(x, packed.t(), quant_state=state), 1, least=3))
                figure("linear4bit", rows, out, columns, best(lambda: layer(x), 1, least=3))
                figure("float32", rows, out, columns, best(lambda: torch.nn.functional.linear(x, w), 1, least=3))
    from_memory(5632, 2048)


main()
