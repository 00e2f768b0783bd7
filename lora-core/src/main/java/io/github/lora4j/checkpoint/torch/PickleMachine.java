package io.github.lora4j.checkpoint.torch;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle of tensors by name: the machine of Python's {@code pickletools}, with the
 * operations that {@code torch.save} and Python's protocols 2 to 5 write for such data. It makes
 * strings, numbers, lists, maps and {@link StoredTensor}s, and nothing else: a name that is not one
 * of {@link Globals} ends it. For one pickle, by one thread.
 */
final class PickleMachine {
  private static final int MAX_PROTOCOL = 5;

  /** Far more than the tensors of an adapter take. */
  private static final int MAX_OPERATIONS = 4_000_000;

  private static final Object MARK = new Object();
  private static final Object NONE = new Object();

  private final String source;
  private final PickleBytes in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  PickleMachine(String source, byte[] pickle) {
    this.source = source;
    this.in = new PickleBytes(source, pickle);
  }

  /**
   * Runs the pickle.
   *
   * @return tensors by name, in the order of the pickle
   * @throws CheckpointException if it is damaged, or anything else than tensors by name
   */
  Map<String, StoredTensor> tensors() {
    for (int count = 0; count < MAX_OPERATIONS; count++) {
      int operation = in.u8();
      if (operation == '.') {
        return named(pop());
      }
      run(operation);
    }
    throw in.bad("more than " + MAX_OPERATIONS + " operations");
  }

  private Map<String, StoredTensor> named(Object result) {
    if (!(result instanceof Map<?, ?> map)) {
      throw new CheckpointException(source, "holds no tensors by name but " + kind(result));
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          if (!(key instanceof String name)) {
            throw new CheckpointException(source, "a key is " + kind(key) + ", not a string");
          }
          if (!(value instanceof StoredTensor tensor)) {
            throw new CheckpointException(source, name, "is " + kind(value) + ", not a tensor");
          }
          tensors.put(name, tensor);
        });
    return tensors;
  }

  private void run(int operation) {
    switch (operation) {
      case 0x80 -> protocol(in.u8());
      case 0x95 -> in.skip(8); // FRAME: a hint for buffering
      case '(' -> push(MARK);
      case 'N' -> push(NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) in.i32());
      case 'K' -> push((long) in.u8());
      case 'M' -> push((long) in.u16());
      case 0x8a -> push(in.integer(in.u8()));
      case 'G' -> push(in.f64());
      case 'X' -> push(in.utf8(in.length()));
      case 0x8c -> push(in.utf8(in.u8()));
      case '}' -> push(new LinkedHashMap<>());
      case ']' -> push(new ArrayList<>());
      case ')' -> push(List.of());
      case 't' -> push(tuple(toMark()));
      case 0x85 -> push(tuple(top(1)));
      case 0x86 -> push(tuple(top(2)));
      case 0x87 -> push(tuple(top(3)));
      case 'a' -> append(top(1));
      case 'e' -> append(toMark());
      case 's' -> setItems(top(2));
      case 'u' -> setItems(toMark());
      case 'q' -> memo.put(in.u8(), peek());
      case 'r' -> memo.put(in.length(), peek());
      case 0x94 -> memo.put(memo.size(), peek());
      case 'h' -> push(remembered(in.u8()));
      case 'j' -> push(remembered(in.length()));
      case 'c' -> push(global(in.line(), in.line()));
      case 0x93 -> stackGlobal();
      case 'R' -> reduce();
      case 'b' -> build();
      case 'Q' -> push(storage(pop()));
      default ->
          throw in.bad(String.format("the operation 0x%02x, which is not supported,", operation));
    }
  }

  private void protocol(int version) {
    if (version < 2 || version > MAX_PROTOCOL) {
      throw in.bad("protocol " + version + ", only 2 to " + MAX_PROTOCOL + " are read,");
    }
  }

  private Object global(String module, String name) {
    String full = module + "." + name;
    return Globals.find(full)
        .orElseThrow(
            () ->
                new CheckpointException(
                    source,
                    "its pickle asks for '"
                        + full
                        + "', which is not among what tensors need and is not run; save it as"
                        + " safetensors in a program that trusts it"));
  }

  private void stackGlobal() {
    List<Object> names = top(2);
    if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
      throw in.bad("a global without a name");
    }
    push(global(module, name));
  }

  private void reduce() {
    List<Object> call = top(2);
    if (!(call.get(0) instanceof Globals.Function function)
        || !(call.get(1) instanceof List<?> args)) {
      throw in.bad("a call of " + kind(call.get(0)));
    }
    push(
        switch (function) {
          case ORDERED_DICT -> orderedDict(args);
          case REBUILD_TENSOR -> tensor(args);
          case REBUILD_PARAMETER -> parameter(args);
        });
  }

  private Object orderedDict(List<?> args) {
    if (!args.isEmpty()) {
      throw in.bad("an OrderedDict of " + args.size() + " arguments");
    }
    return new LinkedHashMap<>();
  }

  /** Storage, offset, size, stride, requires_grad, hooks, and in some versions metadata. */
  private Object tensor(List<?> args) {
    boolean plain = args.size() == 6 || args.size() == 7 && isEmpty(args.get(6));
    if (!plain
        || !(args.get(0) instanceof StoredTensor.Storage storage)
        || !(args.get(1) instanceof Long first)) {
      throw in.bad("a tensor that is not made of a storage alone");
    }
    try {
      return new StoredTensor(storage, first, numbers(args.get(2)), numbers(args.get(3)));
    } catch (IllegalArgumentException e) {
      throw in.bad("a tensor of which " + e.getMessage());
    }
  }

  private static boolean isEmpty(Object value) {
    return value == NONE || value instanceof Map<?, ?> map && map.isEmpty();
  }

  private Object parameter(List<?> args) {
    if (args.size() != 3 || !(args.get(0) instanceof StoredTensor tensor)) {
      throw in.bad("a parameter that is no tensor");
    }
    return tensor;
  }

  private List<Long> numbers(Object value) {
    List<Long> numbers = new ArrayList<>();
    if (value instanceof List<?> list) {
      for (Object number : list) {
        if (!(number instanceof Long)) {
          throw in.bad("a shape or stride with " + kind(number));
        }
        numbers.add((Long) number);
      }
      return numbers;
    }
    throw in.bad("a shape or stride that is " + kind(value));
  }

  /** The state of an OrderedDict, such as the versions of modules, says nothing of the tensors. */
  private void build() {
    pop();
    if (!(peek() instanceof Map<?, ?>)) {
      throw in.bad("a state of " + kind(peek()));
    }
  }

  /** ('storage', type, key, location, elements) */
  private Object storage(Object id) {
    if (id instanceof List<?> parts
        && parts.size() == 5
        && "storage".equals(parts.get(0))
        && parts.get(1) instanceof DType dtype
        && parts.get(2) instanceof String key
        && parts.get(4) instanceof Long elements
        && elements >= 0) {
      return new StoredTensor.Storage(dtype, key, elements);
    }
    throw in.bad("something kept elsewhere that is no storage");
  }

  private void append(List<Object> values) {
    if (!(peek() instanceof ArrayList<?> list)) {
      throw in.bad("values for " + kind(peek()));
    }
    @SuppressWarnings("unchecked") // Only this machine makes the lists, of objects.
    ArrayList<Object> target = (ArrayList<Object>) list;
    target.addAll(values);
  }

  private void setItems(List<Object> items) {
    if (!(peek() instanceof LinkedHashMap<?, ?> map) || items.size() % 2 != 0) {
      throw in.bad("items for " + kind(peek()));
    }
    @SuppressWarnings("unchecked") // Only this machine makes the maps, of objects.
    LinkedHashMap<Object, Object> target = (LinkedHashMap<Object, Object>) map;
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      // The hash of a list or map could go round in circles.
      if (!(key instanceof String) && !(key instanceof Long)) {
        throw in.bad("a key that is " + kind(key));
      }
      target.put(key, items.get(i + 1));
    }
  }

  private Object remembered(int index) {
    Object value = memo.get(index);
    if (value == null) {
      throw in.bad("a reference to " + index + ", which is not there,");
    }
    return value;
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object pop() {
    Object value = peek();
    stack.remove(stack.size() - 1);
    return value;
  }

  private Object peek() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw in.bad("nothing on its stack");
    }
    return stack.get(stack.size() - 1);
  }

  /** Takes the last values, in order. */
  private List<Object> top(int count) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(pop());
    }
    Collections.reverse(values);
    return values;
  }

  /** Takes the values after the last mark, and the mark. */
  private List<Object> toMark() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw in.bad("no mark on its stack");
    }
    List<Object> values = new ArrayList<>(stack.subList(mark + 1, stack.size()));
    stack.subList(mark, stack.size()).clear();
    return values;
  }

  /** A tuple; lists that grow are of another class. */
  private static List<Object> tuple(List<Object> values) {
    return Collections.unmodifiableList(values);
  }

  private static String kind(Object value) {
    if (value == NONE) {
      return "None";
    }
    if (value instanceof Map) {
      return "a dict";
    }
    if (value instanceof List) {
      return "a list";
    }
    if (value instanceof StoredTensor) {
      return "a tensor";
    }
    if (value instanceof Globals.Function || value instanceof DType) {
      return "a name of torch";
    }
    if (value instanceof StoredTensor.Storage) {
      return "a storage";
    }
    return value instanceof String ? "a string" : "a number";
  }
}
