#!/usr/bin/env bash
# End-to-end checks of a real language model with the JDK of JAVA_HOME. LORA_VECTOR=off: without the
# Vector API.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check=(python3 scripts/ci/check.py)
model=data/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
# On ND4J or plain Java the same steps take longer: fewer examples.
train=120 test=40
if [ "${LORA_VECTOR:-on}" = off ]; then
  train=16 test=8
fi
ask=$'Is the sentiment of this review positive or negative? Answer with one word.\n\n{text}'

echo "--- generate: an answer, as tokens and as text"
./lora generate --model "$model" --prompt "What is the capital of France?" --max-new-tokens 20 --json \
  >"$work/answer.json"
"${check[@]}" json "$work/answer.json" text token_ids "prompt_tokens == 37" "generated_tokens >= 5" \
  "prefill_tokens_per_second > 0" "decode_tokens_per_second > 0" "peak_rss_mb < 1500"
grep -q Paris "$work/answer.json"

echo "--- generate: the same seed draws the same text, and a schema holds"
for run in first second; do
  ./lora generate --model "$model" --prompt "Tell me about rivers." --temperature 0.8 --top-p 0.9 --seed 7 \
    --max-new-tokens 12 --json >"$work/$run.json"
done
"${check[@]}" equal "$work/first.json" "$work/second.json" token_ids
cat >"$work/schema.json" <<'JSON'
{"type": "object",
 "properties": {"sentiment": {"enum": ["positive", "negative"]},
                "aspects": {"type": "array", "items": {"type": "string", "maxLength": 16}, "maxItems": 2}},
 "required": ["sentiment", "aspects"], "additionalProperties": false}
JSON
./lora generate --model "$model" --prompt "The battery died after two days. Describe it as JSON." \
  --json-schema "$work/schema.json" --max-new-tokens 40 --json >"$work/schema-answer.json"
"${check[@]}" parses "$work/schema-answer.json" text sentiment aspects

echo "--- train: answers to questions about reviews, compared with those of the model by itself"
head -n "$train" data/reviews/train.jsonl >"$work/train.jsonl"
head -n "$test" data/reviews/test.jsonl >"$work/test.jsonl"
./lora eval --model "$model" --data "$work/test.jsonl" --prompt-template "$ask" --max-new-tokens 3 --json \
  >"$work/before.json"
"${check[@]}" json "$work/before.json" "loss > 0" "perplexity > 1" exact_match starts_with
./lora train --model "$model" --task causal-lm --data "$work/train.jsonl" --eval "$work/test.jsonl" \
  --prompt-template "$ask" --epochs 1 --seed 1 --out "$work/answers" --json >"$work/train.json"
"${check[@]}" json "$work/train.json" "loss > 0" "tokens_per_second > 0" "peak_rss_mb > 0" adapter
"${check[@]}" adapter "$work/answers"
./lora eval --model "$model" --adapter "$work/answers" --data "$work/test.jsonl" --max-new-tokens 3 --json \
  >"$work/after.json"
"${check[@]}" same "$work/train.json" "$work/after.json" loss 1e-6
"${check[@]}" less "$work/after.json" "$work/before.json" loss
if [ "${LORA_VECTOR:-on}" != off ]; then
  "${check[@]}" less "$work/before.json" "$work/after.json" starts_with
  "${check[@]}" json "$work/after.json" "starts_with >= 0.6"
fi

echo "--- a memory budget is kept, and one that is too small ends the training before it begins"
./lora train --model "$model" --task causal-lm --data "$work/test.jsonl" --prompt-template "$ask" --epochs 1 \
  --batch-size 2 --checkpoint-activations --memory-budget 700m --out "$work/budget" --json >"$work/budget.json"
"${check[@]}" json "$work/budget.json" "peak_rss_mb < 700" memory
"${check[@]}" fails 1 "too small" -- ./lora train --model "$model" --task causal-lm \
  --data "$work/test.jsonl" --prompt-template "$ask" --memory-budget 300m --out "$work/none"
[ ! -e "$work/none" ] || { echo "a training beyond its budget left $work/none" >&2; exit 1; }

echo "--- predict: an answer for each text, as often the expected one as eval says"
./lora predict --model "$model" --adapter mood="$work/answers" --input "$work/test.jsonl" \
  --output "$work/answers.jsonl" --max-new-tokens 3 --json >"$work/predict.json"
"${check[@]}" json "$work/predict.json" "texts == $test" "generated_tokens > 0" samples_per_second weights
"${check[@]}" answers "$work/test.jsonl" "$work/answers.jsonl" mood "$work/after.json"

echo "--- quantize: the model in 4 bits still answers"
./lora quantize --model "$model" --type nf4 --double-quant --out "$work/nf4" --json >"$work/quantize.json"
"${check[@]}" json "$work/quantize.json" "bits_per_weight < 4.2" "quantized_tensors == 210" "peak_rss_mb < 1000"
./lora generate --model "$work/nf4" --prompt "What is the capital of France?" --max-new-tokens 12 --json \
  >"$work/nf4.json"
grep -q Paris "$work/nf4.json"

echo "--- wrong usage and bad input"
head -c 1000000 "$model" >"$work/cut.gguf"
"${check[@]}" fails 1 cut.gguf -- ./lora generate --model "$work/cut.gguf" --prompt x
"${check[@]}" fails 2 decoder -- ./lora generate --model minilm --prompt x
"${check[@]}" fails 2 top_p -- ./lora generate --model "$model" --prompt x --top-p 2
"${check[@]}" fails 1 "prompt template" -- ./lora train --model "$model" --task causal-lm \
  --data "$work/train.jsonl" --out "$work/none"
[ ! -e "$work/none" ] || { echo "a failed training left $work/none" >&2; exit 1; }
