package io.github.lora4j.models.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A hub with one model, and a second server as the storage of its large files. */
final class FakeHub implements AutoCloseable {
  static final String ID = "acme/tiny";
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final String TOKEN = "hf_secret";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer hub = server();
  private final HttpServer storage = server();
  private final Map<String, byte[]> files = new TreeMap<>();

  /** Method, path, range and token of every request, those to the storage with {@code storage}. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** Connections to the storage that end early, after half of what is left. */
  final AtomicInteger drops = new AtomicInteger();

  /** Answers of 503 that come first. */
  final AtomicInteger busy = new AtomicInteger();

  /** Files of which a wrong byte is sent. */
  final Map<String, Boolean> corrupt = new ConcurrentHashMap<>();

  /** The token without which nothing is answered. */
  volatile String requiredToken;

  /** Names that are listed beside the files. */
  final List<String> listed = new CopyOnWriteArrayList<>();

  volatile boolean gated;
  volatile boolean ignoresRanges;
  volatile boolean hangs;

  FakeHub() throws IOException {
    hub.createContext("/", exchange -> answer(exchange, this::hub));
    storage.createContext("/", exchange -> answer(exchange, this::storage));
    hub.start();
    storage.start();
  }

  private interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  private HttpServer server() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    return server;
  }

  FakeHub with(String name, byte[] content) {
    files.put(name, content);
    return this;
  }

  FakeHub with(String name, String content) {
    return with(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** A checkpoint whose weights are this large. */
  FakeHub withCheckpoint(int weights) {
    byte[] content = new byte[weights];
    for (int i = 0; i < weights; i++) {
      content[i] = (byte) (i * 31 + i / 251);
    }
    return with("config.json", "{\"model_type\": \"bert\"}")
        .with("tokenizer.json", "{}")
        .with("tokenizer_config.json", "{\"a\": 1}")
        .with("README.md", "not needed")
        .with("pytorch_model.bin", "not needed either")
        .with("model.safetensors", content);
  }

  byte[] content(String name) {
    return files.get(name);
  }

  URI endpoint() {
    return uri(hub);
  }

  private static URI uri(HttpServer server) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  HubEnvironment environment(Path cache) {
    return new HubEnvironment(endpoint(), cache, false, Optional.empty());
  }

  /** Requests whose text contains this. */
  List<String> requests(String part) {
    return requests.stream().filter(request -> request.contains(part)).toList();
  }

  static boolean isLarge(String name) {
    return name.endsWith(".safetensors") || name.endsWith(".gguf");
  }

  String etag(String name) {
    byte[] content = files.get(name);
    return isLarge(name) ? hash("SHA-256", new byte[0], content) : gitHash(content);
  }

  private static String gitHash(byte[] content) {
    byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    return hash("SHA-1", header, content);
  }

  private static String hash(String algorithm, byte[] header, byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      digest.update(header);
      return HexFormat.of().formatHex(digest.digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private void answer(HttpExchange exchange, Handler handler) throws IOException {
    String where = exchange.getLocalAddress().getPort() == port(storage) ? "storage " : "hub ";
    requests.add(
        where
            + exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + " range="
            + exchange.getRequestHeaders().getFirst("Range")
            + " token="
            + exchange.getRequestHeaders().getFirst("Authorization"));
    try (exchange) {
      handler.handle(exchange);
    }
  }

  private static int port(HttpServer server) {
    return server.getAddress().getPort();
  }

  private void hub(HttpExchange exchange) throws IOException {
    if (hangs) {
      sleep();
    }
    if (busy.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      exchange.sendResponseHeaders(503, -1);
      return;
    }
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (requiredToken != null && !("Bearer " + requiredToken).equals(authorization)) {
      exchange.getResponseHeaders().set("X-Error-Code", gated ? "GatedRepo" : "RepoNotFound");
      exchange.sendResponseHeaders(401, -1);
      return;
    }
    String path = exchange.getRequestURI().getPath();
    String api = "/api/models/" + ID + "/revision/";
    String resolve = "/" + ID + "/resolve/" + COMMIT + "/";
    if (path.startsWith(api)) {
      list(exchange, path.substring(api.length()));
    } else if (path.startsWith(resolve) && files.containsKey(path.substring(resolve.length()))) {
      file(exchange, path.substring(resolve.length()));
    } else {
      exchange.sendResponseHeaders(404, -1);
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void list(HttpExchange exchange, String revision) throws IOException {
    if (!List.of("main", "v1/x", COMMIT).contains(revision)) {
      exchange.getResponseHeaders().set("X-Error-Code", "RevisionNotFound");
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    List<Map<String, String>> siblings =
        java.util.stream.Stream.concat(files.keySet().stream(), listed.stream())
            .map(name -> Map.of("rfilename", name))
            .toList();
    byte[] json = new ObjectMapper().writeValueAsBytes(Map.of("sha", COMMIT, "siblings", siblings));
    exchange.sendResponseHeaders(200, json.length);
    exchange.getResponseBody().write(json);
  }

  private void file(HttpExchange exchange, String name) throws IOException {
    byte[] content = files.get(name);
    exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
    if (isLarge(name)) {
      exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + etag(name) + "\"");
      exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(content.length));
      exchange.getResponseHeaders().set("Location", uri(storage) + "/" + name + "?signature=x");
      exchange.sendResponseHeaders(302, -1);
      return;
    }
    exchange.getResponseHeaders().set("ETag", "W/\"" + etag(name) + "\"");
    send(exchange, name, content);
  }

  private void storage(HttpExchange exchange) throws IOException {
    String name = exchange.getRequestURI().getPath().substring(1);
    exchange.getResponseHeaders().set("ETag", "\"another\"");
    send(exchange, name, files.get(name));
  }

  private void send(HttpExchange exchange, String name, byte[] whole) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(whole.length));
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = 0;
    if (range != null && !ignoresRanges) {
      from = Integer.parseInt(range.replaceAll("\\D", ""));
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (whole.length - 1) + "/" + whole.length);
    }
    byte[] content = Arrays.copyOfRange(whole, from, whole.length);
    if (corrupt.containsKey(name)) {
      content[content.length / 2] ^= 1;
    }
    exchange.sendResponseHeaders(
        range != null && !ignoresRanges ? 206 : 200, content.length == 0 ? -1 : content.length);
    boolean drop = drops.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    try {
      exchange.getResponseBody().write(content, 0, drop ? content.length / 2 : content.length);
      exchange.getResponseBody().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }
}
