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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    for out, columns in SHAPES:
        w = torch.rand(out, columns) - 0.5
        figure("quantize", 0, out, columns, best(lambda: F.quantize_4bit(w, blocksize=64, quant_type="nf4"), 2, least=3))
        packed, state = F.quantize_4bit(w, blocksize=64, quant_type="nf4")
        layer = bnb.nn.Linear4bit(columns, out, bias=False, quant_type="nf4", compute_dtype=torch.float32)
        layer.weight = bnb.nn.Params4bit(w.clone(), requires_grad=False, quant_type="nf4")
        layer = layer.to("cpu").eval()
        with torch.no_grad():
            for rows in ROWS:
                x = torch.rand(rows, columns) - 0.5
                figure("matmul_4bit", rows, out, columns,
                       best(lambda: bnb.matmul_4bit(x, packed.t(), quant_state=state), 1, least=3))
                figure("linear4bit", rows, out, columns, best(lambda: layer(x), 1, least=3))
                figure("float32", rows, out, columns, best(lambda: torch.nn.functional.linear(x, w), 1, least=3))


main()
