"""lora4j against PyTorch on the same matrix products and row operations, one after the other.

gemm.py [--threads 2] [--rounds 2]: runs peer_gemm.py and `./lora bench gemm` in turn, keeps the best
of each, and prints a Markdown table with the ratios and their geometric means.
JAVA_HOME chooses the JDK.
"""
import argparse
import math

from side_by_side import ours, peer


def key(figure):
    return (figure["op"], figure["rows"], figure.get("in", figure.get("columns")), figure.get("out"))


def keep_best(best, figures):
    for figure in figures:
        old = best.get(key(figure))
        if old is None or figure["ms"] < old["ms"]:
            best[key(figure)] = figure


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    theirs, mine, about = {}, {}, {}
    for _ in range(args.rounds):
        keep_best(theirs, peer("peer_gemm.py", args.threads))
        about = ours("gemm", args.threads)
        keep_best(mine, about["figures"])
    print(f"Java {about['java']}, {about['kernels']} kernels, {args.threads} threads\n")
    print("| operation | rows, in, out | PyTorch ms | lora4j ms | lora4j GFLOPS | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    ratios = {}
    for k, figure in mine.items():
        ratio = theirs[k]["ms"] / figure["ms"]
        ratios.setdefault(k[0], []).append(ratio)
        sizes = ", ".join(str(size) for size in k[1:] if size)
        print(f"| {k[0]} | {sizes} | {theirs[k]['ms']:.3f} | {figure['ms']:.3f} |"
              f" {figure.get('gflops', '')} | {ratio:.2f} |")
    print()
    for op, values in ratios.items():
        mean = math.exp(sum(map(math.log, values)) / len(values))
        print(f"{op}: {mean:.2f} times PyTorch's speed (geometric mean)")
    forward = [mine[k]["ms"] for k in mine if k[0] == "linear"]
    backward = [mine[k]["ms"] for k in mine if k[0] == "linear_backward"]
    logs = [math.log(f / b) for f, b in zip(forward, backward)]
    print(f"backward: {math.exp(sum(logs) / len(logs)):.2f} of forward's speed (geometric mean)")


if __name__ == "__main__":
    main()
