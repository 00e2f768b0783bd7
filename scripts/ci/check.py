"""Assertions of the end-to-end checks; exits with status 1 and one line when one does not hold.

check.py json FILE [CONDITION ...]   one JSON object on one line; each condition is a
                                     field name (dots go deeper), FIELD OP NUMBER or FIELD OP FIELD
check.py same FILE FILE FIELD DELTA  a number of two JSON files, equal up to DELTA
check.py equal FILE FILE FIELD        a field of two JSON files, of any type
check.py less FILE FILE FIELD         a number that is smaller in the first JSON file
check.py parses FILE FIELD NAME ...   a text of a JSON file is itself JSON with these fields
check.py lines FILE N                a JSONL file of N records
check.py adapter DIR                 a PEFT adapter with its config
check.py predictions INPUT OUTPUT ADAPTER EVAL_JSON
                                     OUTPUT repeats INPUT with a label and a score of the adapter,
                                     as accurate as EVAL_JSON says
check.py answers INPUT OUTPUT ADAPTER EVAL_JSON
                                     OUTPUT repeats INPUT with a text of the adapter, the label of
                                     the input as often as EVAL_JSON says
check.py fails STATUS [WORD] -- COMMAND ...
                                     the command ends with STATUS, nothing on standard output and
                                     a message (that names WORD) without a stack trace
"""

import json
import operator
import pathlib
import struct
import subprocess
import sys

OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


def require(holds, message):
    if not holds:
        sys.exit(f"check failed: {message}")


def read_result(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    require(len(lines) == 1, f"{path} has {len(lines)} lines, expected one JSON object: {lines[:5]}")
    result = json.loads(lines[0])
    require(isinstance(result, dict), f"{path} is not a JSON object: {lines[0]}")
    return result


def read_jsonl(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def field(result, name):
    value = result
    for key in name.split("."):
        require(isinstance(value, dict) and key in value, f"no field {name} in {result}")
        value = value[key]
    return value


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def check_json(path, *conditions):
    result = read_result(path)
    print(json.dumps(result))
    for condition in conditions:
        name, *comparison = condition.split()
        value = field(result, name)
        if comparison:
            op, bound = comparison
            limit = number(bound) if number(bound) is not None else field(result, bound)
            require(OPERATORS[op](value, limit), f"{condition}, but it is {value}")


def check_same(first, second, name, delta):
    a, b = field(read_result(first), name), field(read_result(second), name)
    require(abs(a - b) <= float(delta), f"{name} is {a} in {first} and {b} in {second}")


def check_equal(first, second, name):
    a, b = field(read_result(first), name), field(read_result(second), name)
    require(a == b, f"{name} is {a} in {first} and {b} in {second}")


def check_less(first, second, name):
    a, b = field(read_result(first), name), field(read_result(second), name)
    require(a < b, f"{name} is {a} in {first} and {b} in {second}")


def check_parses(path, name, *names):
    inner = json.loads(field(read_result(path), name))
    for key in names:
        require(key in inner, f"no field {key} in {inner}")


def check_lines(path, count):
    records = read_jsonl(path)
    require(len(records) == int(count), f"{path} has {len(records)} records, expected {count}")


def check_adapter(folder):
    folder = pathlib.Path(folder)
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    require(config.get("peft_type") == "LORA", f"peft_type is {config.get('peft_type')}")
    with open(folder / "adapter_model.safetensors", "rb") as weights:
        (length,) = struct.unpack("<Q", weights.read(8))
        names = [n for n in json.loads(weights.read(length)) if n != "__metadata__"]
    a = {n.removesuffix(".lora_A.weight") for n in names if n.endswith(".lora_A.weight")}
    b = {n.removesuffix(".lora_B.weight") for n in names if n.endswith(".lora_B.weight")}
    require(a and a == b, f"lora_A and lora_B do not pair up: {sorted(names)}")


def read_rewritten(inputs, outputs):
    expected, predicted = read_jsonl(inputs), read_jsonl(outputs)
    require(len(expected) == len(predicted), f"{len(predicted)} of {len(expected)} predictions")
    for number, (before, after) in enumerate(zip(expected, predicted), start=1):
        kept = {key: after.get(key) for key in before}
        require(kept == before, f"line {number}: {before} became {after}")
    return list(zip(expected, predicted))


def check_predictions(inputs, outputs, adapter, evaluation):
    records = read_rewritten(inputs, outputs)
    right = 0
    for number, (before, after) in enumerate(records, start=1):
        answer = field(after, adapter)
        require(0 <= field(answer, "score") <= 1, f"line {number}: score {answer['score']}")
        right += field(answer, "label") == before["label"]
    accuracy, reported = right / len(records), field(read_result(evaluation), "accuracy")
    require(abs(accuracy - reported) < 1e-9, f"predictions {accuracy}, evaluation {reported}")


def check_answers(inputs, outputs, adapter, evaluation):
    records = read_rewritten(inputs, outputs)
    right = sum(after[adapter].strip().lower() == before["label"] for before, after in records)
    share, reported = right / len(records), field(read_result(evaluation), "exact_match")
    require(abs(share - reported) < 1e-9, f"answers {share}, evaluation {reported}")


def check_fails(status, *rest):
    split = rest.index("--")
    words, command = rest[:split], rest[split + 1 :]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    said = done.stderr.strip()
    require(done.returncode == int(status), f"{command} ended with {done.returncode}: {said}")
    require(not done.stdout, f"{command} printed {done.stdout}")
    require(said and "\tat " not in done.stderr, f"{command} said: {said}")
    for word in words:
        require(word in said, f"{command} does not name {word}: {said}")
    print(f"status {status}: {said.splitlines()[-1]}")


CHECKS = {
    "json": check_json,
    "same": check_same,
    "equal": check_equal,
    "less": check_less,
    "parses": check_parses,
    "lines": check_lines,
    "adapter": check_adapter,
    "predictions": check_predictions,
    "answers": check_answers,
    "fails": check_fails,
}

if __name__ == "__main__":
    CHECKS[sys.argv[1]](*sys.argv[2:])
