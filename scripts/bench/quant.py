"""lora4j against bitsandbytes on NF4: packing and products, one after the other.

quant.py [--threads 2]: runs peer_quant.py and `./lora bench quant` in turn, and prints a Markdown
table. JAVA_HOME chooses the JDK.
"""
import argparse

from side_by_side import ours, peer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    theirs = {(f["op"], f["rows"], f["out"]): f["ms"] for f in peer("peer_quant.py", threads)}
    about = ours("quant", threads)
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
        elif op == "nf4_memory":
            ratios = ["", f"{theirs['linear4bit_memory', rows, out] / ms:.2f}", ""]
        elif op.endswith("_decode"):
            ratios = ["", "", ""]
        else:
            forward = op == "nf4"
            ratios = [f"{theirs['matmul_4bit', rows, out] / ms:.2f}" if forward else "",
                      f"{theirs['linear4bit', rows, out] / ms:.2f}" if forward else "",
                      f"{mine['float32', rows, out]['ms'] / ms:.2f}"]
        print(f"| {op} | {rows or ''} | {out} x {f['in']} | {ms:.3f} | {f['gweights_per_second']} | "
              + " | ".join(ratios) + " |")


if __name__ == "__main__":
    main()
