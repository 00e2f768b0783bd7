package io.github.lora4j.models.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Requests to a hub and to where it redirects. The token goes to the hub only: to another scheme,
 * host or port it is never sent. Thread-safe.
 */
final class HubConnection {
  /** The checksum of a large file, on the answer that redirects to its storage. */
  static final String LINKED_ETAG = "X-Linked-Etag";

  private static final int MOST_REDIRECTS = 10;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private final HubEnvironment environment;
  private final Duration silence;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  HubConnection(HubEnvironment environment, Duration silence) {
    this.environment = environment;
    this.silence = silence;
  }

  URI resolve(String path) {
    return URI.create(environment.endpoint() + path);
  }

  /**
   * Asks about a file, without going where the hub says that the file lies if it says already what
   * the file is.
   */
  HttpResponse<Void> head(URI uri) throws IOException {
    return follow("HEAD", uri, 0, true, info -> StreamedBody.Sink.NONE);
  }

  /**
   * Fetches something.
   *
   * @param offset the first byte that is wanted; the server may ignore it
   * @param sinks where the body of each answer goes, those of redirects as well
   */
  HttpResponse<Void> get(
      URI uri, long offset, Function<HttpResponse.ResponseInfo, StreamedBody.Sink> sinks)
      throws IOException {
    return follow("GET", uri, offset, false, sinks);
  }

  private HttpResponse<Void> follow(
      String method,
      URI start,
      long offset,
      boolean stopAtLink,
      Function<HttpResponse.ResponseInfo, StreamedBody.Sink> sinks)
      throws IOException {
    URI uri = start;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpResponse<Void> response = exchange(request(method, uri, offset), sinks);
      Optional<String> location = response.headers().firstValue("Location");
      boolean linked = stopAtLink && response.headers().firstValue(LINKED_ETAG).isPresent();
      if (response.statusCode() / 100 != 3 || location.isEmpty() || linked) {
        return response;
      }
      uri = target(uri, location.get());
    }
    throw new ProtocolException(start.getHost() + " redirects more than " + MOST_REDIRECTS + "x");
  }

  private static URI target(URI from, String location) throws ProtocolException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new ProtocolException(from.getHost() + " redirects to '" + location + "'");
    }
    boolean secure = "https".equals(to.getScheme());
    boolean allowed = secure || "http".equals(to.getScheme()) && !"https".equals(from.getScheme());
    if (!allowed || to.getHost() == null) {
      throw new ProtocolException(from.getHost() + " redirects to '" + location + "'");
    }
    return to;
  }

  private HttpRequest request(String method, URI uri, long offset) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("User-Agent", "lora4j")
            // The size and the checksum are those of the file as it is.
            .header("Accept-Encoding", "identity");
    if (isHub(uri)) {
      environment.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    }
    if (offset > 0) {
      request.header("Range", "bytes=" + offset + "-");
    }
    return request.build();
  }

  private boolean isHub(URI uri) {
    URI hub = environment.endpoint();
    return hub.getScheme().equals(uri.getScheme())
        && hub.getHost().equalsIgnoreCase(uri.getHost())
        && hub.getPort() == uri.getPort();
  }

  private HttpResponse<Void> exchange(
      HttpRequest request, Function<HttpResponse.ResponseInfo, StreamedBody.Sink> sinks)
      throws IOException {
    AtomicLong buffers = new AtomicLong();
    FutureTask<HttpResponse<Void>> answer =
        new FutureTask<>(
            () -> http.send(request, info -> new StreamedBody(sinks.apply(info), buffers)));
    // sendAsync would answer on the common pool, whose threads may all be waiting for an answer.
    Thread sender = new Thread(answer, "hub-" + request.uri().getHost());
    sender.setDaemon(true);
    sender.start();
    try {
      for (long seen = 0; ; seen = buffers.get()) {
        try {
          return answer.get(silence.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (buffers.get() == seen) {
            throw new HttpTimeoutException(
                request.uri().getHost() + " sent nothing for " + silence.toSeconds() + " s");
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } finally {
      // Interrupted, send gives the connection up.
      answer.cancel(true);
    }
  }

  private static IOException failure(Throwable cause) {
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    return cause instanceof IOException e ? e : new IOException(cause);
  }
}
