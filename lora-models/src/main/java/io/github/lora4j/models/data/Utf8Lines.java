package io.github.lora4j.models.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The lines of a file, decoded one by one, so that a byte that is not UTF-8 is reported with its
 * exact line and offset. A byte order mark is dropped.
 */
final class Utf8Lines implements AutoCloseable {

  private static final int MAX_LINE_BYTES = 64 << 20;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final Path file;
  private final InputStream in;
  private byte[] line = new byte[1024];
  private int length;
  private long number;
  private long offset;

  private Utf8Lines(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  static Utf8Lines open(Path file) {
    if (Files.isDirectory(file)) {
      throw new DataException(file, "is a directory, not a file");
    }
    try {
      return new Utf8Lines(file, new BufferedInputStream(Files.newInputStream(file), 1 << 16));
    } catch (NoSuchFileException e) {
      throw new DataException(file, "no such file", e);
    } catch (IOException e) {
      throw new DataException(file, "cannot be opened (" + e + ")", e);
    }
  }

  Path file() {
    return file;
  }

  /** The number of the line that {@link #next} gave last, counted from 1. */
  long number() {
    return number;
  }

  /** The next line with its terminator, or null at the end of the file. */
  String next() {
    offset += length;
    number++;
    try {
      readBytes();
    } catch (IOException e) {
      throw new DataException(file, number, "cannot be read (" + e.getMessage() + ")", e);
    }
    if (length == 0) {
      return null;
    }
    boolean marked = number == 1 && length >= 3 && Arrays.equals(line, 0, 3, BYTE_ORDER_MARK, 0, 3);
    return decode(marked ? BYTE_ORDER_MARK.length : 0);
  }

  private void readBytes() throws IOException {
    length = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (length == line.length) {
        if (length == MAX_LINE_BYTES) {
          throw new DataException(file, number, "longer than " + MAX_LINE_BYTES + " bytes");
        }
        line = Arrays.copyOf(line, Math.min(2 * length, MAX_LINE_BYTES));
      }
      line[length++] = (byte) b;
      if (b == '\n') {
        return;
      }
    }
  }

  private String decode(int from) {
    ByteBuffer bytes = ByteBuffer.wrap(line, from, length - from);
    CharBuffer chars = CharBuffer.allocate(length - from);
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(bytes, chars, true);
    if (result.isError()) {
      int bad = bytes.position();
      throw new DataException(
          file,
          number,
          String.format("not UTF-8 (byte 0x%02X at offset %d)", line[bad], offset + bad));
    }
    return chars.flip().toString();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new DataException(file, "cannot be closed (" + e.getMessage() + ")", e);
    }
  }
}
