package io.github.lora4j.models.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/** Hands the body of an answer on as it arrives, and counts its buffers. */
final class StreamedBody implements HttpResponse.BodySubscriber<Void> {

  /** Where the bytes go. */
  @FunctionalInterface
  interface Sink {
    /** One that drops them. */
    Sink NONE = buffer -> {};

    /** Takes all remaining bytes. */
    void accept(ByteBuffer buffer) throws IOException;
  }

  private final Sink sink;
  private final AtomicLong buffers;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private Flow.Subscription subscription;

  StreamedBody(Sink sink, AtomicLong buffers) {
    this.sink = sink;
    this.buffers = buffers;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    subscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> next) {
    try {
      for (ByteBuffer buffer : next) {
        sink.accept(buffer);
      }
    } catch (IOException e) {
      // Unchecked: a disk that is full is no reason to ask the server again.
      stop(new UncheckedIOException(e));
      return;
    } catch (RuntimeException e) {
      stop(e);
      return;
    }
    buffers.incrementAndGet();
    subscription.request(1);
  }

  private void stop(RuntimeException e) {
    subscription.cancel();
    end.completeExceptionally(e);
  }

  @Override
  public void onError(Throwable e) {
    end.completeExceptionally(e);
  }

  @Override
  public void onComplete() {
    end.complete(null);
  }

  @Override
  public CompletionStage<Void> getBody() {
    return end;
  }
}
