/** Decompositions of dense matrices in double precision, over EJML. */
package io.github.lora4j.linalg;
