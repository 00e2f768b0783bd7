package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;
import java.util.Arrays;

/**
 * The product of rows of blocks of 256 codes with a few rows of x.
 *
 * @param bytes of a block
 * @param offsets true if something is added to the product of scale and code
 */
record KProduct(KBlocks blocks, int bytes, boolean offsets) implements RowProduct {
  private static final float[] NO_OFFSETS = new float[2 * Parts.GROUPS];

  @Override
  public void multiply(
      Kernels kernels, byte[] src, int rowBytes, int rows, FewRows x, float[] sums, int to) {
    Parts parts = Parts.ofRow(offsets);
    float[] added = offsets ? parts.offsets : NO_OFFSETS;
    float[] products = x.inFours(Parts.SIZE);
    for (int r = 0; r < rows; r++) {
      Arrays.fill(products, 0f);
      int block = r * rowBytes;
      for (int i = 0; i < x.in(); i += Parts.GROUPS * GroupCodec.SIZE, block += bytes) {
        blocks.scales().read(src, block, 0, Parts.GROUPS, parts, 0);
        kernels
            .codes()
            .multiplyGroups(src, block, blocks.layout(), parts.scales, added, x, i, products);
      }
      for (int n = 0; n < x.rows(); n++) {
        x.y()[x.to(n) + to + r] = sum(products, n * Parts.SIZE);
      }
    }
  }

  private static float sum(float[] products, int from) {
    float even = 0f;
    float odd = 0f;
    for (int i = from; i < from + Parts.SIZE; i += 2) {
      even += products[i];
      odd += products[i + 1];
    }
    return even + odd;
  }
}
