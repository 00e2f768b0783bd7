/** Float32 values in 8 bits, block by block, as bitsandbytes has them. */
package io.github.lora4j.eightbit;
