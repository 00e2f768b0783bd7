#!/usr/bin/env bash
# End-to-end checks on real texts with the JDK of JAVA_HOME. LORA_VECTOR=off: without the Vector API.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check=(python3 scripts/ci/check.py)
train=data/reviews/train.jsonl
test=data/reviews/test.jsonl
"${check[@]}" lines "$train" 2400
"${check[@]}" lines "$test" 600
epochs=2 least=0.90
# On ND4J or plain Java the same steps take longer: fewer sentences, one epoch, and no demo.
if [ "${LORA_VECTOR:-on}" = off ]; then
  epochs=1 least=0.85
  head -n 1200 "$train" >"$work/train.jsonl"
  head -n 300 "$test" >"$work/test.jsonl"
  train=$work/train.jsonl test=$work/test.jsonl
fi

if [ "${LORA_VECTOR:-on}" != off ]; then
  echo "--- demo: two adapters on the bundled reviews"
  ./lora demo --json >"$work/demo.json"
  "${check[@]}" json "$work/demo.json" \
    "sentiment.after > sentiment.before" "sentiment.after >= 0.85" \
    "aspect.after > aspect.before" "aspect.after >= 0.75" "seconds <= 180"
fi

echo "--- train: sentiment of real sentences, tested on others"
./lora train --model minilm --task classify --data "$train" --eval "$test" --seed 1 --epochs "$epochs" \
  --out "$work/sentiment" --json >"$work/train.json"
"${check[@]}" json "$work/train.json" \
  "accuracy >= $least" "loss > 0" "samples_per_second > 0" "peak_rss_mb > 0" "seconds > 0" adapter
"${check[@]}" adapter "$work/sentiment"

echo "--- eval: the saved adapter scores what training reported"
./lora eval --model minilm --adapter "$work/sentiment" --data "$test" --json >"$work/eval.json"
"${check[@]}" json "$work/eval.json" \
  "accuracy >= $least" "loss > 0" "samples_per_second > 0" "peak_rss_mb > 0" "seconds > 0" adapter
"${check[@]}" same "$work/train.json" "$work/eval.json" accuracy 1e-9

echo "--- predict: one line for each text, as accurate as eval says"
./lora predict --model minilm --adapter sentiment="$work/sentiment" \
  --input "$test" --output "$work/predictions.jsonl" --json >"$work/predict.json"
"${check[@]}" json "$work/predict.json"
"${check[@]}" predictions "$test" "$work/predictions.jsonl" sentiment "$work/eval.json"

echo "--- QLoRA: the base in 4 bits, loaded so and written so; the adapter works over float32 too"
head -n 800 "$train" >"$work/part.jsonl"
./lora quantize --model minilm --type nf4 --double-quant --out "$work/minilm-nf4" --json >"$work/quantize.json"
"${check[@]}" json "$work/quantize.json" "bits_per_weight < 4.2" "quantized_tensors >= 36" "peak_rss_mb < 1000"
./lora train --model minilm --quantize nf4 --task classify --data "$work/part.jsonl" --eval "$test" \
  --seed 1 --epochs 1 --out "$work/qlora" --json >"$work/qlora.json"
"${check[@]}" json "$work/qlora.json" "accuracy >= 0.85" "loss > 0"
./lora eval --model minilm --quantize nf4 --adapter "$work/qlora" --data "$test" --json >"$work/qlora-eval.json"
"${check[@]}" same "$work/qlora.json" "$work/qlora-eval.json" accuracy 1e-9
./lora eval --model minilm --adapter "$work/qlora" --data "$test" --json >"$work/qlora-float.json"
"${check[@]}" json "$work/qlora-float.json" "accuracy >= 0.85"

echo "--- the base in 16 bits: the adapter of float32 works over it"
./lora eval --model minilm --dtype bfloat16 --adapter "$work/sentiment" --data "$test" --json >"$work/bf16.json"
"${check[@]}" same "$work/train.json" "$work/bf16.json" accuracy 0.01

echo "--- memory: a training keeps to its budget, and says at once when it cannot"
./lora train --model minilm --task classify --data "$work/part.jsonl" --epochs 1 --memory-budget 520m \
  --out "$work/budget" --json >"$work/budget.json"
"${check[@]}" json "$work/budget.json" "peak_rss_mb <= 520" \
  "memory.estimate.activations > 0" "memory.used.activations > 0" \
  "memory.estimate.total <= memory.budget" "memory.used.total <= memory.budget"
"${check[@]}" fails 1 "it fits with --" -- ./lora train --model minilm \
  --task classify --data "$work/part.jsonl" --memory-budget 350m --out "$work/too-large"
[ ! -e "$work/too-large" ] || { echo "a refused training left $work/too-large" >&2; exit 1; }

echo "--- the same seed gives the same bytes"
head -n 200 "$train" >"$work/some.jsonl"
for run in first second; do
  ./lora train --model minilm --task classify --data "$work/some.jsonl" --epochs 1 --seed 5 \
    --out "$work/$run" --json >"$work/$run.json"
done
cmp "$work/first/adapter_model.safetensors" "$work/second/adapter_model.safetensors"

echo "--- wrong usage and bad input"
: >"$work/empty.jsonl"
printf '{"text": "good"}\n' >"$work/unlabelled.jsonl"
head -c 100 "$work/first/adapter_model.safetensors" >"$work/second/adapter_model.safetensors"
"${check[@]}" fails 2 -- ./lora train --no-such-option
"${check[@]}" fails 2 -- ./lora no-such-command
"${check[@]}" fails 1 empty.jsonl -- ./lora train --model minilm --task classify \
  --data "$work/empty.jsonl" --out "$work/none"
"${check[@]}" fails 1 label -- ./lora train --model minilm --task classify \
  --data "$work/unlabelled.jsonl" --out "$work/none"
"${check[@]}" fails 1 adapter_model.safetensors -- ./lora eval --model minilm \
  --adapter "$work/second" --data "$test"
[ ! -e "$work/none" ] || { echo "a failed training left $work/none" >&2; exit 1; }
