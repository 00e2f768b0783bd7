package io.github.lora4j.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/** What a hub says about models and their files. Thread-safe. */
final class HubClient {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int MOST_LISTING_BYTES = 64 << 20;

  private final HubEnvironment environment;
  private final HubConnection connection;
  private final Retries retries;

  HubClient(HubEnvironment environment, Patience patience) {
    this.environment = environment;
    this.connection = new HubConnection(environment, patience.silence());
    this.retries = new Retries(patience);
  }

  /**
   * The files of a revision.
   *
   * @param commit that the revision means now
   * @param files by their paths in the repository
   */
  record Listing(String commit, Set<String> files) {}

  /**
   * What a file is.
   *
   * @param etag its checksum
   * @param size in bytes, or -1 if the server does not say
   */
  record FileInfo(String name, String etag, long size) {}

  /**
   * Lists a revision.
   *
   * @throws HubException if the hub refuses or its answer makes no sense
   * @throws IOException if the hub cannot be reached
   */
  Listing list(HubModel model) throws IOException {
    String revision = RemotePath.encodePart(model.revision());
    URI uri = connection.resolve("/api/models/" + model.id() + "/revision/" + revision);
    byte[] answer =
        retries.run(
            () -> {
              Collector body = new Collector();
              HttpResponse<Void> response = connection.get(uri, 0, info -> body.into(info));
              requireSuccess(model, "its list of files", response);
              return body.bytes.toByteArray();
            });
    JsonNode root = parse(model, answer);
    String commit = root.path("sha").asText();
    if (!HubModel.isCommit(commit)) {
      throw new HubException(model, uri.getHost() + " names no commit, but '" + commit + "'");
    }
    Set<String> files = new LinkedHashSet<>();
    for (JsonNode sibling : root.path("siblings")) {
      String name = sibling.path("rfilename").asText();
      if (!RemotePath.isSafe(name)) {
        throw new HubException(
            model, "its list of files has '" + name + "', which is no file name");
      }
      files.add(name);
    }
    return new Listing(commit, files);
  }

  private JsonNode parse(HubModel model, byte[] answer) {
    try {
      return JSON.readTree(answer);
    } catch (IOException e) {
      throw new HubException(
          model, environment.endpoint() + " does not answer as a hub: its list is no JSON", e);
    }
  }

  /**
   * Asks what a file is.
   *
   * @throws HubException if the hub refuses or names no checksum
   * @throws IOException if the hub cannot be reached
   */
  FileInfo info(HubModel model, String commit, String file) throws IOException {
    HttpResponse<Void> response =
        retries.run(
            () -> {
              HttpResponse<Void> answer = connection.head(uri(model, commit, file));
              if (answer.statusCode() / 100 != 3) {
                requireSuccess(model, file, answer);
              }
              return answer;
            });
    String etag =
        response
            .headers()
            .firstValue(HubConnection.LINKED_ETAG)
            .or(() -> response.headers().firstValue("ETag"))
            .orElse("")
            .replaceFirst("^W/", "")
            .replace("\"", "");
    if (!BlobChecksum.isKnown(etag)) {
      throw new HubException(
          model, file + ": its ETag is '" + etag + "', neither a SHA-256 nor a git SHA-1");
    }
    boolean redirect = response.statusCode() / 100 == 3;
    long size =
        response
            .headers()
            .firstValueAsLong("X-Linked-Size")
            .orElse(
                redirect ? -1 : response.headers().firstValueAsLong("Content-Length").orElse(-1));
    return new FileInfo(file, etag, size);
  }

  /** The same connection, for the contents. */
  HubConnection connection() {
    return connection;
  }

  Retries retries() {
    return retries;
  }

  URI uri(HubModel model, String commit, String file) {
    return connection.resolve(
        "/" + model.id() + "/resolve/" + commit + "/" + RemotePath.encode(file));
  }

  /**
   * Checks the status.
   *
   * @throws HubException if asking again will not help
   * @throws IOException if it may
   */
  void requireSuccess(HubModel model, String what, HttpResponse<Void> response) throws IOException {
    int status = response.statusCode();
    if (status / 100 == 2) {
      return;
    }
    String host = response.uri().getHost();
    if (status == 408 || status == 429 || status >= 500) {
      throw new IOException(host + " answers HTTP " + status);
    }
    String code = response.headers().firstValue("X-Error-Code").orElse("");
    throw new HubException(model, problem(model, what, status, code, host));
  }

  private String problem(HubModel model, String what, int status, String code, String host) {
    String page = environment.endpoint() + "/" + model.id();
    boolean known = environment.token().isPresent();
    if (status == 403 || code.equals("GatedRepo")) {
      return known
          ? "the token gives no access to it (HTTP " + status + "): ask for it at " + page
          : "it is gated: accept its terms at " + page + " and set HF_TOKEN to a token of yours";
    }
    if (status == 401) {
      return known
          ? "there is no such model, or the token gives no access to it (HTTP 401)"
          : "there is no such model, or it is private and needs a token: set HF_TOKEN (HTTP 401)";
    }
    if (code.equals("RevisionNotFound")) {
      return "it has no revision '" + model.revision() + "'";
    }
    if (status == 404) {
      return code.equals("EntryNotFound")
          ? "it has no file '" + what + "'"
          : "there is no such model at " + environment.endpoint() + " (HTTP 404)";
    }
    return what + ": " + host + " answers HTTP " + status;
  }

  /** A small body in memory. */
  private static final class Collector {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    StreamedBody.Sink into(HttpResponse.ResponseInfo info) {
      return info.statusCode() / 100 == 2 ? this::add : StreamedBody.Sink.NONE;
    }

    private void add(ByteBuffer buffer) throws IOException {
      if (bytes.size() + buffer.remaining() > MOST_LISTING_BYTES) {
        throw new IOException("a list of files is over " + (MOST_LISTING_BYTES >> 20) + " MB");
      }
      byte[] next = new byte[buffer.remaining()];
      buffer.get(next);
      bytes.writeBytes(next);
    }
  }
}
