package io.github.lora4j.train;

/**
 * One step of the optimiser.
 *
 * @param epoch from 1
 * @param step from 1, over all epochs
 * @param totalSteps of the whole run
 * @param loss mean over the labels of the step
 * @param learningRate of the step
 * @param gradNorm norm of the gradients before clipping
 * @param samplesPerSecond of this step
 * @param tokensPerSecond of this step
 */
public record StepReport(
    int epoch,
    long step,
    long totalSteps,
    double loss,
    double learningRate,
    double gradNorm,
    double samplesPerSecond,
    double tokensPerSecond) {}
