"""lora4j against PEFT when MiniLM serves adapters, one after the other.

adapters.py [--threads 2]: runs peer_adapters.py and `./lora bench adapters` in turn, and prints a Markdown table.
JAVA_HOME chooses the JDK.
"""
import argparse

from side_by_side import ours, peer

ROWS = [
    ("choosing an adapter, µs", "microseconds_to_choose", 2),
    ("32 texts with one adapter, texts/s", "texts_per_second_one_adapter", 0),
    ("32 texts with eight adapters in one batch, texts/s", "texts_per_second_eight_adapters", 0),
    ("the second against the first", "eight_adapters_to_one", 2),
    ("time with an adapter, against merged weights", "unmerged_to_merged_time", 3),
    ("1,000 adapters with room for 100, against one adapter", "zipf_to_one", 2),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    theirs = peer("peer_adapters.py", threads)[0]
    mine = ours("adapters", threads)
    print(f"Java {mine['java']}, {threads} threads\n")
    print("| what | PEFT | lora4j |")
    print("| --- | --- | --- |")
    for what, key, digits in ROWS:
        cell = lambda figures: f"{figures[key]:,.{digits}f}" if key in figures else ""
        print(f"| {what} | {cell(theirs)} | {cell(mine)} |")


if __name__ == "__main__":
    main()
