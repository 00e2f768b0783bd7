"""lora4j against bitsandbytes on NF4: packing and products, one after the other.

quant.py [--threads 2]: runs peer_quant.py and `./lora bench quant` in turn, and prints a Markdown
table. JAVA_HOME chooses the JDK.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    threads = str(parser.parse_args().threads)
    lines = subprocess.run([sys.executable, str(HERE / "peer_quant.py"), "--threads", threads],
                           check=True, stdout=subprocess.PIPE, text=True).stdout
    theirs = {}
    for line in lines.splitlines():
        f = json.loads(line)
        theirs[f["op"], f["rows"], f["out"]] = f["ms"]
    result = subprocess.run([str(ROOT / "lora"), "bench", "quant", "--threads", threads, "--json"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    about = json.loads(result.splitlines()[-1])
    mine = {(f["op"], f["rows"], f["out"]): f for f in about["figures"]}
    print(f"Java {about['java']}, {about['kernels']} kernels, {threads} threads\n")
    print("| operation | rows | out x in | lora4j ms | billion weights/s | against matmul_4bit |"
          " against Linear4bit | against our float32 |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for (op, rows, out), f in mine.items():
        if op == "float32":
            continue
        ms = f["ms"]
        if op == "quantize":
            ratios = [f"{theirs['quantize', 0, out] / ms:.1f} (quantize_4bit)", "", ""]
        else:
            forward = op == "nf4"
            ratios = [f"{theirs['matmul_4bit', rows, out] / ms:.2f}" if forward else "",
                      f"{theirs['linear4bit', rows, out] / ms:.2f}" if forward else "",
                      f"{mine['float32', rows, out]['ms'] / ms:.2f}"]
        print(f"| {op} | {rows or ''} | {out} x {f['in']} | {ms:.3f} | {f['gweights_per_second']} | "
              + " | ".join(ratios) + " |")


if __name__ == "__main__":
    main()
