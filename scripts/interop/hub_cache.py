"""The download cache, shared with huggingface_hub in both directions, without the internet.

A hub of one tiny model (golden/bert-tiny with a tokenizer) is served on this machine, its weights from
a second address. Exits with 1 unless
  - snapshot_download(local_files_only=True) finds what `./lora quantize --model acme/tiny` downloaded,
    with the same contents, scan_cache_dir finds no fault with it, and files that the model lacks are known;
  - `./lora` finds what snapshot_download downloaded: offline, and online without fetching a file again.
It prints what it compared, one JSON line for each direction. JAVA_HOME chooses the JDK.
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ID, COMMIT = "acme/tiny", "0123456789abcdef0123456789abcdef01234567"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad"]
TOKENIZER = {
    "version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None, "decoder": None,
    "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {w: i for i, w in enumerate(WORDS)}},
}


def files():
    golden = ROOT / "lora-models/src/test/resources/golden/bert-tiny"
    found = {name: (golden / name).read_bytes() for name in ("config.json", "model.safetensors")}
    return found | {"tokenizer.json": json.dumps(TOKENIZER).encode(), "README.md": b"# tiny\n"}


FILES = files()
REQUESTS = []


def etag(name):
    content = FILES[name]
    if name.endswith(".safetensors"):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def tree_entry(name):
    entry = {"type": "file", "path": name, "size": len(FILES[name]), "oid": etag(name)}
    if name.endswith(".safetensors"):
        entry["lfs"] = {"oid": etag(name), "size": len(FILES[name]), "pointerSize": 134}
    return entry


class Hub(BaseHTTPRequestHandler):
    def do_GET(self):
        if ID in self.path or "/storage/" in self.path:
            REQUESTS.append(f"{self.command} {self.path}")
        path = self.path.split("?")[0]
        if path.startswith("/storage/"):
            return self.answer(FILES[path.removeprefix("/storage/")], {})
        if path.startswith(f"/api/models/{ID}/tree/"):
            return self.answer(json.dumps([tree_entry(n) for n in FILES]).encode(), {})
        if path in (f"/api/models/{ID}/revision/{r}" for r in ("main", COMMIT)):
            siblings = [{"rfilename": n} for n in FILES]
            return self.answer(json.dumps({"id": ID, "sha": COMMIT, "siblings": siblings}).encode(), {})
        name = path.split("/", 5)[-1]
        if not path.startswith(f"/{ID}/resolve/") or name not in FILES:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if name.endswith(".safetensors"):
            self.send_response(302)
            for header in (("X-Repo-Commit", COMMIT), ("X-Linked-Etag", f'"{etag(name)}"'),
                           ("X-Linked-Size", str(len(FILES[name]))), ("Content-Length", "0"),
                           ("Location", f"http://localhost:{self.server.server_port}/storage/{name}")):
                self.send_header(*header)
            return self.end_headers()
        return self.answer(FILES[name], {"X-Repo-Commit": COMMIT, "ETag": f'"{etag(name)}"'})

    do_HEAD = do_GET

    def answer(self, content, headers):
        self.send_response(200)
        for header in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(*header)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *args):
        pass


def require(condition, message):
    if not condition:
        raise SystemExit("differs: " + message)


def lora(cache, out, **variables):
    command = [str(ROOT / "lora"), "quantize", "--model", ID, "--type", "nf4", "--out", str(out), "--json"]
    done = subprocess.run(command, text=True, capture_output=True,
                          env={**os.environ, "HF_HUB_CACHE": str(cache), **variables})
    require(done.returncode == 0, done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def ours_read_by_theirs(cache, out):
    from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache
    from huggingface_hub.file_download import _CACHED_NO_EXIST

    lora(cache, out)
    del REQUESTS[:]
    folder = Path(snapshot_download(ID, cache_dir=cache, local_files_only=True))
    names = sorted(f.name for f in folder.iterdir())
    require(names == ["config.json", "model.safetensors", "tokenizer.json"], str(names))
    for name in names:
        require((folder / name).read_bytes() == FILES[name], name)
        path = hf_hub_download(ID, name, cache_dir=cache, local_files_only=True)
        require(Path(path) == folder / name, path)
    none = try_to_load_from_cache(ID, "chat_template.jinja", cache_dir=cache)
    require(none is _CACHED_NO_EXIST, str(none))
    require(not REQUESTS, str(REQUESTS))
    scan = scan_cache_dir(cache)
    require(not scan.warnings and len(scan.repos) == 1, str(scan))
    (repo,) = scan.repos
    require(repo.size_on_disk == sum(len(FILES[n]) for n in names), str(repo))
    require(repo.refs["main"].commit_hash == COMMIT, str(repo.refs))
    # Online it fetches what we did not need, and nothing else.
    snapshot_download(ID, cache_dir=cache)
    fetched = [r for r in REQUESTS if r.startswith("GET") and "/api/" not in r]
    require(all("README.md" in r for r in fetched), str(fetched))
    return {"ours": names, "bytes": repo.size_on_disk}


def theirs_read_by_ours(cache, out):
    from huggingface_hub import snapshot_download

    folder = snapshot_download(ID, cache_dir=cache)
    del REQUESTS[:]
    offline = lora(cache, out / "offline", HF_HUB_OFFLINE="1")
    require(not REQUESTS, str(REQUESTS))
    online = lora(cache, out / "online")
    require(REQUESTS == [f"GET /api/models/{ID}/revision/main"], str(REQUESTS))
    require(offline["quantized_tensors"] == online["quantized_tensors"] > 0, str(offline))
    return {"theirs": sorted(f.name for f in Path(folder).iterdir()), "requests": REQUESTS}


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    os.environ["HF_HUB_DISABLE_XET"] = os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    for variable in ("HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        os.environ.pop(variable, None)
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        os.environ["HF_HOME"] = str(folder / "home")
        print(json.dumps(ours_read_by_theirs(folder / "a", folder / "out")))
        print(json.dumps(theirs_read_by_ours(folder / "b", folder / "two")))
