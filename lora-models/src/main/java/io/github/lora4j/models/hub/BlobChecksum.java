package io.github.lora4j.models.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The checksums by which a hub names contents: SHA-256 of large files, and of small ones git's
 * SHA-1 over a header with the size and the content.
 */
final class BlobChecksum {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern GIT_SHA1 = Pattern.compile("[0-9a-f]{40}");
  private static final int BUFFER = 1 << 20;

  private BlobChecksum() {}

  /** True for what {@link #of} can compare with. */
  static boolean isKnown(String etag) {
    return SHA256.matcher(etag).matches() || GIT_SHA1.matcher(etag).matches();
  }

  /** The checksum of a file, of the kind that {@code etag} is. */
  static String of(Path file, String etag) throws IOException {
    boolean git = GIT_SHA1.matcher(etag).matches();
    try (FileChannel channel = FileChannel.open(file)) {
      MessageDigest digest = MessageDigest.getInstance(git ? "SHA-1" : "SHA-256");
      if (git) {
        digest.update(("blob " + channel.size() + "\0").getBytes(StandardCharsets.US_ASCII));
      }
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      while (channel.read(buffer) >= 0) {
        digest.update(buffer.flip());
        buffer.clear();
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
