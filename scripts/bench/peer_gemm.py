"""PyTorch's speed on the products and row operations that `./lora bench gemm` measures.

peer_gemm.py [--threads 2] [--seconds 1.0]: one JSON line for each figure, the best of all runs.
linear is y = x Wᵀ (F.linear), linear_backward is dx = dy W; gflops counts 2 rows in out.
"""
import argparse
import json

import torch
import torch.nn.functional as F
from timing import best

SHAPES = [(510, 768, 768), (510, 2048, 2048), (510, 2048, 5632), (126, 576, 1536), (510, 576, 1536)]


def report(**figures):
    print(json.dumps(figures), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each figure")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    common = {"peer": "torch " + torch.__version__.split("+")[0], "threads": args.threads}
    with torch.inference_mode():
        for rows, n_in, n_out in SHAPES:
            x, w, dy = torch.randn(rows, n_in), torch.randn(n_out, n_in), torch.randn(rows, n_out)
            products = {"linear": lambda: F.linear(x, w), "linear_backward": lambda: dy @ w}
            for op, function in products.items():
                t = best(function, args.seconds)
                report(**common, op=op, rows=rows, **{"in": n_in}, out=n_out, ms=round(t * 1e3, 4),
                       gflops=round(2 * rows * n_in * n_out / t / 1e9, 1))
        x, gamma, beta = torch.randn(512, 2048), torch.randn(2048), torch.randn(2048)
        row_ops = {
            "softmax": lambda: F.softmax(x, -1),
            "gelu": lambda: F.gelu(x),
            "layer_norm": lambda: F.layer_norm(x, (2048,), gamma, beta, 1e-12),
        }
        for op, function in row_ops.items():
            t = best(function, args.seconds)
            report(**common, op=op, rows=512, columns=2048, ms=round(t * 1e3, 4))


if __name__ == "__main__":
    main()
