"""The peer of a training on review chats: transformers with PEFT, padded batches of 8, one epoch.

peft_chats.py HF_DIR TRAIN.jsonl: prints one JSON line with the tokens per second that are no padding. HF_DIR holds
the model in float32, for example the dequantized SmolLM2. lora4j does the same with `./lora train --task causal-lm
--dtype packed --prompt-template ... --epochs 1`, whose `--json` line has `tokens_per_second`.
"""
import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

QUESTION = "Is the sentiment of this review positive or negative? Answer with one word.\n\n"
BATCH = 8


def main():
    folder, data = sys.argv[1:3]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    torch.manual_seed(0)
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-4)
    with open(data, encoding="utf-8") as lines:
        chats = [chat(tokenizer, json.loads(line)) for line in lines]
    model.train()
    start = time.perf_counter()
    for i in range(0, len(chats), BATCH):
        model(**padded(tokenizer, chats[i:i + BATCH])).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    tokens = sum(len(prompt) + len(answer) for prompt, answer in chats)
    print(json.dumps({"tokens_per_second": tokens / (time.perf_counter() - start), "examples": len(chats)}))


def chat(tokenizer, record):
    messages = [{"role": "user", "content": QUESTION + record["text"]}]
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, record["label"])]
    return ids[0], ids[1] + [tokenizer.eos_token_id]


def padded(tokenizer, chats):
    longest = max(len(prompt) + len(answer) for prompt, answer in chats)
    ids = torch.full((len(chats), longest), tokenizer.pad_token_id)
    labels = torch.full((len(chats), longest), -100)
    mask = torch.zeros((len(chats), longest), dtype=torch.long)
    for row, (prompt, answer) in enumerate(chats):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        labels[row, len(prompt):end] = torch.tensor(answer)
        mask[row, :end] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


if __name__ == "__main__":
    main()
