package io.github.lora4j.checkpoint.torch;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.Float32Decoder;
import io.github.lora4j.checkpoint.Float32Reader;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.names.NearestNames;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A file of {@code torch.save} (PyTorch 1.6 and later) that holds tensors by name, such as {@code
 * adapter_model.bin}: a zip archive with a pickle and the numbers beside it. The pickle is read,
 * not run: it may name only what tensors are made of, and anything else is refused by its name. The
 * offset of a {@link TensorInfo} counts from the start of the tensor's storage. Thread-safe.
 */
public final class TorchFile implements NamedTensors {
  private static final long MAX_PICKLE_BYTES = 16 << 20;
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  /** Tensors may share numbers, but not so that a small file becomes a large model. */
  private static final int MAX_SHARING = 8;

  /** Every pickle of protocol 2 and later begins so, and so does PyTorch's older format. */
  private static final int PROTOCOL = 0x80;

  private final String source;
  private final ZipFile zip;
  private final Map<String, StoredTensor> tensors;
  private final Map<String, ZipEntry> storages;

  private TorchFile(
      String source,
      ZipFile zip,
      Map<String, StoredTensor> tensors,
      Map<String, ZipEntry> storages) {
    this.source = source;
    this.zip = zip;
    this.tensors = tensors;
    this.storages = storages;
  }

  /**
   * Opens a file and checks where every tensor lies.
   *
   * @throws CheckpointException if it does not exist, is damaged, holds anything else than tensors
   *     by name, or is in the format before PyTorch 1.6
   */
  public static TorchFile open(Path path) {
    String source = path.toString();
    ZipFile zip = null;
    try {
      long size = Files.size(path);
      requireZip(source, path);
      zip = new ZipFile(path.toFile());
      TorchFile file = read(source, zip, size);
      zip = null;
      return file;
    } catch (NoSuchFileException e) {
      throw new CheckpointException(source, "file does not exist", e);
    } catch (IOException | IllegalArgumentException e) {
      throw new CheckpointException(source, "is no readable zip archive: " + e.getMessage(), e);
    } finally {
      closeQuietly(zip);
    }
  }

  private static void requireZip(String source, Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] start = in.readNBytes(4);
      if (start.length > 0 && (start[0] & 0xff) == PROTOCOL) {
        throw new CheckpointException(
            source,
            "is in PyTorch's format before version 1.6, or a bare pickle, which are not read: load"
                + " it in PyTorch and save it as safetensors");
      }
      boolean isZip = start.length == 4 && start[0] == 'P' && start[1] == 'K' && start[2] == 3;
      if (!isZip) {
        throw new CheckpointException(source, "is no file of torch.save: it is no zip archive");
      }
    }
  }

  private static TorchFile read(String source, ZipFile zip, long fileSize) throws IOException {
    Map<String, ZipEntry> entries = entries(source, zip, fileSize);
    String root = root(source, entries.keySet());
    byte[] order = content(source, zip, entries.get(root + "byteorder"), 16);
    if (order != null && !new String(order, StandardCharsets.US_ASCII).equals("little")) {
      throw new CheckpointException(source, "is not little-endian");
    }
    byte[] pickle = content(source, zip, entries.get(root + "data.pkl"), MAX_PICKLE_BYTES);
    Map<String, StoredTensor> tensors = new PickleMachine(source, pickle).tensors();
    Map<String, ZipEntry> storages = new LinkedHashMap<>();
    long bytes = 0;
    for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
      StoredTensor.Storage storage = tensor.getValue().storage();
      ZipEntry entry = entries.get(root + "data/" + storage.key());
      requireStorage(source, tensor.getKey(), storage, entry);
      storages.put(tensor.getKey(), entry);
      bytes += tensor.getValue().elements() * storage.dtype().byteSize();
      if (bytes > MAX_SHARING * fileSize) {
        throw new CheckpointException(
            source,
            "its tensors share numbers until they take more than "
                + MAX_SHARING
                + " times the file's "
                + fileSize
                + " bytes");
      }
    }
    return new TorchFile(source, zip, Collections.unmodifiableMap(tensors), storages);
  }

  private static Map<String, ZipEntry> entries(String source, ZipFile zip, long fileSize) {
    Map<String, ZipEntry> entries = new LinkedHashMap<>();
    zip.stream()
        .forEach(
            entry -> {
              if (entries.put(entry.getName(), entry) != null) {
                throw new CheckpointException(
                    source, "has the entry '" + entry.getName() + "' twice");
              }
              // Whatever is not compressed cannot be larger than the file.
              boolean plain =
                  entry.getMethod() == ZipEntry.STORED
                      && entry.getSize() == entry.getCompressedSize()
                      && entry.getSize() >= 0
                      && entry.getSize() <= fileSize;
              if (!plain && !entry.isDirectory()) {
                throw new CheckpointException(
                    source,
                    "the entry '"
                        + entry.getName()
                        + "' is compressed or of a wrong size; torch.save writes entries as they"
                        + " are");
              }
            });
    return entries;
  }

  /** The folder of the archive, with the slash. */
  private static String root(String source, Set<String> names) {
    Set<String> roots = new HashSet<>();
    for (String name : names) {
      if (name.endsWith("/data.pkl") && name.indexOf('/') == name.lastIndexOf('/')) {
        roots.add(name.substring(0, name.indexOf('/') + 1));
      }
    }
    if (roots.size() != 1) {
      throw new CheckpointException(
          source, "is no file of torch.save: it has " + roots.size() + " data.pkl, not one");
    }
    return roots.iterator().next();
  }

  private static byte[] content(String source, ZipFile zip, ZipEntry entry, long limit)
      throws IOException {
    if (entry == null) {
      return null;
    }
    if (entry.getSize() > limit) {
      throw new CheckpointException(
          source,
          "'" + entry.getName() + "' has " + entry.getSize() + " bytes, the limit is " + limit);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes((int) limit);
      if (bytes.length != entry.getSize()) {
        throw new EOFException("'" + entry.getName() + "' is cut off");
      }
      return bytes;
    }
  }

  private static void requireStorage(
      String source, String tensor, StoredTensor.Storage storage, ZipEntry entry) {
    if (entry == null) {
      throw new CheckpointException(
          source, tensor, "its storage '" + storage.key() + "' is not in the archive");
    }
    int size = storage.dtype().byteSize();
    if (storage.elements() > entry.getSize() / size
        || storage.elements() * size != entry.getSize()) {
      throw new CheckpointException(
          source,
          tensor,
          "its storage '"
              + storage.key()
              + "' has "
              + entry.getSize()
              + " bytes, not "
              + storage.elements()
              + " elements of "
              + storage.dtype());
    }
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public TensorInfo info(String name) {
    StoredTensor tensor = tensor(name);
    DType dtype = tensor.storage().dtype();
    return new TensorInfo(
        name,
        dtype,
        tensor.shape(),
        tensor.first() * dtype.byteSize(),
        tensor.elements() * dtype.byteSize());
  }

  private StoredTensor tensor(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException(
          source, name, "is not in this checkpoint; nearest: " + NearestNames.of(name, names(), 3));
    }
    return tensor;
  }

  @Override
  public float[] readFloat32(String name) {
    StoredTensor tensor = tensor(name);
    TensorInfo info = info(name);
    if (info.elementCount() > MAX_ARRAY) {
      throw new CheckpointException(
          source, name, info.elementCount() + " elements are too many for one array");
    }
    float[] values = new float[(int) info.elementCount()];
    if (tensor.isContiguous() || !info.dtype().isReadableAsFloat32()) {
      new Float32Reader(this).read(name, 0, values, values.length);
    } else {
      Float32Decoder.decode(info.dtype(), gathered(name, tensor), values, 0);
    }
    return values;
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    StoredTensor tensor = tensor(name);
    TensorInfo info = info(name);
    Objects.checkFromIndexSize(offset, length, info.byteLength());
    ByteBuffer bytes =
        tensor.isContiguous()
            ? ByteBuffer.wrap(read(name, info.offset() + offset, length))
            : gathered(name, tensor).slice((int) offset, length);
    return bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** All elements in row-major order, out of the part of the storage that they are spread over. */
  private ByteBuffer gathered(String name, StoredTensor tensor) {
    int size = tensor.storage().dtype().byteSize();
    long span = 1;
    for (int d = 0; d < tensor.shape().size(); d++) {
      span += (tensor.shape().get(d) - 1) * tensor.strides().get(d);
    }
    if (span > MAX_ARRAY / size || tensor.elements() > MAX_ARRAY / size) {
      throw new CheckpointException(
          source, name, "is not contiguous and too large to put in order");
    }
    byte[] spread = read(name, tensor.first() * size, (int) span * size);
    byte[] ordered = new byte[(int) tensor.elements() * size];
    int rank = tensor.shape().size();
    long[] index = new long[rank];
    int from = 0;
    for (int to = 0; to < ordered.length; to += size) {
      System.arraycopy(spread, from * size, ordered, to, size);
      for (int d = rank - 1; d >= 0; d--) {
        index[d]++;
        from += tensor.strides().get(d);
        if (index[d] < tensor.shape().get(d)) {
          break;
        }
        from -= index[d] * tensor.strides().get(d);
        index[d] = 0;
      }
    }
    return ByteBuffer.wrap(ordered).order(ByteOrder.LITTLE_ENDIAN);
  }

  private byte[] read(String name, long offset, int length) {
    try (InputStream in = zip.getInputStream(storages.get(name))) {
      in.skipNBytes(offset);
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException("its storage ends early");
      }
      return bytes;
    } catch (IOException e) {
      throw new CheckpointException(source, name, offset, "cannot be read: " + e.getMessage());
    } catch (IllegalStateException e) {
      throw new CheckpointException(source, name, "the file was closed", e);
    }
  }

  @Override
  public void close() {
    closeQuietly(zip);
  }

  private static void closeQuietly(ZipFile zip) {
    try {
      if (zip != null) {
        zip.close();
      }
    } catch (IOException e) {
      // Nothing was written through it, so nothing can be lost.
      return;
    }
  }
}
