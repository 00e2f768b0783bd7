package io.github.lora4j.models.generate;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.RowAdapters;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.KvCache;
import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * Generates for many requests at once. Sequences of any length share each pass through the model
 * without padding; one that ends makes room at once for one that waits (continuous batching, Yu et
 * al., "Orca", 2022). What prompts with the same adapter begin with is computed once. Each has its
 * own adapter or none: rows of different ones share what the base computes. What a request gives
 * does not depend on the others.
 *
 * <p>{@link #submit} may be called from any thread, {@link #step} and {@link #run} from one at a
 * time.
 */
public final class GenerationEngine {
  /**
   * Prompt tokens of one pass: enough rows for fast products, few enough for others not to wait.
   */
  private static final int PROMPT_TOKENS = 512;

  private static final int SEQUENCES = 64;

  private final Compute compute;
  private final DecoderModel model;
  private final int maxSequences;
  private final PrefixReuse prefixes;
  private final CachePool caches;
  private final float[] own;
  private final Queue<GenerationSequence> waiting = new ConcurrentLinkedQueue<>();
  private final List<GenerationSequence> running = new ArrayList<>();

  /** An engine with room for 64 sequences at a time. */
  public GenerationEngine(Compute compute, DecoderModel model) {
    this(compute, model, SEQUENCES);
  }

  /**
   * @param maxSequences that run at the same time; others wait
   */
  public GenerationEngine(Compute compute, DecoderModel model, int maxSequences) {
    if (maxSequences < 1) {
      throw new IllegalArgumentException("max sequences is " + maxSequences + ", not positive");
    }
    this.compute = compute;
    this.model = model;
    this.maxSequences = maxSequences;
    this.own = new float[model.sizes().vocabSize()];
    this.caches = new CachePool(model);
    this.prefixes = new PrefixReuse(model.sharingLength());
  }

  /**
   * Takes a request; it runs with the next steps.
   *
   * @throws IllegalArgumentException if the prompt leaves no room in the context of the model, or
   *     has a token that the model does not know
   */
  public GenerationSequence submit(GenerationRequest request) {
    int length = request.prompt().length;
    if (length >= model.context()) {
      throw new IllegalArgumentException(
          "the prompt has "
              + length
              + " tokens, which leaves no room in the context of "
              + model.context());
    }
    int vocab = model.sizes().vocabSize();
    for (int id : request.prompt()) {
      if (id < 0 || id >= vocab) {
        throw new IllegalArgumentException("token " + id + " outside a vocabulary of " + vocab);
      }
    }
    GenerationSequence sequence = new GenerationSequence(request);
    waiting.add(sequence);
    return sequence;
  }

  /** Runs until every request has ended. */
  public void run() {
    while (step()) {}
  }

  /**
   * One pass through the model for all running sequences.
   *
   * @return false if there was nothing to do
   */
  public boolean step() {
    running.removeIf(this::ended);
    while (running.size() < maxSequences && !waiting.isEmpty()) {
      GenerationSequence next = waiting.remove();
      if (!ended(next)) {
        next.start(caches.take(next.request()));
        running.add(next);
      }
    }
    if (running.isEmpty()) {
      return false;
    }
    // Decoding goes first, then as many prompt tokens as there is room for.
    int room = PROMPT_TOKENS;
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      GenerationSequence sequence = running.get(i);
      int most = sequence.waiting() == 1 ? 1 : room;
      if (most > 0 && (sequence.begun() || prefixes.begin(sequence, running.subList(0, i)))) {
        int[] tokens = sequence.next(most);
        room -= sequence.waiting() == 1 ? 0 : tokens.length;
        turns.add(new Turn(sequence, tokens));
      }
    }
    int[] order = RowAdapters.order(turns.stream().map(Turn::adapter).toList());
    pass(Arrays.stream(order).mapToObj(turns::get).toList());
    return true;
  }

  private record Turn(GenerationSequence sequence, int[] tokens) {
    ActiveAdapter adapter() {
      return sequence.request().adapter();
    }

    boolean reachesTheEnd() {
      return tokens.length == sequence.waiting();
    }
  }

  private boolean ended(GenerationSequence sequence) {
    if (sequence.finishReason() == null && sequence.cancelled()) {
      sequence.finish(FinishReason.CANCELLED);
    }
    if (sequence.finishReason() == null) {
      return false;
    }
    caches.give(sequence.giveBack());
    return true;
  }

  /** One pass for turns of any adapters, those of the same one side by side. */
  private void pass(List<Turn> turns) {
    List<int[]> tokens = turns.stream().map(Turn::tokens).toList();
    List<KvCache> caches = turns.stream().map(turn -> turn.sequence.cache()).toList();
    List<GenerationSequence> ready = new ArrayList<>();
    try (Tape tape = Tape.inference(compute)) {
      DecoderBatch batch = DecoderBatch.next(tokens, caches);
      int[] last = batch.lastRows();
      int[] rows = new int[turns.size()];
      for (int i = 0; i < turns.size(); i++) {
        if (turns.get(i).reachesTheEnd()) {
          rows[ready.size()] = last[i];
          ready.add(turns.get(i).sequence);
        }
      }
      RowAdapters adapters =
          RowAdapters.of(batch.rows(), turns.stream().map(Turn::adapter).toList());
      if (ready.isEmpty()) {
        // Only the caches matter.
        model.hidden(tape, batch, adapters, new int[1], of(List.of(turns.get(0).sequence)));
        return;
      }
      int[] kept = Arrays.copyOf(rows, ready.size());
      RowAdapters ofKept = of(ready);
      Var hidden = model.hidden(tape, batch, adapters, kept, ofKept);
      float[] logits = model.logits(tape, hidden, ofKept).value().data();
      for (int i = 0; i < ready.size(); i++) {
        System.arraycopy(logits, i * own.length, own, 0, own.length);
        if (isFinite(own)) {
          ready.get(i).advance(own, model.context());
        } else {
          ready.get(i).fail(new IllegalStateException("logits are not finite: " + why()));
        }
      }
    }
  }

  /** The adapters of the logits of some sequences, of which each has one row. */
  private static RowAdapters of(List<GenerationSequence> sequences) {
    int[] offsets = IntStream.rangeClosed(0, sequences.size()).toArray();
    return RowAdapters.of(
        new Ragged(offsets), sequences.stream().map(s -> s.request().adapter()).toList());
  }

  private String why() {
    return model.nonFiniteWeight().orElse("weights are, so a value grew beyond float32");
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
